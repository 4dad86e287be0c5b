"""Preview links and paths."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millstream_gateway.core.preview_links import Expired, Forged, PreviewLinks
from millstream_gateway.core.preview_paths import candidates, content_type

NOW = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)

links = PreviewLinks("http://previews.test", "secret", 3600)


def token_of(url: str) -> str:
    return urlsplit(url).path.split("/")[2]


def test_a_link_opens_until_it_expires() -> None:
    """To the second."""
    token = token_of(links.url("f1", NOW))
    assert links.open(token, NOW - timedelta(seconds=1)) == "f1"
    with pytest.raises(Expired):
        links.open(token, NOW)


def test_the_same_link_everywhere() -> None:
    """Replicas with one secret agree; another secret's links are forged."""
    assert links.url("f1", NOW) == PreviewLinks("http://previews.test", "secret", 1).url("f1", NOW)
    other = PreviewLinks("http://previews.test", "other", 3600).url("f1", NOW)
    with pytest.raises(Forged):
        links.open(token_of(other), NOW)


@given(st.text())
def test_made_up_tokens_are_forged(token: str) -> None:
    """Whatever they are."""
    with pytest.raises(Forged):
        links.open(token, NOW)


def test_an_app_belongs_on_its_own_host() -> None:
    """With a host per fragment; a fixed host is shared."""
    isolated = PreviewLinks("https://{fragment}.apps.test", "secret", 3600)
    assert isolated.belongs_on("F1.apps.test:443", "f1")
    assert not isolated.belongs_on("f2.apps.test", "f1")
    assert not isolated.belongs_on("", "f1")
    assert not isolated.belongs_on("[", "f1")
    assert links.belongs_on("anything", "f1")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", ("index.html",)),
        ("a.js", ("a.js",)),
        ("a/b", ("a/b", "index.html")),
        ("a/", ("a/index.html", "index.html")),
        ("../a", ()),
        ("a/../b", ()),
        ("/a", ()),
        ("a\0", ()),
        ("a\ud800", ()),
        ("/", ()),
    ],
)
def test_candidates(path: str, expected: tuple[str, ...]) -> None:
    """Which files a path may mean."""
    assert candidates(path) == expected


def test_content_types() -> None:
    """What a browser insists on under `nosniff`."""
    assert content_type("assets/x.JS").startswith("text/javascript")
    assert content_type("x.png") == "image/png"
    assert content_type("x.unknown") == "application/octet-stream"
