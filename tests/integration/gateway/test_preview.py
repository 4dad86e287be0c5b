"""The previews' origin: the right files to the holder of a link, and nothing else."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from millstream_gateway.core.preview_links import PreviewLinks
from millstream_shared.contracts.views import MessageView
from tests.fakes.store import FakeStore
from tests.integration.gateway.conftest import SECRET, Running, StartGateway
from tests.integration.gateway.raw import raw_get

INDEX = b"<!doctype html><script type=module src=./assets/app.js></script>"
BUILT = {
    "index.html": INDEX,
    "assets/app.js": b"1",
    "assets/app.css": b"p{}",
    "LICENSE": b"free",
    "docs/index.html": b"<p>docs",
}


def link_to(fragment_id: str, moment: datetime, secret: str = SECRET) -> str:
    """The path of a link made elsewhere, with the same secret or another."""
    return urlsplit(PreviewLinks("http://previews.test", secret, 60).url(fragment_id, moment)).path


@pytest.fixture
def fragment_id(store: FakeStore, message: MessageView) -> str:
    return store.add_fragment("user-alice", message, BUILT)


@pytest.fixture
async def link(http: httpx.AsyncClient, fragment_id: str) -> str:
    """The path of the link that the API gives."""
    shown = (await http.get(f"/api/fragments/{fragment_id}")).json()
    return urlsplit(str(shown["previewUrl"])).path


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("", INDEX, "text/html; charset=utf-8"),
        ("index.html", INDEX, "text/html; charset=utf-8"),
        ("assets/app.js", b"1", "text/javascript; charset=utf-8"),
        ("assets/app.css?v=1", b"p{}", "text/css; charset=utf-8"),
        ("LICENSE", b"free", "application/octet-stream"),
        ("docs/", b"<p>docs", "text/html; charset=utf-8"),
        ("boards/7", INDEX, "text/html; charset=utf-8"),
        ("boards/", INDEX, "text/html; charset=utf-8"),
    ],
)
async def test_files_and_pages(
    running: Running, link: str, path: str, content: bytes, kind: str
) -> None:
    """Built files by name; a path without an extension is a page of the app's own router."""
    response = await running.preview.get(link + path)
    assert (response.status_code, response.content) == (200, content)
    assert response.headers["content-type"] == kind


async def test_headers(running: Running, link: str) -> None:
    """A sandbox, no guessing of types, no referrer with the link in it, no cookies, no CORS."""
    for path in ("", "assets/app.js", "none.js"):
        headers = (await running.preview.get(link + path, headers={"origin": "http://x"})).headers
        assert headers["content-security-policy"].startswith("sandbox ")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in headers
        assert not [name for name in headers if name.startswith("access-control")]


async def test_the_folder_gets_its_slash(running: Running, link: str) -> None:
    """Assets are named relative to it."""
    response = await running.preview.get(link.removesuffix("/"))
    assert (response.status_code, response.headers["location"]) == (308, link)


@pytest.mark.parametrize(
    "path",
    [
        "../x.html",
        "%2e%2e/x.html",
        "..%2fx.html",
        "assets/../../x.html",
        "/etc/passwd.txt",
        "%2fetc%2fpasswd.txt",
        "a\\..\\x.html",
        "%00.html",
        "index.html%00",
        "%ff.html",
        "node_modules/x.js",
        ".git/config.x",
        "none.js",
        "a" * 300 + ".js",
    ],
)
async def test_no_way_out(running: Running, link: str, path: str) -> None:
    """A path is a name in this fragment or nothing."""
    base = running.preview.base_url
    status, answer = await raw_get((base.host, base.port or 0), link + path)
    assert status == 404
    assert b"content-type: text/plain" in answer


async def test_files_are_asked_for_once(running: Running, store: FakeStore, link: str) -> None:
    """A stored fragment never changes, so its files are kept."""
    await running.preview.get(link)
    asked = store.asked["get_preview_file"]
    await running.preview.get(link)
    assert store.asked["get_preview_file"] == asked


async def test_links_that_are_not_good(running: Running, link: str, fragment_id: str) -> None:
    """Forged ones are forbidden, old ones are gone."""
    now = datetime.now(UTC)
    later = now + timedelta(hours=1)
    expected = {
        link_to(fragment_id, later): 200,
        link_to(fragment_id, now - timedelta(seconds=2)): 410,
        link_to(fragment_id, later, secret="another"): 403,
        link.replace("/p/", "/p/x"): 403,
        "/p/nonsense/": 403,
        "/p/%00/": 403,
        f"/p/{fragment_id}/": 403,
        "/": 404,
        "/api/projects": 404,
    }
    got = {path: (await running.preview.get(path)).status_code for path in expected}
    assert got == expected


async def test_an_origin_for_each_app(start_gateway: StartGateway, fragment_id: str) -> None:
    """With `{fragment}` in the base, an app runs on its own host and on no other app's."""
    later = datetime.now(UTC) + timedelta(hours=1)
    path = link_to(fragment_id, later)
    async with start_gateway(public_preview_url="http://{fragment}.apps.test") as gateway:
        own = await gateway.preview.get(path, headers={"host": f"{fragment_id}.apps.test"})
        foreign = await gateway.preview.get(path, headers={"host": "another.apps.test"})
    assert (own.status_code, foreign.status_code) == (200, 403)
