"""Which built file a preview's path means, and as what it is served."""

import mimetypes
from pathlib import PurePosixPath

from millstream_shared.contracts.paths import safe_path

INDEX = "index.html"

# Types that Python's table lacks, or that a machine's own table may get wrong.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}


def candidates(path: str) -> tuple[str, ...]:
    """The files to try in turn; a path without an extension may be a page of the app's router."""
    if not path:
        return (INDEX,)
    try:
        plain = safe_path(path.rstrip("/"))
    except ValueError:
        return ()
    if path.endswith("/"):
        return (f"{plain}/{INDEX}", INDEX)
    return (plain,) if PurePosixPath(plain).suffix else (plain, INDEX)


def content_type(path: str) -> str:
    suffix = PurePosixPath(path).suffix.lower()
    known = mimetypes.types_map.get(suffix, "application/octet-stream")
    return _TYPES.get(suffix, known)
