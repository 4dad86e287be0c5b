"""From rows to what the store shows of them."""

from collections.abc import Mapping

from millstream_shared.contracts.checks import CheckFinished
from millstream_shared.contracts.facts import ModelUsage
from millstream_shared.contracts.views import (
    FragmentView,
    MessageRow,
    MessageView,
    ProjectView,
    TransitionView,
)
from millstream_store.sql.session import Row


def project_view(row: Row) -> ProjectView:
    return ProjectView.model_validate(dict(row))


def message_row(row: Row) -> MessageRow:
    return MessageRow.model_validate(dict(row))


def message_view(row: Row) -> MessageView:
    """A row of `find_messages`."""
    return MessageView.model_validate(
        {
            **row,
            "checks": [CheckFinished.model_validate(check) for check in row["checks"]],
            "usage": row["usage"] and ModelUsage.model_validate(row["usage"]),
            "fragment": _fragment(row, row["id"]) if row["fragmentId"] else None,
        }
    )


def fragment_view(row: Row) -> FragmentView:
    """A row of `find_fragment`."""
    return _fragment(row, row["messageId"])


def transition_view(row: Row) -> TransitionView:
    return TransitionView.model_validate(dict(row))


def text_files(files: Mapping[str, object]) -> dict[str, str]:
    """Rows from before Millstream may hold something else than texts."""
    return {path: text for path, text in files.items() if isinstance(text, str)}


def _fragment(row: Row, message_id: str) -> FragmentView:
    return FragmentView(
        id=row["fragmentId"],
        message_id=message_id,
        title=row["title"],
        framework=row["framework"],
        files=text_files(row["files"]),
        has_preview=row["hasPreview"],
        created_at=row["fragmentCreatedAt"],
    )
