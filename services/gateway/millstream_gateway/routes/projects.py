"""Projects: an app and its conversation."""

from fastapi import APIRouter, Security
from fastapi.routing import APIRoute

from millstream_gateway.adapters.store_client import StoreClient
from millstream_gateway.core.bodies import NewProject, ProjectChange
from millstream_gateway.routes.documents import WITH_BODY, errors
from millstream_gateway.routes.guard import BEARER, Asker, Id, PageCursor, PageSize
from millstream_shared.contracts import store as verbs
from millstream_shared.contracts.views import ProjectView


def projects_router(guarded: type[APIRoute], store: StoreClient) -> APIRouter:
    router = APIRouter(
        prefix="/api/projects",
        tags=["projects"],
        route_class=guarded,
        dependencies=[Security(BEARER)],
    )

    @router.post("", status_code=201, responses=errors("conflict", *WITH_BODY))
    async def create_project(asker: Asker, body: NewProject | None = None) -> ProjectView:
        """Begin a project."""
        new = body or NewProject()
        question = verbs.CreateProject(
            user_id=asker.user_id, name=new.name, framework=new.framework
        )
        return await store.ask(verbs.CREATE_PROJECT, question)

    @router.get("", responses=errors("invalid"))
    async def list_projects(
        asker: Asker, cursor: PageCursor = None, limit: PageSize = 20
    ) -> verbs.ProjectPage:
        """Your projects, page by page."""
        question = verbs.ListProjects(user_id=asker.user_id, cursor=cursor, limit=limit)
        return await store.ask(verbs.LIST_PROJECTS, question)

    @router.get("/{project_id}", responses=errors("not_found", "invalid"))
    async def get_project(asker: Asker, project_id: Id) -> ProjectView:
        """One project."""
        question = verbs.OneProject(user_id=asker.user_id, project_id=project_id)
        return await store.ask(verbs.GET_PROJECT, question)

    @router.patch("/{project_id}", responses=errors("not_found", "conflict", *WITH_BODY))
    async def change_project(asker: Asker, project_id: Id, body: ProjectChange) -> ProjectView:
        """Change a project's name or framework."""
        question = verbs.ChangeProject(
            user_id=asker.user_id,
            project_id=project_id,
            name=body.name,
            framework=body.framework,
        )
        return await store.ask(verbs.CHANGE_PROJECT, question)

    @router.delete(
        "/{project_id}", status_code=204, responses=errors("not_found", "conflict", "invalid")
    )
    async def delete_project(asker: Asker, project_id: Id) -> None:
        """Delete a project with all that belongs to it."""
        question = verbs.OneProject(user_id=asker.user_id, project_id=project_id)
        await store.ask(verbs.DELETE_PROJECT, question)

    return router
