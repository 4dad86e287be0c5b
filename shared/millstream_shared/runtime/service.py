"""Running a service: uvicorn, mostly on uvloop, and a drain when it is told to stop."""

import signal
from typing import Any, Literal

import uvicorn

from millstream_shared.runtime.logs import configure_logs
from millstream_shared.runtime.settings import CommonSettings, ServiceSettings


def run_service(
    name: str,
    app: Any,
    common: CommonSettings,
    settings: ServiceSettings,
    loop: Literal["uvloop", "asyncio"] = "uvloop",
) -> None:
    """Serves an ASGI application until SIGTERM or SIGINT; then it drains.

    `app` is any ASGI 3 callable (typed Any: frameworks disagree on the alias).
    """
    configure_logs(name, common)
    # uvicorn raises the signal again once it has drained; to end with 0 it must find us deaf.
    signal.signal(signal.SIGTERM, lambda *_: None)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        loop=loop,
        access_log=False,
        timeout_graceful_shutdown=int(settings.graceful_timeout),
        server_header=False,
    )
