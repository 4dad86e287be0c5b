"""LiteLLM's Python proxy, to compare with: installed into a venv of its own in the cache folder.

It is no dependency of this project. It runs as its documentation advises for production, with one
worker, and without a database: neither keys nor budgets nor a log of what was spent.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path
from rich.console import Console

from deploy.bench.children import Child, child, free_port
from millstream_embedded.ports import LOOPBACK

VERSION: Final = "1.106.2"
INSTALL_SECONDS: Final = 600.0
START_SECONDS: Final = 90.0
KEY: Final = "sk-for-benchmarks-on-loopback-only"
"""It starts with no key only when told that this is dangerous."""


class NotInstalled(Exception):
    """LiteLLM could not be installed; the message says why."""


async def install(console: Console) -> Path:
    """Its program, which is installed first where that has not been done. Raises NotInstalled."""
    venv = user_cache_path("millstream") / "bench" / f"litellm-{VERSION}"
    ready = venv / ".ready"
    if not ready.exists():
        console.print(f"Installing LiteLLM {VERSION} into {venv}, once: a few minutes")
        await _run(sys.executable, "-m", "venv", "--clear", str(venv))
        pip = (str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet")
        await _run(*pip, "--disable-pip-version-check", f"litellm[proxy]=={VERSION}")
        ready.touch()
    return venv / "bin" / "litellm"


@asynccontextmanager
async def litellm_proxy(
    program: Path, provider: str, models: Iterable[str], folder: Path
) -> AsyncIterator[Child]:
    """A running proxy before the OpenAI-compatible `provider` (its URL up to /v1)."""
    config, port = folder / "litellm.yaml", free_port()
    config.write_text(json.dumps(_config(provider, models)))  # JSON is YAML
    environment = {
        "HOME": str(folder),
        "LITELLM_MASTER_KEY": KEY,
        "LITELLM_MODE": "PRODUCTION",
        "LITELLM_LOG": "ERROR",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else it asks the internet
    }
    command = (str(program), "--config", str(config), "--host", LOOPBACK, "--port", str(port))
    async with child("litellm", command, port, folder, environment, START_SECONDS) as proxy:
        yield proxy


def _config(provider: str, models: Iterable[str]) -> dict[str, object]:
    return {
        "model_list": [
            {
                "model_name": model,
                "litellm_params": {
                    "model": f"openai/{model}",
                    "api_base": provider,
                    "api_key": "none",
                },
            }
            for model in models
        ],
        "litellm_settings": {"telemetry": False, "set_verbose": False, "num_retries": 0},
    }


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(INSTALL_SECONDS):
            said, _ = await process.communicate()
    except TimeoutError:
        raise NotInstalled(f"nothing came of it within {INSTALL_SECONDS:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        last_line = said.decode(errors="replace").strip().rpartition("\n")[2]
        raise NotInstalled(last_line[-300:])
