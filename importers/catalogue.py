"""The checks by name: what each says it saw and what to do, in Chinese and English."""

from __future__ import annotations

from typing import NamedTuple


class Check(NamedTuple):
    """The sentences of one check. `allowable`: the user may take it as it is with `--allow`."""

    seen_zh: str
    seen_en: str
    remedy_zh: str
    remedy_en: str
    allowable: bool = False


CHECKS: dict[str, Check] = {
    # the file as a whole
    "unreadable": Check(
        "无法读取文件 {file}：{why}",
        "{file} can't be read: {why}",
        "检查文件是否完整，或在来源软件中重新导出（GeoPackage、GeoJSON、Shapefile）。",
        "Check that the file is whole, or export it again as GeoPackage, GeoJSON or Shapefile.",
    ),
    "no-rows": Check(
        "文件中没有数据行。",
        "The file holds no rows.",
        "检查是否选对了文件或图层（--layer）。",
        "Check that it is the right file, or choose another layer with --layer.",
    ),
    "several-layers": Check(
        "文件有多个图层：{layers}。",
        "The file has several layers: {layers}.",
        "用 --layer 指定其中一个。",
        "Name one of them with --layer.",
    ),
    "crs-missing": Check(
        "文件没有说明坐标系。{seen_zh}",
        "The file does not say its coordinate system. {seen_en}",
        "用 --crs 指定。{candidates_zh}",
        "Give it with --crs. {candidates_en}",
    ),
    "crs-unknown": Check(
        "坐标系 {crs} 无法识别。",
        "The coordinate system {crs} is unknown.",
        "用 --crs 给出 EPSG 编号，如 EPSG:4548、EPSG:4490，或 GCJ-02、BD-09。",
        "Give --crs an EPSG code such as EPSG:4548 or EPSG:4490, or GCJ-02, or BD-09.",
    ),
    "crs-overridden": Check(
        "文件自称 {file}，按 --crs 使用 {used}。",
        "The file says {file}; {used} is used, as --crs demands.",
        "若不是有意为之，去掉 --crs。",
        "Leave --crs out unless this is meant.",
    ),
    "column-dropped": Check(
        "未使用的列：{columns}。",
        "Columns that are not used: {columns}.",
        "若要使用，用 --map 字段=列名 指定；可用字段：{fields}。",
        "To use one, say --map field=column; the fields are {fields}.",
    ),
    "column-missing": Check(
        "文件中没有 --map 所指的列 {column}。",
        "The file has no column {column}, which --map names.",
        "现有列：{columns}。",
        "Its columns are {columns}.",
    ),
    "column-twice": Check(
        "字段 {field} 对应多列：{columns}；使用 {used}。",
        "Several columns fit the field {field}: {columns}; {used} is used.",
        "用 --map {field}=列名 指定另一列。",
        "Choose another one with --map {field}=column.",
    ),
    "field-missing": Check(
        "缺少字段 {field}（{title_zh}）。",
        "The field {field} is missing.",
        "用 --map {field}=列名 指定列（现有列：{columns}），或用 --set {field}=值 给出固定值。",
        "Name its column with --map {field}=column (the columns are {columns}), "
        "or give one value for all rows with --set {field}=value.",
    ),
    "more": Check(
        "检查 {of} 另有 {count} 处未逐一列出。",
        "{count} more of {of} are not listed one by one.",
        "先处理已列出的，再导入一次。",
        "Mend the listed ones and import again.",
    ),
    # rows and values
    "value-missing": Check(
        "{field} 为空。",
        "{field} is empty.",
        "补上该值。",
        "Fill it in.",
    ),
    "not-a-number": Check(
        "{field} 的值 {value} 不是数字。",
        "{field} has the value {value}, which is no number.",
        "改为数字或留空。",
        "Write a number or leave it empty.",
    ),
    "number-out-of-range": Check(
        "{field} 的值 {value} 超出 {least} 至 {most}。",
        "{field} has the value {value}, outside {least} to {most}.",
        "更正该值或留空。",
        "Correct it or leave it empty.",
    ),
    "absurd-height": Check(
        "高度 {value} 米不可信（上限 {most} 米）。",
        "A height of {value} m is not credible (the limit is {most} m).",
        "更正高度；单位应为米。",
        "Correct the height; its unit is the metre.",
    ),
    "code-form": Check(
        "编码 {value} 的格式不正确。",
        "The code {value} has the wrong form.",
        "编码只能用 {form}，1 至 60 个字符。",
        "A code consists of 1 to 60 characters of {form}.",
    ),
    "code-twice": Check(
        "编码 {value} 出现 {count} 次。",
        "The code {value} stands {count} times.",
        "每个编码只能出现一次：改正或删除多余的行。",
        "A code may stand once: correct or delete the other rows.",
    ),
    "row-twice": Check(
        "有 {count} 行的形状和名称完全相同，只导入一行。",
        "{count} rows have the same shape and name; one of them is taken.",
        "删除重复的行，或提供编码列。",
        "Delete the repeated rows, or give them codes.",
        True,
    ),
    "row-empty": Check(
        "空行，已跳过。",
        "An empty row; it is passed over.",
        "可删除空行。",
        "The row can be deleted.",
    ),
    "unknown-level": Check(
        "层级 {value} 不存在。",
        "There is no level {value}.",
        "可用层级：{known}。",
        "The levels are {known}.",
    ),
    "unknown-category": Check(
        "设施类别 {value} 不存在。",
        "There is no facility category {value}.",
        "可用类别：{known}；或用 --set category=other。",
        "The categories are {known}; or use --set category=other.",
    ),
    "unknown-area": Check(
        "没有编码为 {value} 的区域。",
        "There is no area with the code {value}.",
        "先导入该区域，或更正编码。",
        "Import that area first, or correct the code.",
    ),
    "unknown-building": Check(
        "没有编码为 {value} 的建筑，地址暂不关联建筑。",
        "There is no building with the code {value}; the address is not linked to one.",
        "先导入建筑，再导入一次地址。",
        "Import the buildings first, then the addresses again.",
        True,
    ),
    "no-such-row": Check(
        "编码 {value} 没有对应的已有数据，而文件又没有几何。",
        "Nothing with the code {value} is there yet, and the file has no geometry for it.",
        "先导入带几何的文件，或更正编码。",
        "Import a file with geometry first, or correct the code.",
    ),
    # shapes
    "geometry-missing": Check(
        "没有几何。",
        "There is no geometry.",
        "补上几何或删除该行。",
        "Draw it, or delete the row.",
    ),
    "geometry-type": Check(
        "几何类型为 {found}，应为 {wanted}。",
        "The geometry is a {found}; a {wanted} is needed.",
        "选择另一图层（--layer），或在来源软件中转换类型。",
        "Choose another layer with --layer, or convert the geometry where the file was made.",
    ),
    "geometry-broken": Check(
        "几何数据无法解析：{why}",
        "The geometry can't be parsed: {why}",
        "在来源软件中重新导出该图形。",
        "Export the shape again where the file was made.",
    ),
    "geometry-invalid": Check(
        "几何无效（{why}），可以修复。",
        "The geometry is invalid ({why}) and can be repaired.",
        "用 --repair 自动修复，或在来源软件中改正。",
        "Repair it with --repair, or correct it where the file was made.",
    ),
    "geometry-unrepairable": Check(
        "几何无效（{why}），无法修复。",
        "The geometry is invalid ({why}) and can't be repaired.",
        "在来源软件中重新绘制。",
        "Draw it anew where the file was made.",
    ),
    "geometry-repaired": Check(
        "几何无效（{why}），已修复，面积变化 {m2:.2f} m²。",
        "The geometry was invalid ({why}) and has been repaired; its area changed by {m2:.2f} m².",
        "核对修复结果。",
        "Look at the result.",
    ),
    "coordinates-out-of-range": Check(
        "坐标 {value} 不在经纬度范围内。",
        "The coordinates {value} are outside longitude and latitude.",
        "检查坐标系（--crs）和坐标轴顺序。",
        "Check the coordinate system (--crs) and the order of the axes.",
    ),
    # hierarchy
    "parent-by-location": Check(
        "没有上级列：{count} 个{level_zh}按位置归入上级。",
        "There is no parent column: {count} areas of level {level} were put under the area they lie in.",
        "如归属不同，用 --map parent=列名 或 --within 编码 指定。",
        "If they belong elsewhere, say so with --map parent=column or --within CODE.",
    ),
    "parent-missing": Check(
        "不在任何上级区域之内。",
        "It lies in no area of a higher level.",
        "用 --map parent=列名 或 --within 编码 指定上级，或先导入上级区域。",
        "Name the parent with --map parent=column or --within CODE, or import the higher level first.",
    ),
    "parent-level": Check(
        "上级 {parent} 的层级（{parent_level}）不高于它自己的层级（{level}）。",
        "Its parent {parent} is of level {parent_level}, which is not above {level}.",
        "更正上级或层级。",
        "Correct the parent or the level.",
    ),
    "no-area": Check(
        "{count} 个网格不在任何区域之内。",
        "{count} grids lie in no area.",
        "先导入社区或村（gridtwin import areas），网格应归属社区或村。",
        "Import the communities first (gridtwin import areas): a grid belongs to one.",
    ),
    "outside-parent": Check(
        "超出上级 {parent} {m2:.2f} m²。",
        "It reaches {m2:.2f} m² outside its parent {parent}.",
        "修改边界；若确实如此，用 --allow outside-parent。",
        "Correct the border; if it is meant, use --allow outside-parent.",
        True,
    ),
    "outside-within": Check(
        "不在 --within 指定的区域 {area} 之内。",
        "It lies outside the area {area} that --within names.",
        "删除该行，或扩大 --within。",
        "Delete the row, or name a larger area with --within.",
    ),
    # cover
    "overlap": Check(
        "{first} 与 {second} 重叠 {m2:.4f} m²。",
        "{first} and {second} overlap by {m2:.4f} m².",
        "修改共同边界，使其不重叠；若确实如此，用 --allow overlap。",
        "Correct the common border; if it is meant, use --allow overlap.",
        True,
    ),
    "gap": Check(
        "{parent} 内有空隙 {m2:.4f} m²。",
        "There is a gap of {m2:.4f} m² in {parent}.",
        "把空隙并入相邻的一个；若确实如此，用 --allow gap。",
        "Give the gap to one of its neighbours; if it is meant, use --allow gap.",
        True,
    ),
    "coverage": Check(
        "{level_zh}：{tiling} / {count} 个严丝合缝地铺满{parents_zh}（误差合计 {m2:.3f} m²）。",
        "{level}: {tiling} of {count} tile {parents_en} exactly ({m2:.3f} m² of rounding in all).",
        "无需处理。",
        "Nothing to do.",
    ),
    "coverage-rounding": Check(
        "{count} 处小于 1 m² 或窄于 1 cm 的误差，合计 {size:.4f} m²，视为取整误差。",
        "{count} slivers under 1 m² or narrower than 1 cm, {size:.4f} m² in all, count as rounding.",
        "无需处理。",
        "Nothing to do.",
    ),
    "unchanged-plan": Check(
        "网格没有变化，未生成新方案。",
        "The grids are the same: no new plan was made.",
        "无需处理。",
        "Nothing to do.",
    ),
}
