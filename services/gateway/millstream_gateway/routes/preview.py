"""The previews' origin: an application of its own, on a port of its own."""

from datetime import UTC, datetime
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from millstream_gateway.adapters.previews import Previews
from millstream_gateway.core.preview_links import Expired, Forged, PreviewLinks
from millstream_gateway.core.preview_paths import candidates, content_type
from millstream_shared.contracts.store import Refused
from millstream_shared.runtime.errors import Transient

HEADERS: Final = {
    # Why allow-same-origin: see core/preview_links.py.
    "content-security-policy": "sandbox allow-same-origin allow-scripts allow-forms"
    " allow-modals allow-popups",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",  # the link is a capability
    "cache-control": "private, max-age=300",
}


def preview_app(previews: Previews, links: PreviewLinks) -> Starlette:
    async def show(request: Request) -> Response:
        try:
            fragment_id = links.open(request.path_params["token"], datetime.now(UTC))
        except Forged:
            return _page(403, "This preview link is not valid.")
        except Expired:
            return _page(
                410, "This preview link has expired. Open the message again for a new one."
            )
        if not links.belongs_on(request.headers.get("host", ""), fragment_id):
            return _page(403, "This preview belongs to another address.")
        try:
            found = await previews.find(fragment_id, candidates(request.path_params["path"]))
        except (Refused, Transient):
            return _page(503, "The preview cannot be loaded for the moment.")
        if found is None:
            return _page(404, "The app has no such file.")
        path, content = found
        return Response(content, headers={**HEADERS, "content-type": content_type(path)})

    async def into_the_folder(request: Request) -> Response:
        """An app's assets are relative: they need the slash at the end."""
        token = request.path_params["token"]
        return RedirectResponse(f"/p/{token}/", 308, HEADERS)

    return Starlette(
        routes=[
            Route("/p/{token}", into_the_folder),
            Route("/p/{token}/{path:path}", show),
        ]
    )


def _page(status: int, text: str) -> Response:
    headers = {**HEADERS, "content-type": "text/plain; charset=utf-8", "cache-control": "no-store"}
    return Response(text, status, headers)
