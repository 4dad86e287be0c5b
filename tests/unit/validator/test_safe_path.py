"""Which paths are let into a project."""

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millstream_shared.contracts.paths import MAX_PATH_BYTES, safe_path


@pytest.mark.parametrize(
    "path",
    ["index.html", "src/App.tsx", "app/[slug]/page.tsx", "app/(shop)/@modal/page.tsx",
     ".env.example", "src/routes/+page.svelte", "README.md", "src/größe.ts", "public/two words.png",
     "a" * 200],
)  # fmt: skip
def test_ordinary_paths_pass_unchanged(path: str) -> None:
    """The names frameworks use are fine as they are."""
    assert safe_path(path) == path


def test_a_leading_dot_is_dropped() -> None:
    """Models like to write ./src/App.tsx."""
    assert safe_path("./src/App.tsx") == "src/App.tsx"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "empty"), ("./", "empty"), (".", "component"), ("/etc/passwd", "absolute"),
        ("..", "component"), ("../x", "component"), ("src/../../x", "component"),
        ("a//b", "empty component"), ("src/", "empty component"), ("././a", "component"),
        (".//etc", "absolute"), ("a\0b", "invisible"), ("a\nb", "invisible"),
        ("a\u202eb", "invisible"), ("\ud800", "invisible"), ("a" * 201, "longer"),
        ("ö" * 101, "longer"), ("-rf", "starts with"), ("./-rf", "starts with"),
        ("src\\App.tsx", "backslash"), (".git/config", "node_modules"),
        ("a/.GIT/hooks", "node_modules"),
        ("node_modules/react/index.js", "node_modules"), ("a/Node_Modules", "node_modules"),
    ],
)  # fmt: skip
def test_other_paths_say_why_not(path: str, reason: str) -> None:
    """The message names the fault, for the model to mend."""
    with pytest.raises(ValueError, match=reason):
        safe_path(path)


@given(st.one_of(st.text(), st.text("./-\\ab\0\n", max_size=12), st.text("a/.", max_size=250)))
def test_what_passes_stays_inside(path: str) -> None:
    """Whatever the input: a ValueError, or a path that is its own normal form below the root."""
    try:
        safe = safe_path(path)
    except ValueError:
        return
    assert posixpath.normpath(posixpath.join("/root", safe)) == f"/root/{safe}"
    assert safe_path(safe) == safe
    assert len(safe.encode()) <= MAX_PATH_BYTES
    assert safe.splitlines() == [safe]
