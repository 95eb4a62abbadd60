"""What `gridtwin import` prints for people: findings, counts, what a file holds, the list of imports; zh or en."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from gis.messages import Both
from importers.findings import ERROR, INFO, WARNING
from importers.request import ImportReport

if TYPE_CHECKING:
    from importers.inspect import Inspection
    from importers.inspect import Layer as LayerSeen
    from importers.whereabouts import Placed

_SHOWN = 40  # findings that a table for people shows; --json has all
_COLOURS = {ERROR: "red", WARNING: "yellow"}
_SEVERITIES = {ERROR: Both("错误", "error"), WARNING: Both("警告", "warning"), INFO: Both("提示", "info")}
_FINDING = (
    Both("", ""),
    Both("检查项", "check"),
    Both("位置", "where"),
    Both("情况", "what"),
    Both("处理办法", "remedy"),
)
_COLUMN = (Both("列", "column"), Both("类型", "type"), Both("空值", "empty"), Both("样例", "samples"))
_RUN = (
    Both("编号", "id"), Both("种类", "kind"), Both("文件", "file"), Both("导入者", "by"), Both("时间", "at"),
    Both("新增", "added"), Both("修改", "changed"), Both("删除", "removed"), Both("未变", "unchanged"),
    Both("撤销时间", "undone_at"),
)  # fmt: skip


def _said(both: Both, language: str) -> str:
    return both.zh if language == "zh" else both.en


def _table(heads: Sequence[Both], language: str) -> Table:
    return Table(*(_said(head, language) for head in heads), box=None)


def _console() -> Console:
    """Where answers go: as wide as the terminal, or wide enough for a table when it is a file or a pipe."""
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    return console if console.is_terminal else Console(file=sys.stdout, highlight=False, soft_wrap=True, width=180)


def answer(
    report: ImportReport, *, as_json: bool, language: str, dry_run: bool = False, taken_back: bool = False
) -> None:
    """Prints what an import did, would do, or why it did nothing; `taken_back` when it was an undo."""
    if as_json:
        sys.stdout.write(json.dumps(report.as_json(language), ensure_ascii=False) + "\n")
        return
    console = _console()
    findings = report.findings
    if findings:
        table = _table(_FINDING, language)
        for finding in findings[:_SHOWN]:
            mark, colour = _said(_SEVERITIES[finding.severity], language), _COLOURS.get(finding.severity)
            table.add_row(
                f"[{colour}]{mark}[/{colour}]" if colour else mark,
                finding.check,
                finding.where(language),
                finding.message(language),
                finding.remedy(language),
            )
        console.print(table)
        if left := max(0, len(findings) - _SHOWN):
            more = Both(f"…… 还有 {left} 条；--json 列出全部", f"… {left} more findings; --json lists all of them")
            console.print(_said(more, language))
    if report.refused:
        console.print(_said(Both("已拒绝：没有任何改动", "refused: nothing was changed"), language))
        return
    did = _counted_back if taken_back else _counted
    console.print(_said(did(report, dry_run=dry_run), language))


def _counted(report: ImportReport, *, dry_run: bool) -> Both:
    head = Both("将会", "would be") if dry_run else Both(f"导入 {report.run}", f"import {report.run}")
    return Both(
        f"{head.zh}：新增 {report.added}，修改 {report.changed}，删除 {report.removed}，未变 {report.unchanged}",
        f"{head.en}: {report.added} added, {report.changed} changed, {report.removed} removed,"
        f" {report.unchanged} unchanged",
    )


def _counted_back(report: ImportReport, *, dry_run: bool) -> Both:
    del dry_run  # an undo has none
    return Both(
        f"已撤销导入 {report.run}：恢复 {report.added}，还原 {report.changed}，移除 {report.removed}",
        f"import {report.run} was taken back: {report.added} came back, {report.changed} are as they were,"
        f" {report.removed} went",
    )


def list_runs(rows: Sequence[Sequence[Any]], language: str, zone: tzinfo) -> None:
    """Prints the imports as a table, times by the clock of `zone`."""
    table = _table(_RUN, language)
    for row in rows:
        cells = (
            cell.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if isinstance(cell, datetime) else cell for cell in row
        )
        table.add_row(*("" if cell is None else str(cell)[:40] for cell in cells))
    _console().print(table)


def show(found: Inspection, language: str) -> None:
    """Prints what a file holds."""
    console = _console()
    console.print(f"{found.file}  {found.format or ''}  sha256 {found.sha256[:16]}", markup=False)
    if found.why is not None:
        console.print(found.why.message(language), markup=False)
    for layer in found.layers:
        _show_layer(console, layer, language)


def _show_layer(console: Console, layer: LayerSeen, language: str) -> None:
    zh = language == "zh"
    bare = "无几何" if zh else "no geometry"
    shapes = ", ".join(f"{count} {name}" for name, count in layer.geometry.items()) or bare
    rows = "?" if layer.rows is None else layer.rows
    crs = layer.crs_title or layer.crs or ("文件未说明" if zh else "not said")
    encoding = layer.encoding or ("无需指定" if zh else "none needed")
    lines = (
        [
            f"\n图层 {layer.name}：{rows} 行，{shapes}（查看了 {layer.looked_at} 行）",
            f"  范围：{layer.extent}  坐标系：{crs}",
        ]
        if zh
        else [
            f"\nlayer {layer.name}: {rows} rows, {shapes} (of {layer.looked_at} looked at)",
            f"  extent: {layer.extent}  crs: {crs}",
        ]
    )
    lines += [_candidate(one, zh=zh) for one in layer.candidates]
    lines.append(f"  编码：{encoding}" if zh else f"  encoding: {encoding}")
    lines += [f"  --encoding {name}: {' / '.join(samples)}" for name, samples in layer.encodings]
    lines += [
        f"  {_said(_SEVERITIES[remark.severity], language)}: {remark.message(language)} {remark.remedy(language)}"
        for remark in layer.remarks
    ]
    lines += [f"  |{line}|" for line in layer.picture]
    for line in lines:
        console.print(line, markup=False)
    table = _table(_COLUMN, language)
    for column in layer.columns:
        table.add_row(column.name, column.type, str(column.empty), " / ".join(column.samples))
    console.print(table)
    for kind, fields in list(layer.kinds.items())[:3]:
        pairs = ", ".join(f"{field}={column}" for field, column in fields.items())
        console.print(f"  可作为 {kind}：{pairs}" if zh else f"  as {kind}: {pairs}", markup=False)


def _candidate(one: Placed, *, zh: bool) -> str:
    place = f"{one.candidate.lon:.5f},{one.candidate.lat:.5f}"
    if zh:
        near = "（落在已有区域内）" if one.on_areas else ""
        return f"  {one.option}：{one.candidate.reason_zh}；中心 {place}，相距 {one.apart_m:,.0f} 米{near}"
    near = " (on the areas that are there)" if one.on_areas else ""
    return f"  {one.option}: {one.candidate.reason_en}; middle at {place}, {one.apart_m:,.0f} m apart{near}"
