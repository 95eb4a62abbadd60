"""The checks of a table of people: what each saw and what to do, in Chinese and English."""

from __future__ import annotations

PEOPLE: dict[str, tuple[str, str, str, str]] = {
    "person-id-form": (
        "编号 {value} 含有不能使用的字符。",
        "The id {value} has characters that can't be used.",
        "使用字母、数字、下划线、点或连字符，最多 60 个字符。",
        "Use letters, digits, underscores, dots or hyphens, at most 60.",
    ),
    "person-name-differs": (
        "编号 {value} 有两个姓名：{first} 与 {second}。",
        "The id {value} has two names: {first} and {second}.",
        "核对编号：一人一个编号。",
        "Check the ids: each person has one of their own.",
    ),
    "post-role-unknown": (
        "岗位“{value}”不认识。",
        "The post “{value}” is not known.",
        "写成：站长、助理、网格员、楼长、单元长。",
        "Write 站长, 助理, 网格员, 楼长 or 单元长.",
    ),
    "post-grid-unknown": (
        "没有编码为 {value} 的网格。",
        "There is no grid with the code {value}.",
        "核对网格编码，或先导入网格。",
        "Check the code, or import the grids first.",
    ),
    "post-building-missing": (
        "楼长与单元长需要楼栋编码，单元长还需要单元；找到的是：{value}。",
        "A head of a building or stairwell needs the building's code, and of a stairwell its unit; found: {value}.",
        "填写楼栋编码与单元；楼栋须已导入。",
        "Fill in the building's code and the unit; the building has to be imported first.",
    ),
    "post-date-wrong": (
        "日期“{value}”不能使用。",
        "The date “{value}” can't be used.",
        "写成 2026-05-01；结束日期不早于开始日期。",
        "Write 2026-05-01; the end is not before the beginning.",
    ),
    "post-deputy-unknown": (
        "代理人 {value} 不在表中，也未登记，或就是本人。",
        "The deputy {value} is neither in the file nor registered, or is the same person.",
        "填写代理人的编号。",
        "Give the deputy's id.",
    ),
    "two-workers-a-grid": (
        "网格 {value} 在同一时间有两名网格员：{first} 与 {second}。",
        "The grid {value} has two workers at one time: {first} and {second}.",
        "一格一员：错开任期，或把其中一人填为代理人。",
        "One worker a grid: part their times, or make one the other's deputy.",
    ),
    "two-grids-a-worker": (
        "{value} 在同一时间负责两个网格：{first} 与 {second}。",
        "{value} is responsible for two grids at one time: {first} and {second}.",
        "一员一格：错开任期，或在其中一格填为代理人。",
        "One grid a worker: part the times, or stand in as deputy in one of them.",
    ),
    "grid-unattended": (
        "网格 {value} 今天没有网格员。",
        "The grid {value} has no worker today.",
        "为它填写一名网格员。",
        "Give it one.",
    ),
    "account-taken": (
        "账号 {value} 已属于别人。",
        "The account {value} belongs to somebody else.",
        "换一个编号，或先改名该账号。",
        "Choose another id, or rename that account first.",
    ),
}
