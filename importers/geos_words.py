"""What GEOS says of a shape, in Chinese: its reasons why a shape is invalid, and why one can't be made."""

from __future__ import annotations

_REASONS = (  # longer ones before those that they begin with
    ("Ring Self-intersection", "环自相交"),
    ("Self-intersection", "自相交"),
    ("Hole lies outside shell", "内环在外环之外"),
    ("Holes are nested", "内环嵌套"),
    ("Nested shells", "外环嵌套"),
    ("Interior is disconnected", "内部不连通"),
    ("Duplicate Rings", "环重复"),
    ("Too few points in geometry component", "点数不足"),
    ("Invalid Coordinate", "坐标无效"),
    ("Ring is not closed", "环未闭合"),
    ("Points of LinearRing do not form a closed linestring", "环未闭合"),
    ("Invalid number of points in LinearRing", "环的点数不足（至少 4 个）"),
    ("point array must contain 0 or >1 elements", "线的点数不足（至少 2 个）"),
    ("Invalid number of points in LineString", "线的点数不足（至少 2 个）"),
    ("Unexpected EOF parsing WKB", "几何数据不完整"),
    ("Input buffer is smaller than requested object size", "几何数据不完整"),
    ("Unknown WKB type", "未知的几何类型"),
    ("Unknown type", "未知的几何类型"),
    ("Expected number but encountered", "应为数字"),
    ("Expected word but encountered", "WKT 写法有误"),
    ("Expected", "WKT 写法有误"),
)


def in_chinese(said: str) -> str:
    """The Chinese words for what GEOS says, with its own behind them where they lose something; else as it is."""
    for known, words in _REASONS:
        if known in said:
            return words if said.strip() == known else f"{words}；{said}"
    return said
