"""Accounts of ecosystem products as a workbook, in the shape of published ones: subject, quantity, price, value, sums."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from yangban.assess.ecology.gep import YI
from yangban.base.exact import plain, round_half_even
from yangban.base.periods import year_of
from yangban.base.regions import subject_name
from yangban.readings.cells import check_target, guarded, write_whole
from yangban.standards import Book

if TYPE_CHECKING:
    from fractions import Fraction

    from yangban.assess.ecology.gep import Account
    from yangban.readings.accounts import AccountFile

_HEADS = ("类别", "科目", "分项", "功能量", "单位", "方法", "价格与系数", "价值量（亿元）", "功能量来源", "价格和系数来源", "说明")
_WIDTHS = (10, 14, 12, 16, 10, 18, 34, 16, 30, 30, 30)


def write_account(account: AccountFile, worked: Account, book: Book, path: Path) -> None:
    """Write the account to ``path`` (``.xlsx``).

    Raises :class:`~yangban.base.errors.UsageError` when that cannot be done.
    """
    check_target(path, (".xlsx",))
    write_whole(path, lambda target: _write(account, worked, book, target))


def _write(account: AccountFile, worked: Account, book: Book, target: Path) -> None:
    import xlsxwriter

    names = dict(book.medium_on("ecology", year_of(worked.year).end).rule("gep.categories").value)
    workbook = xlsxwriter.Workbook(target)
    page = workbook.add_worksheet("GEP核算表")
    title, head = workbook.add_format({"bold": True, "font_size": 14}), workbook.add_format({"bold": True, "bottom": 2, "top": 2})
    money, total = workbook.add_format({"num_format": "#,##0.00"}), workbook.add_format({"num_format": "#,##0.00", "bold": True, "top": 1})
    text = workbook.add_format({"text_wrap": True, "valign": "top"})
    page.write_string(0, 0, f"{subject_name(worked.region)} {worked.year} 年生态产品总值核算表", title)
    page.write_string(1, 0, guarded(("合成数据，不是核算结果。" if account.synthetic else "") + f"来源：{account.source}"))
    for column, (name, width) in enumerate(zip(_HEADS, _WIDTHS, strict=True)):
        page.write_string(2, column, name, head)
        page.set_column(column, column, width)
    row = 3
    for entry in worked.entries:
        item = entry.item
        priced = (
            [f"{plain(item.price)} 元/{item.unit}"] if item.price is not None else [f"{k} {plain(c.value)} {c.unit}" for k, c in entry.took]
        )
        sources = [item.price_source, *(c.source for _, c in entry.took)]
        cells = (
            names[item.category], entry.name, item.part, None if item.quantity is None else float(item.quantity), item.unit, entry.words,
            "；".join(priced), None, item.source, "；".join(dict.fromkeys(filter(None, sources))), "；".join(entry.notes),
        )  # fmt: skip
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                page.write_string(row, column, guarded(cell), text)
            elif cell is not None:
                page.write_number(row, column, cell, workbook.add_format({"num_format": "#,##0.######"}))
        page.write_number(row, 7, _yi(entry.value), money)
        row += 1
    for name, value in (*((names[each], value) for each, value in worked.totals.items()), ("GEP", worked.total)):
        page.write_string(row, 0, name, total)
        page.write_number(row, 7, _yi(value), total)
        row += 1
    for line in (f"未核实：{'、'.join(worked.unverified)}" if worked.unverified else "",):
        page.write_string(row, 0, guarded(line))
    page.freeze_panes(3, 2)
    workbook.close()


def _yi(value: Fraction) -> float:
    return float(round_half_even(value / YI, 2))
