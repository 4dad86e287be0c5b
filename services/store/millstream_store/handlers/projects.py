"""Projects: each belongs to one user, and nobody else can tell that it exists."""

from typing import Final

from millstream_shared.contracts.store import (
    ChangeProject,
    CreateProject,
    ListProjects,
    Nothing,
    OneProject,
    ProjectPage,
)
from millstream_shared.contracts.views import ProjectView
from millstream_store.core.ids import NewId
from millstream_store.core.pages import Place, from_cursor, item_limit, to_cursor
from millstream_store.core.refusals import no_project, refused
from millstream_store.handlers.lines import Lines
from millstream_store.handlers.recording import Ring
from millstream_store.sql.session import Database
from millstream_store.sql.views import project_view

DEFAULT_NAME: Final = "Untitled project"


class Projects:
    def __init__(self, database: Database, lines: Lines, new_id: NewId, ring: Ring) -> None:
        self._database = database
        self._lines = lines
        self._new_id = new_id
        self._ring = ring

    async def on_create_project(self, request: CreateProject) -> ProjectView:
        async with self._database.reading() as session:
            row = await session.row(
                "create_project",
                project_id=self._new_id(),
                name=request.name or DEFAULT_NAME,
                user_id=request.user_id,
                framework=request.framework,
            )
        if row is None:
            raise refused("not_found", "there is no such user")
        return project_view(row)

    async def on_get_project(self, request: OneProject) -> ProjectView:
        async with self._database.reading() as session:
            row = await session.row("find_project", **request.model_dump())
        if row is None:
            raise no_project()
        return project_view(row)

    async def on_list_projects(self, request: ListProjects) -> ProjectPage:
        place, limit = from_cursor(request.cursor), item_limit(request.limit)
        async with self._database.reading() as session:
            rows = await session.rows(
                "list_projects",
                user_id=request.user_id,
                created_at=place and place.created_at,
                id=place and place.id,
                limit=limit + 1,
            )
        items = [project_view(row) for row in rows[:limit]]
        more = len(rows) > limit
        return ProjectPage(
            items=tuple(items),
            next_cursor=to_cursor(Place(items[-1].created_at, items[-1].id)) if more else None,
        )

    async def on_change_project(self, request: ChangeProject) -> ProjectView:
        async with self._database.reading() as session:
            row = await session.row("change_project", **request.model_dump())
        if row is None:
            raise no_project()
        return project_view(row)

    async def on_delete_project(self, request: OneProject) -> Nothing:
        """Its waiting messages are refunded; its runs are no longer in anybody's way."""
        async with self._database.transaction() as session:
            user = await session.row("lock_user", user_id=request.user_id)
            await session.run("lock_messages_of", **request.model_dump())
            await session.run("refund_waiting", **request.model_dump())
            if (
                user is None
                or await session.value("delete_project", **request.model_dump()) is None
            ):
                raise no_project()
            await self._lines.advance(session, user)
        self._ring()
        return Nothing()
