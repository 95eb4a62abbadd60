"""The checks by name: what each says it saw and what to do, in Chinese and English."""

from __future__ import annotations

from typing import NamedTuple

from importers.people_catalogue import PEOPLE


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
        "无法读取文件 {file}：{why_zh}。",
        "{file} can't be read: {why_en}.",
        "{remedy_zh}",
        "{remedy_en}",
    ),
    "reader-failed": Check(
        "处理该文件的进程中断：{why_zh}；数据未作任何改动。",
        "The work on the file broke off: {why_en}. Nothing was changed.",
        "文件很可能已损坏：在来源软件中重新导出（GeoPackage、GeoJSON），过大则分成几份。",
        "The file is probably damaged: export it again as GeoPackage or GeoJSON; split it if it is very large.",
    ),
    "remembered": Check(
        "沿用上次导入同样文件时的设置：{options}。",
        "Read as the last file of this shape was: {options}.",
        "若不适用，明确给出这些选项，或用 --fresh 不沿用。",
        "If that does not fit this file, say these options yourself, or use --fresh.",
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
    "encoding-missing": Check(
        "文件没有说明文字编码；各种编码下的样子：{samples}。",
        "The file does not say the encoding of its text; in each it reads: {samples}.",
        "用 --encoding 指定读起来通顺的一种，如 --encoding {best}。",
        "Name the one that reads well, such as --encoding {best}.",
    ),
    "title-rows": Check(
        "第 {row} 行作为表头，其上的标题行略过：{titles}。",
        "Row {row} is taken for the header; the titles above it are passed over: {titles}.",
        "若表头不对，删除标题行后再导入。",
        "If that is not the header, delete the rows above it and import again.",
    ),
    "merged-cells": Check(
        "{count} 处合并单元格：其值填入所覆盖的每一格。",
        "{count} merged cells: each cell that they cover has their value.",
        "若不应如此，取消合并后再导入。",
        "If that is not meant, unmerge them and import again.",
    ),
    "formula-without-value": Check(
        "{count} 个公式没有计算结果：{cells}。",
        "{count} formulas have no computed value: {cells}.",
        "在 Excel 或 WPS 中打开并保存一次，再导入。",
        "Open the file in Excel or LibreOffice, save it, and import it again.",
    ),
    "closed-lines": Check(
        "图层 {layer} 中闭合的线作为面；文字和未闭合的线略过。",
        "Closed lines of the layer {layer} count as polygons; texts and open lines are passed over.",
        "若有边界未闭合，在 CAD 中闭合（PEDIT → 闭合）。",
        "Close open borders in the drawing (PEDIT, Close).",
    ),
    "middle-of-polygon": Check(
        "以面表示的设施取面内一点。",
        "Facilities that are polygons are taken by a point on their surface.",
        "无需处理。",
        "Nothing to do.",
    ),
    "reader-warning": Check(
        "读取时的警告：{why}",
        "The reader warned: {why}",
        "在来源软件中检查该文件。",
        "Look at the file where it was made.",
    ),
    "geometry-column-missing": Check(
        "表中没有坐标，也没有编码列。现有列：{columns}。",
        "The table has neither coordinates nor a column of codes. Its columns are {columns}.",
        "加上经度、纬度两列（或 WKT 一列）；若只更新已有数据，用 --map code=列名 指定编码列。",
        "Add columns lon and lat (or wkt); to update what is there already, name the codes with --map code=column.",
    ),
    "crs-missing": Check(
        "文件没有说明坐标系。",
        "The file does not say its coordinate system.",
        "问清来源后用 --crs 指定。可能是：{candidates_zh}。",
        "Ask whoever made it, and give it with --crs. It could be: {candidates_en}.",
    ),
    "crs-unfit": Check(
        "坐标值不可能属于 {crs}。",
        "The coordinates can't be of {crs}.",
        "用 --crs 指定正确的坐标系。可能是：{candidates_zh}。",
        "Give the right one with --crs. It could be: {candidates_en}.",
    ),
    "crs-edge": Check(
        "位置超出 {crs} 的适用范围 {degrees}°，精度略降，仍可使用。",
        "The place is {degrees}° outside the area for which {crs} is meant; it still works.",
        "无需处理；跨带时可改用相邻带。",
        "Nothing to do; near the edge of a zone the next zone may be the one that was meant.",
    ),
    "axes-swapped": Check(
        "坐标轴顺序相反：{crs} 中不会有 ({x}, {y})，对调后才合理。",
        "The axes are swapped: ({x}, {y}) can't be in {crs}, the other way round it can.",
        "用 --swap 对调坐标轴。",
        "Read them the other way round with --swap.",
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
        "{field_zh}为空。",
        "{field} is empty.",
        "补上该值。",
        "Fill it in.",
    ),
    "not-a-number": Check(
        "{field_zh}的值 {value} 不是数字。",
        "{field} has the value {value}, which is no number.",
        "改为数字或留空。",
        "Write a number or leave it empty.",
    ),
    "number-out-of-range": Check(
        "{field_zh}的值 {value} 超出 {least} 至 {most}。",
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
        "{count} 个空行，已跳过。",
        "{count} empty rows were passed over.",
        "无需处理。",
        "Nothing to do.",
    ),
    "cell-error": Check(
        "{field_zh}的单元格是错误值 {value}。",
        "The cell of {field} shows the error {value}.",
        "在表格中改正公式或留空。",
        "Correct the formula, or leave the cell empty.",
    ),
    "date-in-number": Check(
        "{field_zh}的值被表格软件变成了日期 {value}。",
        "The spreadsheet has turned the value of {field} into the date {value}.",
        "把该列设为数值格式并重新填写。",
        "Format the column as a number and type the value again.",
    ),
    "date-in-text": Check(
        "{field_zh}的值被表格软件变成了日期 {value}（如 3-1 变成 3 月 1 日）。",
        "The spreadsheet has turned the value of {field} into the date {value} (as it does with 3-1).",
        "把该列设为文本格式并重新填写。",
        "Format the column as text and type the value again.",
    ),
    "digits-lost": Check(
        "{field_zh}的值 {value} 被表格软件当作数字，15 位之后的数字已丢失。",
        "The spreadsheet has taken the value of {field} for the number {value}: digits after the fifteenth are lost.",
        "把该列设为文本格式，从来源重新填写编码。",
        "Format the column as text, and fill in the codes again from where they came.",
    ),
    "mojibake": Check(
        "{field_zh}的文字像是乱码：{value}",
        "The text of {field} looks garbled: {value}",
        "用 --encoding 指定正确的编码，或重新导出；确实如此则用 --allow mojibake。",
        "Give the right encoding with --encoding or export it again; if it is meant, use --allow mojibake.",
        True,
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
        "坐标或几何无法解析：{why}",
        "The coordinates or the shape can't be parsed: {why}",
        "改正该行的坐标或 WKT；若是图形文件，在来源软件中重新导出该图形。",
        "Correct the row's coordinates or WKT; if it is a drawing, export the shape again where it was made.",
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
        "几何无效（{why}），已修复，面积变化 {m2_told}。",
        "The geometry was invalid ({why}) and has been repaired; its area changed by {m2_told}.",
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
        "超出上级 {parent} {m2_told}。",
        "It reaches {m2_told} outside its parent {parent}.",
        "修改边界；若确实如此，用 --allow outside-parent。",
        "Correct the border; if it is meant, use --allow outside-parent.",
        True,
    ),
    "outside-scope": Check(
        "「{value}」不在当前账号的管辖范围内。",
        "“{value}” lies outside the area of this account.",
        "从文件中去掉这些行，或请管辖更大范围的账号导入。",
        "Leave these rows out, or ask somebody whose account covers them.",
    ),
    "outside-within": Check(
        "不在 --within 指定的区域 {area} 之内。",
        "It lies outside the area {area} that --within names.",
        "删除该行，或扩大 --within。",
        "Delete the row, or name a larger area with --within.",
    ),
    "rows-removed": Check(
        "{area} 内已有 {there} 行，其中 {count} 行（{share}%）不在文件中，将被删除。",
        "Of {there} rows in {area} {count} ({share} %) are not in the file and go.",
        "核对文件是否完整；确认删除用 --yes，只增改不删则去掉 --replace。",
        "Check that the file is whole; say --yes if they shall go, or leave --replace out to keep them.",
    ),
    "area-in-use": Check(
        "区域 {value} 将被删除，但其下还有：{below}。",
        "The area {value} would go, but below it there are still {below}.",
        "先把下级区域改归其他上级，或一并替换。",
        "Give the areas below another parent first, or replace them in the same way.",
    ),
    "day-past": Check(
        "生效日 {day} 已过。",
        "The day {day} is past.",
        "给出将来的日期，或去掉该选项使其立即生效。",
        "Name a day to come, or leave the option out to put it in force at once.",
    ),
    "shifted": Check(
        "整个文件与已有数据相比偏移约 {metres:.0f} 米（东 {east:.1f} 米，北 {north:.1f} 米，即 {degrees}）。{fits_zh}",
        "The whole file lies {metres:.0f} m off what is there"
        " ({east:.1f} m east, {north:.1f} m north, {degrees}). {fits_en}",
        "{remedy_zh}确认无误则用 --allow shifted。",
        "{remedy_en} If it is meant, use --allow shifted.",
        True,
    ),
    "off-areas": Check(
        "{count} 行中有 {outside} 行不在任何已有区域之内。",
        "{outside} of {count} rows lie in none of the areas that are there.",
        "{remedy_zh}",
        "{remedy_en}",
    ),
    "address-off-building": Check(
        "地址点距其楼栋 {building} {metres:.0f} 米。",
        "The address lies {metres:.0f} m off its building {building}.",
        "更正坐标或楼栋编码。",
        "Correct the coordinates or the building's code.",
    ),
    "sliver": Check(
        "{code} 有一块平均宽度仅 {metres:.2f} 米（{m2_told}），像是碎片。",
        "A part of {code} is {metres:.2f} m wide on average ({m2_told}): a sliver.",
        "并入相邻的一个；若确实如此，可忽略。",
        "Merge it with a neighbour, or leave it if it is meant.",
    ),
    # cover
    "overlap": Check(
        "{first} 与 {second} 重叠 {m2_told}。",
        "{first} and {second} overlap by {m2_told}.",
        "修改共同边界，使其不重叠；若确实如此，用 --allow overlap。",
        "Correct the common border; if it is meant, use --allow overlap.",
        True,
    ),
    "gap": Check(
        "{within_zh}有空隙 {m2_told}。",
        "There is a gap of {m2_told} {within_en}.",
        "把空隙并入相邻的一个；若确实如此，用 --allow gap。",
        "Give the gap to one of its neighbours; if it is meant, use --allow gap.",
        True,
    ),
    "coverage": Check(
        "{level_zh}：{tiling} / {count} 个严丝合缝地铺满{parents_zh}（舍入误差合计 {m2:.3f} m²）。",
        "{level}: {tiling} of {count} tile {parents_en} exactly ({m2:.3f} m² of rounding in all).",
        "{todo_zh}",
        "{todo_en}",
    ),
    "full-width": Check(
        "{count} 行的{field_zh}含全角字符（如 {value}），已按半角读取。",
        "{count} rows have a {field} in full width ({value}); it was read in half width.",
        "无需处理。",
        "Nothing to do.",
    ),
    "plan-scheduled": Check(
        "方案「{name}」已定于 {day} 生效，其中不含本次导入的改动。",
        "The plan “{name}” comes into force on {day}; it was made without what is imported now.",
        "先撤销它（gridtwin import undo {run}），导入本文件后再导入一次；或让本次导入早于该日生效。",
        "Take it back first (gridtwin import undo {run}) and import it again after this file,"
        " or put this one in force before that day.",
    ),
    "unchanged-plan": Check(
        "网格没有变化，未生成新方案。",
        "The grids are the same: no new plan was made.",
        "无需处理。",
        "Nothing to do.",
    ),
    # taking back
    "no-such-import": Check(
        "没有编号为 {number} 的导入。",
        "There is no import {number}.",
        "用 gridtwin import list 查看编号。",
        "`gridtwin import list` shows the numbers.",
    ),
    "undone-already": Check(
        "导入 {number} 已撤销过。",
        "The import {number} was taken back already.",
        "无需处理。",
        "Nothing to do.",
    ),
    "later-import": Check(
        "之后的导入 {later} 改动了同一些行。",
        "The later import {later} changed some of the same rows.",
        "先撤销导入 {later}。",
        "Take back the import {later} first.",
    ),
    "changed-since": Check(
        "{count} 行在导入之后又被修改或删除。",
        "{count} rows were changed or deleted after the import.",
        "核对这些行；仍要撤销则用 --yes。",
        "Look at them; use --yes to take the import back nevertheless.",
    ),
    "code-taken": Check(
        "编码 {value} 现已属于另一行，无法恢复。",
        "The code {value} belongs to another row now.",
        "先删除或改编该行。",
        "Delete that row or give it another code first.",
    ),
    "plan-superseded": Check(
        "该方案之后已有新方案，不能撤销。",
        "A newer plan has followed: this one can't be taken back.",
        "先撤销之后的导入 {later}。",
        "Take back the import {later} first.",
    ),
}
CHECKS.update({name: Check(*said) for name, said in PEOPLE.items()})
