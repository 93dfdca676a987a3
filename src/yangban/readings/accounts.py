"""Accounts of ecosystem products as files: what was counted, in which unit, at which price, from which source.

A ``.toml`` file has ``[account]`` (region, year, source, by, and ``coefficients``: the id of a document of the book), ``[[item]]`` tables,
and may have ``[coefficients]`` of its own with region, year, source and a table per coefficient. A ``.csv`` or workbook has one line per
item with quantity × price or a given value, and region and year on every line. A workspace keeps each account byte for byte in ``raw/``
and lists it in ``gep.jsonl``; a later account of the same region and year is a revision of the earlier one.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from yangban.base import regions
from yangban.base.errors import InputError, WorkspaceError, YangbanError
from yangban.base.notation import tables, toml
from yangban.readings.cells import WORKBOOKS, csv_lines, text_of, workbook
from yangban.readings.workspace import Workspace, sync

FILE: Final = "gep.jsonl"

HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "region": ("地区", "行政区", "region"),
    "year": ("年份", "核算年份", "year"),
    "category": ("类别", "category"),
    "subject": ("科目", "核算科目", "subject"),
    "part": ("分项", "指标", "part"),
    "quantity": ("功能量", "实物量", "数量", "quantity"),
    "unit": ("功能量单位", "单位", "unit"),
    "price": ("单价", "价格", "price"),
    "price_unit": ("单价单位", "价格单位", "price_unit"),
    "value": ("价值量", "价值", "value"),
    "value_unit": ("价值量单位", "value_unit"),
    "source": ("来源", "功能量来源", "source"),
    "price_source": ("价格来源", "price_source"),
    "price_year": ("价格年份", "price_year"),
    "method": ("方法", "method"),
}
"""The headings of each field of a table."""

CATEGORIES: Final[Mapping[str, str]] = {"物质供给": "products", "调节服务": "regulating", "文化服务": "cultural"}
_SCALES: Final[Mapping[str, int]] = {"亿": 10**8, "万": 10**4, "千": 1000, "": 1}
_UNITS: Final[Mapping[str, str]] = {
    "m³": "m³", "m3": "m³", "立方米": "m³", "t": "t", "吨": "t", "kwh": "kWh", "千瓦时": "kWh", "度": "kWh", "kg": "kg", "公斤": "kg",
    "千克": "kg", "m²": "m²", "m2": "m²", "平方米": "m²", "人次": "人次", "元": "元", "yuan": "元", "cny": "元",
}  # fmt: skip
_NUMBER: Final = re.compile(r"-?\d{1,15}(\.\d{1,12})?", re.ASCII)
_HEAD: Final = ("region", "year", "source", "by")
_HEAD_OPTIONAL: Final = ("title", "coefficients", "land_area", "land_area_unit", "synthetic")
_ITEM: Final = ("category", "subject")


@dataclass(frozen=True)
class Line:
    """One item as it stands in a file, checked; money in yuan, quantities in the base unit (``亿 m³`` is 10⁸ m³)."""

    category: str
    subject: str
    method: str
    part: str = ""
    quantity: Fraction | None = None
    unit: str = ""
    price: Fraction | None = None
    value: Fraction | None = None
    source: str = ""
    price_source: str = ""
    price_year: int | None = None
    shown: str = ""


@dataclass(frozen=True)
class OwnCoefficient:
    """A coefficient that the account brings itself."""

    value: Fraction
    unit: str
    source: str
    transferred: str = ""


@dataclass(frozen=True)
class AccountFile:
    """A whole account as read; ``coefficients`` names a document of the book, ``own`` are its own with their region and year."""

    region: str
    year: int
    source: str
    by: str
    lines: tuple[Line, ...]
    title: str = ""
    coefficients: str = ""
    own: Mapping[str, OwnCoefficient] = field(default_factory=dict)
    own_region: str = ""
    own_year: int = 0
    synthetic: bool = False


@dataclass(frozen=True)
class Kept:
    """An account that a workspace keeps."""

    region: str
    year: int
    digest: str
    name: str
    by: str
    revision: int
    recorded_at: str


def read_account(path: Path, *, name: str = "") -> AccountFile:
    """Read an account; ``name`` is what tells its kind where the path does not.

    Raises :class:`~yangban.base.errors.InputError` listing everything that is wrong; then nothing of it is to be used.
    """
    if not path.is_file():
        raise InputError(f"{path}: 找不到这个文件 no such file")
    shown = name or path.name
    found = _toml(path, shown) if shown.lower().endswith(".toml") else _table(path, shown)
    marked = "synthetic" in shown.lower() or "合成" in shown
    return AccountFile(**{**found, "synthetic": bool(found.get("synthetic")) or marked})


def keep(workspace: Workspace, path: Path, *, now: datetime | None = None) -> tuple[Kept, bool]:
    """Keep an account in a workspace; gives its entry, and whether it was new. A broken account is refused and not kept."""
    account = read_account(path)
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    moment = (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
    with workspace.writing():
        held = load(workspace)
        same = [each for each in held if (each.region, each.year) == (account.region, account.year)]
        if same and same[-1].digest == digest:
            return same[-1], False
        kept = Kept(account.region, account.year, digest, path.name, account.by, len(same) + 1, moment)
        raw = workspace.raw / digest
        if not raw.exists():
            raw.write_bytes(content)
            sync(raw)
        with (workspace.path / FILE).open("a", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(asdict(kept), ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
    return kept, True


def load(workspace: Workspace) -> tuple[Kept, ...]:
    """The accounts of a workspace, oldest first; raises :class:`~yangban.base.errors.WorkspaceError` naming a line that is broken."""
    path = workspace.path / FILE
    if not path.exists():
        return ()
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            found.append(Kept(**json.loads(line)))
        except (ValueError, TypeError):
            raise WorkspaceError(f"{path.name} 第{number}行读不出；请从备份恢复") from None
    return tuple(found)


def newest(workspace: Workspace) -> dict[tuple[str, int], Kept]:
    """The last revision of each region and year."""
    return {(each.region, each.year): each for each in load(workspace)}


def open_kept(workspace: Workspace, kept: Kept) -> AccountFile:
    """The account behind an entry."""
    return read_account(workspace.raw / kept.digest, name=kept.name)


def scaled(text: str, what: str) -> tuple[int, str]:
    """The factor and the base unit of a unit such as ``亿 m³``, ``万吨`` or ``kWh``.

    Raises :class:`~yangban.base.errors.InputError` for a unit that is not known.

    >>> scaled("亿 m³", "x"), scaled("万吨", "x")
    ((100000000, 'm³'), (10000, 't'))
    """
    plain = "".join(unicodedata.normalize("NFC", text).split())
    for mark, factor in _SCALES.items():
        if plain.startswith(mark) and (unit := _UNITS.get(plain.removeprefix(mark).lower())):
            return factor, unit
    raise InputError(f"{what}：不认识的单位 {text!r}；可用 {'、'.join(dict.fromkeys(_UNITS.values()))}，前面可加 万、亿")


def _line(row: Mapping[str, str], where: str) -> Line:
    if missing := [key for key in _ITEM if not row.get(key)]:
        raise InputError(f"{where}：缺少 {'、'.join(HEADINGS[key][0] for key in missing)}")
    quantity, unit = _quantity(row, where)
    value = price = None
    if row.get("value"):
        factor, base = scaled(row.get("value_unit") or "元", where)
        if base != "元":
            raise InputError(f"{where}：价值量的单位是 {base}，应为 元、万元 或 亿元")
        value = _number(row["value"], where) * factor
    if row.get("price"):
        told = row.get("price_unit", "")
        money, _, per = told.partition("/")
        factor, base = scaled(money, where)
        if base != "元" or not per or scaled(per, where)[1] != unit:
            raise InputError(f"{where}：单价的单位是 {told!r}，功能量的单位是 {unit}；单价应写成 元/{unit or '单位'}")
        price = _number(row["price"], where) * factor / scaled(per, where)[0]
    method = row.get("method") or ("given" if value is not None else "price" if price is not None else "")
    if not method:
        raise InputError(f"{where}：没有方法、单价或价值量，算不出价值")
    if not row.get("source"):
        raise InputError(f"{where}：没有来源")
    if price is not None and not row.get("price_source"):
        raise InputError(f"{where}：有单价而没有价格来源")
    year = row.get("price_year", "")
    if year and not year.isdigit():
        raise InputError(f"{where}：价格年份 {year!r} 不是年份")
    return Line(
        category=CATEGORIES.get(row["category"], row["category"]),
        subject=row["subject"],
        part=row.get("part", ""),
        method=method,
        quantity=quantity,
        unit=unit,
        price=price,
        value=value,
        source=row["source"],
        price_source=row.get("price_source", ""),
        price_year=int(year) if year else None,
        shown=f"{row['quantity']} {row.get('unit', '')}" if row.get("quantity") else "",
    )


def _quantity(row: Mapping[str, str], where: str) -> tuple[Fraction | None, str]:
    if not row.get("quantity"):
        return None, ""
    if not row.get("unit"):
        raise InputError(f"{where}：有功能量而没有单位")
    factor, unit = scaled(row["unit"], where)
    return _number(row["quantity"], where) * factor, unit


def _number(text: str, where: str) -> Fraction:
    cell = text.replace(",", "").replace("，", "").strip()
    if not _NUMBER.fullmatch(cell):
        raise InputError(f"{where}：{text!r} 不是数")
    return Fraction(Decimal(cell))


def _toml(path: Path, shown: str) -> dict[str, Any]:
    try:
        content = toml(path.read_text(encoding="utf-8"), decimals=True)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise InputError(f"{shown}: 不是 TOML（{problem}）") from None
    head = content.get("account")
    if not isinstance(head, dict):
        raise InputError(f"{shown}: 应有 [account]，写明 {'、'.join(_HEAD)}")
    wrong: list[str] = [f"[account] 缺少 {key}" for key in _HEAD if not head.get(key)]
    wrong += [f"[account] 不认识的键 {key}" for key in head if key not in {*_HEAD, *_HEAD_OPTIONAL}]
    lines: list[Line] = []
    try:
        items = tables(content, "item")
    except tomllib.TOMLDecodeError as problem:
        raise InputError(f"{shown}: {problem}") from None
    for number, table in enumerate(items, start=1):
        where = f"第 {number} 个 item（{table.get('subject', '')}{table.get('part', '')}）"
        if unknown := [key for key in table if key not in HEADINGS]:
            wrong.append(f"{where}：不认识的键 {'、'.join(unknown)}")
            continue
        _collect(lines, {key: f"{value:f}" if isinstance(value, Decimal) else str(value) for key, value in table.items()}, where, wrong)
    if head.get("year") and type(head["year"]) is not int:
        wrong.append(f"[account] year 应为年份，得到 {head['year']!r}")
    own, own_region, own_year = _own(content.get("coefficients"), wrong)
    if not lines and not wrong:
        wrong.append("没有一个 [[item]]")
    region = _region(str(head.get("region", "")), wrong)
    if own and head.get("coefficients"):
        wrong.append("[account] coefficients 和 [coefficients] 只能有一个")
    _raise(shown, wrong)
    return {
        "region": region, "year": int(head["year"]), "source": str(head["source"]), "by": str(head["by"]), "lines": tuple(lines),
        "title": str(head.get("title", "")), "coefficients": str(head.get("coefficients", "")), "own": own, "own_region": own_region,
        "own_year": own_year, "synthetic": bool(head.get("synthetic", False)),
    }  # fmt: skip


def _own(table: Any, wrong: list[str]) -> tuple[dict[str, OwnCoefficient], str, int]:
    if table is None:
        return {}, "", 0
    found: dict[str, OwnCoefficient] = {}
    if not isinstance(table, dict) or not {"region", "year", "source"} <= set(table) or type(table["year"]) is not int:
        wrong.append("[coefficients] 要写明所属的 region、year 和 source")
        return {}, "", 0
    for name, each in table.items():
        if name in {"region", "year", "source"}:
            continue
        if not isinstance(each, dict) or not {"value", "unit"} <= set(each) or not _NUMBER.fullmatch(f"{each['value']}"):
            wrong.append(f'[coefficients] {name} 应写成 {{ value = 7.06, unit = "CNY/m³" }}')
            continue
        source = str(each.get("source", table["source"]))
        found[name] = OwnCoefficient(Fraction(Decimal(str(each["value"]))), str(each["unit"]), source, str(each.get("transferred", "")))
    return found, _region(str(table["region"]), wrong), int(table["year"])


def _table(path: Path, shown: str) -> dict[str, Any]:
    lines_of = workbook(path, lambda lines: 0 if lines else None)[1] if shown.lower().endswith(WORKBOOKS) else csv_lines(path)
    rows = [(line.number, [text_of(cell).strip() for cell in line.cells]) for line in lines_of]
    rows = [(number, cells) for number, cells in rows if any(cells)]
    if not rows:
        raise InputError(f"{shown}: 没有内容")
    words = {word.casefold(): key for key, several in HEADINGS.items() for word in several}
    fields = {words[plain]: i for i, cell in enumerate(rows[0][1]) if (plain := re.sub(r"\s+", "", cell).casefold()) in words}
    if missing := [HEADINGS[key][0] for key in ("region", "year", *_ITEM, "source") if key not in fields]:
        raise InputError(f"{shown}: 表头缺少 {'、'.join(missing)}；现有 {'、'.join(filter(None, rows[0][1]))}")
    wrong: list[str] = []
    lines: list[Line] = []
    heads: set[tuple[str, str]] = set()
    for number, cells in rows[1:]:
        row = {key: cells[i] for key, i in fields.items() if i < len(cells)}
        heads.add((row.get("region", ""), row.get("year", "").removesuffix("年")))
        _collect(lines, row, f"第 {number} 行", wrong)
    if len(heads) != 1:
        wrong.append(f"一份核算表只能有一个地区和一个年份，这里有 {len(heads)} 个")
    region, year = next(iter(heads), ("", ""))
    code = _region(region, wrong)
    if not year.isdigit():
        wrong.append(f"年份 {year!r} 不是年份")
    _raise(shown, wrong)
    return {"region": code, "year": int(year), "source": shown, "by": "", "lines": tuple(lines)}


def _collect(lines: list[Line], row: Mapping[str, str], where: str, wrong: list[str]) -> None:
    try:
        lines.append(_line(row, where))
    except YangbanError as problem:
        wrong.append(str(problem))


def _region(text: str, wrong: list[str]) -> str:
    try:
        return regions.place(text).code
    except YangbanError as problem:
        wrong.append(str(problem))
        return ""


def _raise(shown: str, wrong: Sequence[str]) -> None:
    if wrong:
        raise InputError(f"{shown} 中有 {len(wrong)} 处不能登记，整份核算表未采用：\n  " + "\n  ".join(wrong))
