"""The workshop's templates: one folder a framework, with a card and a starting tree."""

from pathlib import Path

import orjson

from millstream_shared.contracts.frameworks import FrameworkCard

LOCK_FILE = "package-lock.json"
NOT_TEXT_FOR_MODELS = frozenset({LOCK_FILE})
"""In the layer, but no part of the app's own tree: 100 kB that nobody reads."""


class Template:
    """One framework's folder."""

    def __init__(self, folder: Path) -> None:
        self._files = folder / "files"
        card = orjson.loads((folder / "card.json").read_bytes())
        self.card = FrameworkCard.model_validate({**card, "files": self._tree()})

    @property
    def install_files(self) -> dict[str, bytes]:
        """What decides over the layer: package.json, the lock file, and npm's settings."""
        names = ("package.json", LOCK_FILE, ".npmrc")
        return {
            name: (self._files / name).read_bytes()
            for name in names
            if (self._files / name).exists()
        }

    def _tree(self) -> dict[str, str]:
        return {
            path.relative_to(self._files).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(self._files.rglob("*"))
            if path.is_file() and path.name not in NOT_TEXT_FOR_MODELS
        }


def load_templates(folder: Path) -> list[Template]:
    """All templates in `folder`, by name."""
    return [Template(card.parent) for card in sorted(folder.glob("*/card.json"))]
