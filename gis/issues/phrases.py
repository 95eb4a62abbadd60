"""The sentences that sorting learns from: written patterns of how people report, and corrections by people.

`data/phrases/` holds patterns, a file for each group: each line is expanded to some of the sentences that it stands
for. Where and when something was seen, who says it, and what the reporter asks for tell little about the class, so
all of that is put around the sentences at random, as noise to learn (`_FRAMES`).
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

_FOLDER = Path(__file__).parent / "data" / "phrases"
_WORDS = Path(__file__).parent / "data" / "words.txt"
_A_LINE = 64  # sentences that are made of one line at most
_PIECE = re.compile(r"\[([^\]]*)\](\??)|(.)\?|([^\[?]+?(?=.\?)|[^\[?]+)")
_CODE = re.compile(r"# (\d{4})")
_CORRECTION_COUNTS = 12

_PLACES = (
    *("小区", "学院路", "金都花园", "村里", "门口", "人民路与中心路交叉口", "社区广场", "华光路", "柳泉路", "银泰城"),
    *("桥北头", "东门", "西门外", "南边", "北区", "幼儿园旁边", "小学对面", "医院后面", "菜市场旁边", "大润发对面"),
    *("3号楼2单元", "12号楼", "9号楼东侧", "6-2-401", "一期", "二期东区", "我家楼下", "俺家门口", "楼下", "楼后"),
    *("世纪路", "重庆路与联通路路口", "南外环", "步行街", "火车站附近", "公交站旁", "居委会门口", "村委前面", "镇上"),
    *("鲁泰大道", "植物园小区", "亚运村", "物流园", "开发区", "工业路", "胡同里", "孝妇河边", "公园北门", "小广场"),
)
_TIMES = (
    *("今天早上", "昨天晚上", "这几天", "最近", "刚才", "上周五", "每天晚上", "从上个月开始", "大半夜", "今早七点"),
    *("连着三天", "中午", "周末", "下午四点多", "一到晚上", "前天", "11月3日", "刚刚"),
)
_OPENINGS = (
    *(
        "您好，",
        "你好，",
        "居民反映",
        "巡查发现",
        "市民来电反映",
        "来电人称",
        "群众举报",
        "网友反映",
        "麻烦问一下，",
        "领导，",
    ),
    *(
        "反映一下，",
        "投诉：",
        "我要举报，",
        "报告，",
        "师傅，",
        "网格员巡查时发现",
        "市民反映",
        "有居民说",
        "紧急！",
        "那个，",
    ),
    *("想问问，", "发现", "急！", "喂，", "业主群里说", "求助，"),
)
_ENDINGS = (
    *("请尽快处理", "好几天了", "没人管", "希望解决", "影响出行", "谢谢", "太危险了", "麻烦看一下", "居民意见很大"),
    *(
        "一直这样",
        "，照片已上传",
        "，请派人来",
        "，要求核实处理",
        "，多次反映未果",
        "，请相关部门尽快解决",
        "，已持续三天",
    ),
    *(
        "，诉求：尽快处理并回复",
        "，急急急",
        "！！",
        "，能不能管管",
        "，咋整啊",
        "，受不了了",
        "，忒不像话了",
        "，拜托了",
    ),
    *(
        "，请落实",
        "，存在安全隐患",
        "，老人孩子都害怕",
        "，请核实",
        "，影响市容",
        "，影响居民生活",
        "，有图有真相",
        "吧",
    ),
    *(
        "，希望有关部门重视",
        "，城管来看看",
        "，物业也不管",
        "，打电话也没人来",
        "，烦死了",
        "，居民苦不堪言",
        "呢",
        "啊",
        "了",
    ),
)
_FRAMES = (
    *(("{s}",) * 6),
    *(
        "{p}{s}",
        "{p}{s}",
        "{p}{s}{e}",
        "{s}{e}",
        "{s}{e}",
        "{t}{s}",
        "{t}{p}{s}{e}",
        "{o}{p}{s}{e}",
        "{o}{s}",
        "{o}{t}{s}{e}",
    ),
    *("{p}，{s}", "{o}{p}{t}{s}{e}", "{s}，就在{p}", "{s}，{p}", "{p}有个事，{s}"),
)
_SLIPS = (
    ("的", "得"),
    ("在", "再"),
    ("了", "啦"),
    ("没有", "木有"),
    ("我", "俺"),
    ("很", "老"),
    ("的", ""),
    ("了", ""),
    ("，", " "),
)


def _pieces(pattern: str) -> list[list[str]]:
    found = []
    for group, optional, single, plain in _PIECE.findall(pattern):
        if single:
            found.append([single, ""])
        elif plain:
            found.append([plain])
        else:
            found.append([*group.split("|"), *([""] if optional else [])])
    return found


def _sentences(pattern: str, chance: random.Random) -> list[str]:
    pieces = _pieces(pattern)
    every = 1
    for piece in pieces:
        every *= len(piece)
    wanted = min(_A_LINE, max(4, round(3 * every**0.5)))
    made = {"".join(chance.choice(piece) for piece in pieces) for _ in range(min(wanted, 3 * every))}
    # each alternative is heard at least once: a word that stands in one alternative only must not be missed by chance
    for place, piece in enumerate(pieces):
        for word in piece:
            made.add("".join(word if at == place else chance.choice(other) for at, other in enumerate(pieces)))
    return sorted(made)


def _framed(sentence: str, chance: random.Random) -> str:
    if chance.random() < 0.1:
        right, slip = chance.choice(_SLIPS)
        sentence = sentence.replace(right, slip, 1)
    return chance.choice(_FRAMES).format(
        s=sentence,
        p=chance.choice(_PLACES),
        t=chance.choice(_TIMES),
        o=chance.choice(_OPENINGS),
        e=chance.choice(_ENDINGS),
    )


def patterns() -> Iterator[tuple[str, str]]:
    """(class code, pattern) of each line of the files."""
    for file in sorted(_FOLDER.glob("*.txt")):
        code = ""
        for line in file.read_text(encoding="utf-8").splitlines():
            heading = _CODE.fullmatch(line)
            if heading:
                code = heading[1]
            elif line and not line.startswith("#"):
                yield code, line


def pointers() -> Iterator[tuple[str, list[str]]]:
    """(class code, words that point to it)."""
    for line in _WORDS.read_text(encoding="utf-8").splitlines():
        code, *words = line.split()
        if code != "#":
            yield code, words


def examples(
    corrections: Sequence[tuple[str, str]] = (), *, without: Collection[str] = ()
) -> tuple[list[str], list[str]]:
    """(sentences, class codes) to learn from; always the same for the same corrections (text, code).

    `without` are patterns that are left out. A correction is repeated as it stands: it is how people here really write.
    """
    chance = random.Random(1)  # noqa: S311 - the same sentences at every start, no secret
    texts: list[str] = []
    codes: list[str] = []
    for code, pattern in patterns():
        if pattern in without:
            continue
        for sentence in _sentences(pattern, chance):
            texts.append(_framed(sentence, chance))
            codes.append(code)
    for code, words in pointers():
        for word in words:
            joined = chance.choice(("，", "", "、", "的", ""))
            pair = [word, chance.choice(words)]
            for sentence in (word, word, joined.join(pair), "，".join((*pair[::-1], chance.choice(words)))):
                texts.append(_framed(sentence, chance))
                codes.append(code)
    for text, code in corrections:
        for _ in range(_CORRECTION_COUNTS):
            texts.append(text)
            codes.append(code)
    return texts, codes


def some_of(pattern: str, most: int) -> list[str]:
    """A few of the sentences that a pattern stands for, always the same ones."""
    chance = random.Random(2)  # noqa: S311 - no secret
    return [_framed(sentence, chance) for sentence in _sentences(pattern, chance)[:most]]


def bare(pattern: str, most: int) -> list[str]:
    """A few of a pattern's sentences with nothing around them."""
    chance = random.Random(pattern)  # noqa: S311 - no secret
    made = sorted(_sentences(pattern, chance))
    return chance.sample(made, min(most, len(made)))


def digest() -> str:
    """A name for these phrases and how they are made into sentences."""
    told = hashlib.sha256(Path(__file__).read_bytes())
    for file in (*sorted(_FOLDER.glob("*.txt")), _WORDS):
        told.update(file.read_bytes())
    return told.hexdigest()
