"""What all commands have: where answers and progress go, the language, the settings."""

from __future__ import annotations

import os
import sys

from pydantic import ValidationError
from rich.console import Console

from gis.errors import BadSettings
from gis.settings import Settings

answers = Console(file=sys.stdout, highlight=False, soft_wrap=True)
progress = Console(file=sys.stderr, highlight=False)


def language() -> str:
    """`zh` or `en`, after the terminal's locale."""
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if locale.lower().startswith("zh") else "en"


def read_settings() -> Settings:
    """The settings; raises BadSettings, which names the variable."""
    try:
        return Settings()
    except ValidationError as wrong:
        first = wrong.errors()[0]
        name = "GRIDTWIN_" + "_".join(str(part) for part in first["loc"]).upper()
        raise BadSettings(name=name, why=first["msg"].removeprefix("Value error, ")) from wrong
