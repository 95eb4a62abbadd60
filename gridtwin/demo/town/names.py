"""Names: communities from the official list, everything else made up in the manner of the place."""

from __future__ import annotations

import csv
import random
from functools import cache
from pathlib import Path

from gridtwin.demo.town.frame import COLUMNS, ROWS, chance
from gridtwin.demo.town.plan import URBAN, VILLAGES

STREET_CODE, STREET_NAME = "370303008", "四宝山街道"
# 淄博高新区 has no county code of its own; this one is the demo's (示范代码).
COUNTY_CODE, COUNTY_NAME = "370399", "淄博高新区"


def _words(text: str) -> list[str]:
    return text.split()


_URBAN_CODES = _words("""
    017 022 024 026 016 018 019 023 025 028 029 008
""")
_VILLAGE_CODES = _words("""
    213 214 208 209 222 207 206 211 202 200 210 217 215 239 221 232 241 218 242
""")

_COLUMN_ROADS = _words("""
    原山大道 世纪路 西五路 柳泉路 金晶大道 宝山路 玉龙路 万杰路 石村路 卫固路 南岭路
""")
_ROW_ROADS = _words("""
    华光路 联通路 裕民路 鲁泰大道 中润大道 民祥路 青龙山路 济青高速 军屯路
""")
_HALF_COLUMN_ROADS = _words("""
    姜萌路 西六路 高创路 政通路 泰安路 火炬路 创业路 齐源路 付山路 迎仙路 王埠路
""")
_HALF_ROW_ROADS = _words("""
    北石路 四宝路 尚文路 文昌路 开发区北路 清源路 彭官路 榆林路 江西道路
""")
_NUMERALS = "零一二三四五六七八九十"

_FIRST = "瑞祥和康宁福安泰裕丰兴昌盛荣华景秀德仁义信诚润泽鸿嘉吉庆春晖"
_SECOND = "源河林园桥井台坡村亭苑门溪塘泉阳光明远"
_ESTATE_FIRST = _words("""
    锦绣 阳光 翰林 丽景 龙泽 玉龙 凤凰 盛世 天泽 书香 春晖 和润 金茂 紫荆 香榭 湖畔 梧桐 银杏
    听涛 水岸 文汇 齐悦 泰和 鸿嘉 瑞景 福泽 康城 祥和 安居 银座 名仕 学府 桃源 清华 嘉惠 怡海
    雅居 秀水 南山 世纪
""")
_ESTATE_LAST = {
    "walkup": ["小区", "新村", "宿舍", "里", "苑"],
    "midrise": ["花园", "家园", "嘉园", "苑", "新城"],
    "tower": ["华庭", "名郡", "公馆", "府", "国际城"],
}
_SURNAMES = "王李张刘陈孙赵于徐马高宋杨吕郭韩周朱许崔曹毕耿翟荆巩伊"
_GIVEN = _words("""
    建国 秀英 伟 丽 军 敏 磊 静 强 艳 洋 霞 勇 娟 涛 燕 超 萍 鹏 红梅 志远 晓雯 立新 春花 国栋
    雪 晨 丹 凯 婷 玉兰 海波 文静 宝山 庆华 淑珍 传亮 晓东 桂芝 德胜
""")


@cache
def official_list() -> dict[str, str]:
    """Code → short name of the communities and villages of 四宝山街道 (亚运村社区, 尚庄村)."""
    path = Path(__file__).parent.parent / "data" / "zibo_villages.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["code"]: short_name(row["name"]) for row in csv.DictReader(lines)}


def short_name(official: str) -> str:
    """亚运村社区居委会 → 亚运村社区, 尚庄村委会 → 尚庄村."""
    for ending, short in (("社区居委会", "社区"), ("社区居委", "社区"), ("居民委员会", "社区"), ("居委会", "社区")):
        if official.endswith(ending):
            return official.removesuffix(ending) + short
    return official.removesuffix("委会")


def chinese(number: int) -> str:
    """A number up to 99 in Chinese numerals."""
    if number <= 10:
        return _NUMERALS[number]
    tens, ones = divmod(number, 10)
    return (_NUMERALS[tens] if tens > 1 else "") + "十" + (_NUMERALS[ones] if ones else "")


def street(index: int) -> tuple[str, str]:
    """Code and name of the n-th street: the first is the real one, its neighbours are demo streets."""
    if index == 0:
        return STREET_CODE, STREET_NAME
    return f"{COUNTY_CODE}{index + 1:03d}", f"示范{chinese(index + 1)}街道"


def communities(index: int) -> dict[str, tuple[str, str]]:
    """Letter of the plan → (12-digit code, name) in the n-th street; names are unique in the city."""
    if index == 0:
        known = official_list()
        pairs = [*zip(URBAN, _URBAN_CODES, strict=True), *zip(VILLAGES, _VILLAGE_CODES, strict=True)]
        return {letter: (STREET_CODE + tail, known[STREET_CODE + tail]) for letter, tail in pairs}
    code = street(index)[0]
    found = {}
    for place, letter in enumerate(URBAN):
        number = index * len(URBAN) + place
        name = _urban_name(number)
        found[letter] = (f"{code}{place + 1:03d}", name)
    for place, letter in enumerate(VILLAGES):
        number = index * len(VILLAGES) + place
        surname = _SURNAMES[number % len(_SURNAMES)]
        rest = number // len(_SURNAMES)
        kind = ("家庄", "官庄", "家屯", "家店", "家埠", "家寨", "家桥", "家岭", "家营", "家洼", "家坊", "家泉")[
            rest % 12
        ]
        found[letter] = (
            f"{code}{place + 200:03d}",
            ("", "东", "西", "南", "北", "上", "下")[rest // 12] + surname + kind + "村",
        )
    return found


def _urban_name(number: int) -> str:
    """The n-th made-up name of an urban community; 570 pairs of characters, then with an ending."""
    round_, place = divmod(number, len(_FIRST) * len(_SECOND))
    second, first = divmod(place, len(_FIRST))
    return _FIRST[first] + _SECOND[(second + first) % len(_SECOND)] + ("", "里", "新")[round_] + "社区"


def _numbered(name: str, shift: int) -> str:
    if shift == 0:
        return name
    ending = "大道" if name.endswith("大道") else name[-1] if name[-1] in "路速" else ""
    rank = 2 * shift if shift > 0 else -2 * shift + 1
    return name.removesuffix(ending) + chinese(rank) + ending


def lattice_road(across: bool, line: int) -> str:
    """The name of a lattice line: `across` runs east, otherwise north."""
    names, size = (_ROW_ROADS, ROWS) if across else (_COLUMN_ROADS, COLUMNS)
    return _numbered(names[line % size], line // size)


def half_road(across: bool, line: int) -> str:
    """The name of the secondary road between lattice lines `line` and `line` + 1."""
    names, size = (_HALF_ROW_ROADS, ROWS) if across else (_HALF_COLUMN_ROADS, COLUMNS)
    return _numbered(names[line % size], line // size)


def local_roads(draw: random.Random) -> list[str]:
    """Names for local roads, each once, in an order of chance."""
    names = [a + b + "街" for a in _FIRST for b in _SECOND if a != b]
    draw.shuffle(names)
    return names


def estates(draw: random.Random, first: str, style: str, taken: set[str]) -> str:
    """A name for an estate that nothing in `taken` bears; a place is tried `first` (亚运村小区, 金都花园)."""
    last = _ESTATE_LAST[style]
    tries = [first if first.endswith("花园") else first + "小区"] if first else []
    tries += [draw.choice(_ESTATE_FIRST) + draw.choice(last) for _ in range(40)]
    tries += [a + b for a in _ESTATE_FIRST for b in last]
    name = next(name for name in tries if name not in taken)
    taken.add(name)
    return name


def workers(seed: int, street_index: int, count: int) -> list[str]:
    """Made-up names of grid workers, each once in a street."""
    draw = chance(seed, street_index, "workers")
    names = [a + b for a in _SURNAMES for b in _GIVEN]
    draw.shuffle(names)
    return names[:count]
