"""Accounts of ecosystem products in the shape of published ones (subject, quantity, price, value, sums): as a workbook, and as lines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from yangban.assess.ecology.gep import YI, from_document
from yangban.base.exact import plain, round_half_even
from yangban.base.periods import year_of
from yangban.base.regions import subject_name
from yangban.readings import accounts as readings
from yangban.readings.cells import check_target, guarded, write_whole
from yangban.standards import Book

CATEGORIES: Final[Mapping[str, str]] = {word: name for name, word in readings.CATEGORIES.items()}
"""The names of the categories of an account, by their words."""

if TYPE_CHECKING:
    from fractions import Fraction

    from yangban.assess.ecology.gep import Account, Entry
    from yangban.assess.figure import Figure
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


def account_lines(account: AccountFile, worked: Account, book: Book) -> dict[str, Any]:
    """The lines of an account as a release keeps them: everything as text, and whose coefficients they take.

    ``entries`` are in the order of the account; ``coefficients`` has id, region and year, and is missing where the account takes none.
    """
    made: dict[str, Any] = {"title": account.title, "entries": [_line(each) for each in worked.entries]}
    if account.coefficients:
        of = from_document(book.document(account.coefficients))
        made["coefficients"] = {"id": of.id, "region": of.region, "year": of.year}
    elif account.own:
        made["coefficients"] = {"id": "", "region": account.own_region, "year": account.own_year}
    return made


def account_cells(figure: Figure) -> list[tuple[str, ...]]:
    """The lines of a released account as cells of a table: region, year, the columns of the workbook, whose coefficients, notes, mark."""
    of = figure.detail.get("coefficients")
    owner = "" if of is None else f"{of['id']} {subject_name(of['region'])} {of['year']}年".strip()
    found = []
    for line in figure.detail["entries"]:
        prices = "；".join(f"{each['name']} {each['value']} {each['unit']}".strip() for each in line["prices"])
        sources = "；".join(dict.fromkeys(each["source"] for each in line["prices"] if each["source"]))
        number = (line["quantity"], line["value"])
        texts = (figure.subject, figure.period, CATEGORIES[line["category"]], line["subject"], line["part"], line["unit"], line["method"])
        region, year, category, subject, part, unit, method = map(guarded, texts)
        rest = tuple(map(guarded, (line["source"], sources, owner, "；".join(line["notes"]), "true" if figure.synthetic else "false")))
        found.append((region, year, category, subject, part, number[0], unit, method, guarded(prices), number[1], *rest))
    return found


def _line(entry: Entry) -> dict[str, Any]:
    item = entry.item
    prices: list[dict[str, Any]] = [
        {"name": name, "value": plain(each.value), "unit": each.unit, "source": each.source, "transferred": each.transferred}
        for name, each in entry.took
    ]
    if item.price is not None:
        price = {"name": "", "value": plain(item.price), "unit": f"元/{item.unit}", "source": item.price_source, "transferred": ""}
        prices.append(price | ({"year": item.price_year} if item.price_year else {}))
    return {
        "category": item.category, "subject": entry.name, "part": item.part,
        "quantity": "" if item.quantity is None else plain(item.quantity), "unit": item.unit, "method": entry.words, "prices": prices,
        "value": f"{round_half_even(entry.value / YI, 2):f}", "source": item.source, "notes": list(entry.notes),
    }  # fmt: skip


def _yi(value: Fraction) -> float:
    return float(round_half_even(value / YI, 2))
