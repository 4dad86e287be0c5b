"""Problem documents."""

from typing import get_args

import orjson
import pytest

from millstream_gateway.core.problems import PROBLEMS, Problem
from millstream_shared.contracts.store import Code


def test_every_refusal_has_its_status() -> None:
    """A code that the store may answer is a code of ours."""
    assert set(get_args(Code)) <= PROBLEMS.keys()


@pytest.mark.parametrize("code", PROBLEMS)
def test_a_document_is_complete(code: str) -> None:
    """All of RFC 9457's members, plus the stable code."""
    problem = Problem(code, "detail")
    document = orjson.loads(problem.body("r1"))
    assert list(document) == ["type", "title", "status", "detail", "code", "instance"]
    assert document["status"] == problem.status
    assert 400 <= problem.status <= 503


def test_headers() -> None:
    """401 names the scheme; a wait is said in whole seconds, at least one."""
    assert Problem("unauthorized", "").headers["www-authenticate"] == "Bearer"
    assert Problem("queue_full", "", retry_after=0.2).headers["retry-after"] == "1"
    assert Problem("queue_full", "", retry_after=1.2).headers["retry-after"] == "2"


@pytest.mark.parametrize("code", PROBLEMS)
def test_where_waiting_helps_a_wait_is_named(code: str) -> None:
    """Every 429 and 503 says when to come back, whoever forgot to say it."""
    problem = Problem(code, "")
    assert ("retry-after" in problem.headers) == (problem.status in {429, 503})


def test_close_codes() -> None:
    """A socket's code tells the status; what passes by itself has a registered code."""
    assert Problem("unauthorized", "").close_code == 4401
    assert Problem("not_found", "").close_code == 4404
    assert Problem("unavailable", "").close_code == 1013
