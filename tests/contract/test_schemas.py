"""Contracts change only by addition: their JSON Schemas are on record, and drift is seen.

After a wanted addition: `.venv/bin/python -m tests.contract.test_schemas` writes the record anew.
"""

import importlib
import inspect
import json
from pathlib import Path
from typing import Any

import pytest

from millstream_shared.contracts.model import Contract

RECORD = Path(__file__).with_name("schemas.json")
MODULES = (
    "checks",
    "facts",
    "frameworks",
    "generation",
    "journal",
    "messages",
    "metrics",
    "runs",
    "store",
    "views",
)


def current() -> dict[str, Any]:
    """Every contract's schema, by name."""
    found: dict[str, Any] = {}
    for name in MODULES:
        module = importlib.import_module(f"millstream_shared.contracts.{name}")
        for contract_name, contract in inspect.getmembers(module, inspect.isclass):
            if issubclass(contract, Contract) and contract.__module__ == module.__name__:
                found[contract_name] = contract.model_json_schema(by_alias=True)
    return found


def test_every_contract_is_as_recorded() -> None:
    """A change that nobody meant, or forgot to record, is named."""
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))
    now = json.loads(json.dumps(current()))
    assert now.keys() == recorded.keys()
    assert [name for name in now if now[name] != recorded[name]] == []


@pytest.mark.parametrize("name", sorted(json.loads(RECORD.read_text(encoding="utf-8"))))
def test_unknown_fields_are_tolerated(name: str) -> None:
    """An older service must understand what a newer one adds."""
    assert "additionalProperties" not in current()[name]


if __name__ == "__main__":
    RECORD.write_text(json.dumps(current(), indent=1, sort_keys=True) + "\n", encoding="utf-8")
