"""The printable sheet (A4): one card a person, with their account and the QR code that makes their phone theirs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path

from gis.access.enrolment import qr

_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>网格员手机开通 · gridtwin</title>
<style>
@page {{ size: A4; margin: 12mm }}
body {{ margin: 0; font: 13px/1.5 "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; color: #222 }}
main {{ display: grid; grid-template-columns: 1fr 1fr; gap: 6mm }}
article {{ display: grid; grid-template-columns: 36mm 1fr; gap: 4mm; padding: 4mm; border: 1px dashed #888;
  break-inside: avoid }}
img {{ width: 36mm }}
h2 {{ margin: 0; font-size: 16px }}
p {{ margin: 1mm 0 }}
code {{ font-size: 13px }}
small {{ color: #555 }}
</style></head><body><main>
{cards}
</main></body></html>
"""
_CARD = """<article><img src="{qr}" alt="QR"><div>
<h2>{name}</h2><p>{worker} · {grid}</p>
{account}
<p><small>扫码开通手机，只能用一次，{until} 前有效。请在浏览器中打开。<br>
Scan to enrol your phone: once, before {until}, in a browser.</small></p>
</div></article>"""
_ACCOUNT = "<p>账号 <code>{username}</code><br>密码 <code>{password}</code></p>"


@dataclass(frozen=True)
class Card:
    """What one person is handed; `password` is None when they have an account already."""

    worker: str
    name: str
    grid: str
    password: str | None
    link: str


def write(path: Path, cards: Sequence[Card], until: datetime) -> None:
    """Writes the sheet, for its owner's eyes only (it holds passwords and codes)."""
    day = f"{until:%Y-%m-%d}"
    drawn = [
        _CARD.format(
            qr=qr(card.link),
            name=escape(card.name),
            worker=escape(card.worker),
            grid=escape(card.grid),
            until=day,
            account=""
            if card.password is None
            else _ACCOUNT.format(username=escape(card.worker), password=escape(card.password)),
        )
        for card in cards
    ]
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(_PAGE.format(cards="\n".join(drawn)))
