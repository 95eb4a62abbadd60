"""Ending what runs beside the requests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

_AGAIN_S = 1.0


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancels tasks and returns when they have ended.

    They are told again and again: up to Python 3.11 `asyncio.wait_for`, on which psycopg waits, forgets a cancellation
    that comes together with what it waited for, and a task that runs for ever would run on.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_AGAIN_S)
