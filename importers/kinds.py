"""What can be imported: the seven kinds with their tables, fields, and the names that planners give to columns."""

from __future__ import annotations

from dataclasses import dataclass

from gis.errors import BadRequest
from gis.messages import Both

TEXT, REAL, WHOLE = "text", "real", "integer"


@dataclass(frozen=True)
class Field:
    """A field of a kind. `aliases` are other column names, compared without case, blanks and underscores.

    `stored` is its column in the table, None when it only serves to find something (parent, area, building_code).
    """

    name: str
    title_zh: str
    type: str = TEXT
    aliases: tuple[str, ...] = ()
    required: bool = False
    least: float | None = None
    most: float | None = None
    stored: bool = True
    default: str | None = None

    @property
    def sql_type(self) -> str:
        """Its type in the staging table."""
        return {TEXT: "text", REAL: "real", WHOLE: "integer"}[self.type]


@dataclass(frozen=True)
class Kind:
    """One of the seven kinds. `geometry` is polygon, line or point; `code_form` a regular expression."""

    name: str
    table: str
    geometry: str
    fields: tuple[Field, ...]
    code_form: str = r".{1,200}"
    code_letters: str = ""
    in_areas: bool = True

    def field(self, name: str) -> Field:
        """The field of a name; raises BadRequest with the names that exist."""
        for field in self.fields:
            if field.name == name:
                return field
        known = ", ".join(field.name for field in self.fields)
        raise BadRequest(
            what=name,
            why=Both(
                f"{self.name} 没有这个字段；字段有：{known}", f"{self.name} has no such field; the fields are {known}"
            ),
        )


_CODE = ("编码", "代码", "编号", "唯一码", "统一编码", "唯一编码")
_NAME = ("名称", "名字")


def _code(*aliases: str, required: bool = False) -> Field:
    return Field("code", "编码", aliases=(*_CODE, *aliases), required=required)


def _name(*aliases: str, required: bool = False) -> Field:
    return Field("name", "名称", aliases=(*_NAME, *aliases), required=required)


def _count(name: str, title: str, *aliases: str, most: float = 32767) -> Field:
    return Field(name, title, WHOLE, (title, *aliases), least=0, most=most)


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "areas", "area", "polygon",
            (
                _code("区划代码", "统计用区划代码", "行政区划代码", "区域编码", required=True),
                _name("区划名称", "区域名称", required=True),
                Field("level", "层级", aliases=("层级", "级别", "区划级别"), required=True),
                Field("parent", "上级编码",
                      aliases=("上级", "上级编码", "上级代码", "父级编码", "parent_code"), stored=False),
            ),
            code_form=r"[A-Za-z0-9_]{1,60}", code_letters="A–Z a–z 0–9 _", in_areas=False,
        ),
        Kind(
            "grids", "grid", "polygon",
            (
                _code("网格编码", "网格编号", "网格代码", required=True),
                _name("网格名称", required=True),
                Field("area", "社区编码",
                      aliases=("社区编码", "社区代码", "所属社区编码", "area_code", "community"), stored=False),
            ),
            code_form=r"[A-Za-z0-9_-]{1,60}", code_letters="A–Z a–z 0–9 _ -",
        ),
        Kind(
            "buildings", "building", "polygon",
            (
                _code("建筑编码", "楼栋编码", "楼栋编号"),
                _name("楼栋名称", "建筑名称", "楼名", "楼栋"),
                Field("estate", "小区", aliases=("小区", "小区名称", "所属小区")),
                Field("use", "用途", aliases=("用途", "建筑用途", "使用性质")),
                Field("height", "高度", REAL, ("高度", "高", "建筑高度", "楼高"), least=0, most=1000),
                _count("levels", "层数", "楼层数", "地上层数", "建筑层数", most=300),
                _count("units", "单元数", "单元"),
                _count("households", "户数", most=100_000),
                _count("residents", "人口", "人数", "居住人数", "人口数", most=1_000_000),
                Field("year", "建成年份", WHOLE, ("年份", "建成年份", "建成年代", "建造年份"), least=1000, most=2200),
            ),
        ),
        Kind(
            "addresses", "address", "point",
            (
                _code("地址编码", "标准地址编码"),
                Field("text", "标准地址", required=True,
                      aliases=("标准地址", "地址", "详细地址", "地址全称", "address")),
                Field("province", "省", aliases=("省", "省份")),
                Field("city", "市", aliases=("市", "城市", "地市")),
                Field("district", "区县", aliases=("区县", "区", "县", "县区")),
                Field("street", "街道", aliases=("街道", "镇街", "街道镇", "乡镇", "乡镇街道")),
                Field("community", "社区", aliases=("社区", "村", "村居", "社区村", "社区名称")),
                Field("road", "道路", aliases=("道路", "路", "街路巷")),
                Field("road_no", "门牌号", aliases=("门牌号", "门牌", "号")),
                Field("estate", "小区", aliases=("小区", "小区名称")),
                Field("building", "楼栋", aliases=("楼栋", "楼号", "栋", "幢", "楼")),
                Field("unit", "单元", aliases=("单元", "单元号")),
                Field("floor", "楼层", aliases=("楼层", "层")),
                Field("room", "户室", aliases=("户室", "室", "房号", "室号", "房间号", "户室号")),
                _count("residents", "人口", "人数", "居住人数"),
                Field("building_code", "楼栋编码", aliases=("楼栋编码", "建筑编码", "楼栋编号"), stored=False),
            ),
        ),
        Kind(
            "facilities", "facility", "point",
            (
                _code("设施编码", "要素编码"),
                _name("设施名称", "要素名称"),
                Field("category", "类别", aliases=("类别", "类型", "设施类别", "设施类型"), default="other"),
            ),
        ),
        Kind(
            "streets", "street", "line",
            (
                _code("道路编码"),
                _name("道路名称", "路名"),
                Field("class", "等级", aliases=("等级", "道路等级", "类别"), default="local"),
                Field("width", "宽度", REAL, ("宽度", "路宽", "道路宽度"), least=0.01, most=500),
            ),
            in_areas=False,
        ),
        Kind(
            "ground", "ground", "polygon",
            (
                _code("地类编码"),
                _name(),
                Field("kind", "地类", aliases=("地类", "类别", "类型", "地类名称"), required=True),
            ),
            in_areas=False,
        ),
    )
}  # fmt: skip


def kind_of(name: str) -> Kind:
    """The kind of a name; raises BadRequest with the seven names."""
    if name not in KINDS:
        known = ", ".join(KINDS)
        raise BadRequest(what=name, why=Both(f"可导入的种类有：{known}", f"the kinds are {known}"))
    return KINDS[name]
