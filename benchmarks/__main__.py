"""`make bench [NAME …]`: runs the benchmarks on a database of their own and prints their tables."""

from __future__ import annotations

import importlib
import sys

NAMES = (
    "imports",
    "live",
    "geofences",
    "addresses",
    "outbox",
    "tiles",
    "tiles.million",
    "scope",
    "sign_in",
    "issues",
    "wall",
    "page",
)
_PARTS = ("live_walls", "live_days", "live_crash")
"""Parts of `live` that can be named by themselves."""


def main(wanted: list[str]) -> int:
    """Runs the named benchmarks, all by default; 64 for a name that isn't one, 1 when a limit was missed."""
    unknown = [name for name in wanted if name not in NAMES + _PARTS]
    if unknown:
        there = ", ".join(NAMES + _PARTS)
        print(f"There is no benchmark {', '.join(unknown)}; there are {there}.", file=sys.stderr)
        return 64
    kept = [importlib.import_module(f"benchmarks.{name}").main() for name in wanted or NAMES]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
