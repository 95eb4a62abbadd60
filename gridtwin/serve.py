"""Runs the service: uvicorn on one address, with the embedded database watched over."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import signal
import socket
from collections.abc import Iterator

import structlog
import uvicorn
from starlette.types import ASGIApp

from gis.errors import BadSettings, GridtwinError, PortTaken
from gis.settings import Settings
from gridtwin import local
from gridtwin.patience import show_out_the_slow
from gridtwin.protocol import Protocol
from gridtwin.tls import Tls

log = structlog.get_logger("serve")
_WATCH_S = 2.0
_MOST_SAID = 64 * 1024  # bytes of a message on a WebSocket: walls say what they look at, and no more


def listen(settings: Settings) -> socket.socket:
    """The listening socket; raises PortTaken, or BadSettings for an address that this machine doesn't have."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as refused:
        listener.close()
        if refused.errno == errno.EADDRINUSE:
            raise PortTaken(host=settings.host, port=settings.port) from refused
        raise BadSettings(name="GRIDTWIN_HOST", why=f"{settings.host}: {refused.strerror or refused}") from refused
    listener.listen(1024)
    return listener


def run(app: ASGIApp, settings: Settings, listener: socket.socket, tls: Tls | None = None) -> None:
    """Serves, over TLS if there is any, until Ctrl-C, SIGTERM or the terminal's end.

    Requests in flight are answered first.
    """
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=Protocol,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=_MOST_SAID,
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=75,
        ssl_certfile=None if tls is None else tls.certificate,
        ssl_keyfile=None if tls is None else tls.key,
    )
    server = uvicorn.Server(config)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_serve(server, settings, listener))


async def _serve(server: uvicorn.Server, settings: Settings, listener: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    watch = asyncio.create_task(_watch_database(settings)) if settings.database_url is None else None

    def stop() -> None:
        server.should_exit = True

    settling = asyncio.create_task(_settle_memory(server))
    slow = asyncio.create_task(show_out_the_slow(server.server_state, settings.request_timeout_s))
    with contextlib.suppress(RuntimeError):
        loop.add_signal_handler(signal.SIGHUP, stop)
    try:
        await server.serve(sockets=[listener])
    finally:
        settling.cancel()
        slow.cancel()
        if watch:
            watch.cancel()


async def _settle_memory(server: uvicorn.Server) -> None:
    """Takes what is there for good out of the garbage collector's rounds, and makes whole rounds rare.

    Libraries, models and the state of every worker are some million objects; a round over all of them stops everything
    for a sixth of a second, several times a second under load.
    """
    while not server.started:
        await asyncio.sleep(0.1)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


async def _watch_database(settings: Settings) -> None:
    """Starts the embedded server again when somebody killed it."""
    while True:
        await asyncio.sleep(_WATCH_S)
        try:
            if await asyncio.to_thread(local.revive, settings):
                log.warning("database.restarted")
        except GridtwinError as failed:
            log.error("database.down", why=str(failed))


@contextlib.contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """SIGTERM and SIGHUP end the program as Ctrl-C does, so that what it started is stopped."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    kept = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
