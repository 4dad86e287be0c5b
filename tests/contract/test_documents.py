"""What the documents say is what the code does."""

import re
from pathlib import Path

from millstream_embedded.configuration import settings_classes
from millstream_store.core.diagram import mermaid

ROOT = Path(__file__).parents[2]


def test_the_state_diagram_is_drawn_from_the_table() -> None:
    """Change `core/lifecycle.py`, and this shows what ARCHITECTURE.md must say."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    drawn = re.search(r"<!-- lifecycle -->\n```mermaid\n(.*?)\n```", text, re.DOTALL)
    assert drawn is not None
    assert drawn[1] == mermaid()


def test_every_setting_is_described() -> None:
    """`millstream config` has no row without a meaning."""
    bare = [
        f"{kind.__name__}.{name}"
        for kind in settings_classes()
        for name, field in kind.model_fields.items()
        if not field.description
    ]
    assert bare == []


def test_links_between_documents_lead_somewhere() -> None:
    """No dead relative link in any Markdown file of the project."""
    dead = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in [*ROOT.glob("*.md"), *(ROOT / "shared" / "adr").glob("*.md")]
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", document.read_text("utf-8"))
        if not (document.parent / target).exists()
    ]
    assert dead == []
