"""Which mounts and variables a job may ask for."""

from pathlib import Path

import pytest

from millstream_validator.adapters.bubblewrap.layout import layout
from millstream_validator.core.sandbox import Job, Mount

SOURCE = Path("/usr/share")


def options(*, target: str = "/app/node_modules", scratch: tuple[str, ...] = (), **env: str) -> str:
    job = Job(("true",), SOURCE, (Mount(SOURCE, target),), scratch, env)
    return " ".join(layout(job))


@pytest.mark.parametrize(
    "target",
    ["/app/project/x", "/app/project", "/usr/x", "/proc", "/dev/x", "/etc/ssl", "/home/sandbox",
     "app", "/app/../usr", "/app/node_modules/", "//app", "/tmp/x", "/"],  # noqa: S108 - inside the sandbox
)  # fmt: skip
def test_mount_points_inside_the_sandboxs_own_places_are_refused(target: str) -> None:
    """Above all none inside the workspace, where a job could put a symlink in its place."""
    with pytest.raises(ValueError, match="mount point"):
        options(target=target)
    with pytest.raises(ValueError, match="mount point"):
        options(scratch=(target,))


def test_scratch_lies_over_its_mount() -> None:
    """A scratch folder inside a mount is put up after it, and sized."""
    words = options(scratch=("/app/node_modules/.vite",))
    assert words.index("--ro-bind /usr/share /app/node_modules") < words.index("/.vite --")
    assert "--size 67108864 --tmpfs /app/node_modules/.vite" in words


def test_the_jobs_variables_win() -> None:
    """A job may set its own PATH; what it leaves out has a default."""
    words = options(PATH="/opt/node/bin")
    assert "--setenv PATH /opt/node/bin" in words
    assert "--setenv TZ UTC" in words


@pytest.mark.parametrize(("name", "value"), [("A=B", "x"), ("", "x"), ("A", "x\0--bind")])
def test_odd_variables_are_refused(name: str, value: str) -> None:
    """bubblewrap reads NUL-separated words, so none may come from a job."""
    with pytest.raises(ValueError, match="environment variable"):
        list(layout(Job(("true",), SOURCE, env={name: value})))
