"""The sentences that sorting learns from: written patterns of how people report, and corrections by people.

`data/phrases.txt` holds patterns: each line is expanded to some of the sentences that it stands for. Where something
was seen and what the reporter asks for tell little about the class, so both are added at random, as noise to learn.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "phrases.txt"
_A_LINE = 30  # sentences that are made of one line at most
_PIECE = re.compile(r"\[([^\]]*)\]|([^\[]+)")
_CODE = re.compile(r"# (\d{4})")
_BEFORE = (
    *("",) * 4,
    *("小区", "3号楼2单元", "学院路", "金都花园12号楼", "我家楼下", "村里", "这几天", "昨天晚上", "门口", "幼儿园旁边"),
    *("人民路与中心路交叉口", "巡查发现", "居民反映", "您好，", "今天早上", "社区广场"),
)
_AFTER = (
    *("",) * 4,
    *("请尽快处理", "好几天了", "没人管", "希望解决", "影响出行", "谢谢", "太危险了", "麻烦看一下", "居民意见很大"),
    *("一直这样", "，照片已上传", "，请派人来"),
)


def _sentences(pattern: str, chance: random.Random) -> list[str]:
    pieces = [group.split("|") if group else [plain] for group, plain in _PIECE.findall(pattern)]
    every = 1
    for piece in pieces:
        every *= len(piece)
    made = {"".join(chance.choice(piece) for piece in pieces) for _ in range(min(2 * _A_LINE, 3 * every))}
    return sorted(made)[:_A_LINE]


def patterns() -> Iterator[tuple[str, str]]:
    """(class code, pattern) of each line of the file."""
    code = ""
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        heading = _CODE.fullmatch(line)
        if heading:
            code = heading[1]
        elif line and not line.startswith("#"):
            yield code, line


def examples(corrections: Sequence[tuple[str, str]] = ()) -> tuple[list[str], list[str]]:
    """(sentences, class codes) to learn from; always the same for the same corrections (text, code).

    A correction counts as much as a line of the file, and is repeated bare: it is how people here really write.
    """
    chance = random.Random(1)  # noqa: S311 - the same sentences at every start, no secret
    texts: list[str] = []
    codes: list[str] = []
    for code, pattern in patterns():
        for sentence in _sentences(pattern, chance):
            texts.append(chance.choice(_BEFORE) + sentence + chance.choice(_AFTER))
            codes.append(code)
    for text, code in corrections:
        for _ in range(5):
            texts.append(text)
            codes.append(code)
    return texts, codes
