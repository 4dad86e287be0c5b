"""What one stack is measured for: memory, latencies, and where a journey's time goes."""

from dataclasses import asdict
from typing import Any

from rich.console import Console

from deploy.bench.cancel import time_cancel_to_provider, time_cancel_to_sandbox
from deploy.bench.journey import time_split
from deploy.bench.memory import Memory, measure_memory
from deploy.bench.resume import time_resume
from deploy.bench.tables import print_latencies, print_memory, print_split
from millstream_embedded.stack import Stack

RUNS = 2
AT_ONCE = 4
RESUMES = 50
CANCELS = 20
SANDBOXES = 5


async def memory(stack: Stack, console: Console) -> Memory:
    held = await measure_memory(stack, AT_ONCE)
    print_memory(console, held)
    return held


async def latencies(stack: Stack, console: Console) -> dict[str, dict[str, Any]]:
    warm, cold = await time_resume(stack, RESUMES)
    measured = {
        "resume, to the last of 1,000 events": warm,
        "the same at a gateway that has just started": cold,
        "cancel, to the provider's socket closed": await time_cancel_to_provider(stack, CANCELS),
        "cancel, to the sandbox's processes gone": await time_cancel_to_sandbox(stack, SANDBOXES),
    }
    print_latencies(console, measured)
    return {name: asdict(each) for name, each in measured.items()}


async def journey(stack: Stack, console: Console) -> dict[str, float]:
    split = await time_split(stack, RUNS)
    print_split(console, split)
    return split
