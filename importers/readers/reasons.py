"""Why a file can't be read, in Chinese and English, and what to do where exporting it again is not the remedy."""

from __future__ import annotations

from typing import NamedTuple

from gis.messages import Both


class Reason(NamedTuple):
    """What is wrong with a file; `remedy` where there is a better one than to export it again."""

    zh: str
    en: str
    remedy: Both | None = None


EXPORT_AGAIN = Both(
    "检查文件是否完整，或在来源软件中重新导出（GeoPackage、GeoJSON、Shapefile）。",
    "Check that the file is whole, or export it again as GeoPackage, GeoJSON or Shapefile.",
)
_SEND_WHOLE = Both(
    "把 .shp、.shx、.dbf（以及 .prj、.cpg）放在一起，最好打成一个 .zip。",
    "Keep .shp, .shx and .dbf (and .prj, .cpg) together, best in one .zip.",
)
_NAME_ENCODING = Both(
    "用 --encoding 给出正确的编码，例如 GB18030、UTF-8。", "Name the right one with --encoding: GB18030, UTF-8 …"
)
_NAME_LAYER = Both("用 --layer 指定其中之一。", "Name one of them with --layer.")

REASONS: dict[str, Reason] = {
    "absent": Reason(
        "没有这个文件", "there is no such file", Both("检查路径和文件名。", "Check the path and the name.")
    ),
    "folder": Reason(
        "这是一个文件夹；只有 FileGDB（.gdb）是文件夹",
        "it is a folder; only a FileGDB (.gdb) is one",
        Both("指定其中的文件。", "Name the file in it."),
    ),
    "empty": Reason("文件是空的", "the file is empty"),
    "dwg": Reason(
        "DWG 是不公开的格式，无法读取",
        "DWG is a closed format",
        Both(
            "在 CAD 软件中另存为 DXF（AutoCAD：DXFOUT 命令），再导入 .dxf。",
            "Save the drawing as DXF (in AutoCAD: DXFOUT) and import the .dxf.",
        ),
    ),
    "part": Reason("这只是 Shapefile 的一部分", "it is only a part of a Shapefile", _SEND_WHOLE),
    "type": Reason(
        "不读取 {suffix} 类型的文件；可读：{known}",
        "files of the type {suffix} are not read; {known} are",
    ),
    "damaged": Reason("文件已损坏（{why}）", "it is damaged ({why})"),
    "locked": Reason(
        "压缩包有密码", "it is locked by a password", Both("去掉密码再打包。", "Pack it again without a password.")
    ),
    "archive-damaged": Reason("压缩包已损坏（{why}）", "the archive is damaged: {why}"),
    "archive-large": Reason(
        "解压后超过 8 GB 或 20,000 个文件",
        "it unpacks to more than 8 GB or 20,000 files",
        Both("只打包要导入的那一个文件。", "Pack only the file that is to be imported."),
    ),
    "archive-nested": Reason(
        "压缩包里还是压缩包",
        "it holds another archive",
        Both("先解压外层，再导入里面的压缩包。", "Unpack it, and import the archive that is in it."),
    ),
    "archive-other": Reason("压缩包里没有可以读取的文件", "the archive holds no file of a kind that is read"),
    "encoding-unknown": Reason("没有名为 {encoding} 的编码", "the encoding {encoding} is unknown", _NAME_ENCODING),
    "encoding-wrong": Reason(
        "文字不是 {encoding} 编码；可能是：{known}",
        "its text is not {encoding}; it could be {known}",
        _NAME_ENCODING,
    ),
    "gzip": Reason("gzip 数据已损坏或不完整（{why}）", "the gzip stream is damaged or cut off: {why}"),
    "line": Reason("第 {line} 行不是 GeoJSON 要素（{why}）", "line {line} is no GeoJSON feature: {why}"),
    "line-type": Reason("第 {line} 行是 {found}，不是 Feature", "line {line} is a {found}, not a Feature"),
    "no-layer": Reason("文件里没有图层", "it has no layer"),
    "layer": Reason(
        "没有图层 {layer}；现有图层：{known}", "it has no layer {layer}; its layers are {known}", _NAME_LAYER
    ),
    "drawing-cut": Reason("图纸不完整：末尾没有 EOF", "the drawing is cut off: it doesn't end in EOF"),
    "osm-kind": Reason(
        "OpenStreetMap 数据只能导入 {known}，不能导入 {kind}",
        "of OpenStreetMap only {known} are read, not {kind}",
        Both("换一种要导入的内容。", "Import it as one of these."),
    ),
    "shapefile-part": Reason(
        "缺少 {part}：Shapefile 由 .shp、.shx、.dbf 共同组成", "its {part} is missing", _SEND_WHOLE
    ),
    "shapefile-header": Reason("{part} 没有 Shapefile 的文件头", "{part} has no header of a Shapefile"),
    "cut": Reason(
        "{part} 不完整：应有 {whole} 字节，只有 {size} 字节", "{part} is cut off: {size} of {whole} bytes are there"
    ),
    "dbf-header": Reason(".dbf 的文件头已损坏", ".dbf has a broken header"),
    "prj": Reason(
        ".prj 的内容无法理解",
        "its .prj can't be understood",
        Both("删除 .prj，并用 --crs 指定坐标系。", "Delete the .prj and name the system with --crs."),
    ),
    "no-workbook": Reason("不是 Excel 工作簿（{why}）", "it is no Excel workbook ({why})"),
    "sheet-large": Reason("有一张工作表解压后超过 2 GB", "a sheet unpacks to more than 2 GB"),
    "no-sheet": Reason("没有工作表", "it has no sheet"),
    "sheet": Reason(
        "没有工作表 {layer}；现有：{known}", "it has no sheet {layer}; its sheets are {known}", _NAME_LAYER
    ),
    "no-header": Reason(
        "没有一行像表头",
        "no row of it looks like a header",
        Both("给表格加一行列名。", "Give the table a row with the names of its columns."),
    ),
}
