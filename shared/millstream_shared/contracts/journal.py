"""What an agent leaves for its successor: the run log's `journal` entries."""

from typing import Any

from millstream_shared.contracts.model import Contract


class StepFinished(Contract):
    """Signals that a step of the run is done for good: who takes the run over does not repeat it.

    A step's name occurs once in a run. Published by the run's agent.
    """

    step: str
    attempt: int
    mark: int
    """What viewers were told up to this sequence stays when a successor goes on after this step."""
    worked: float = 0.0
    """Seconds that agents have worked on the run so far; waiting for a successor does not count."""
    data: Any = None
    """The step's result, as JSON. Only agents read it."""
