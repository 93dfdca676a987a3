"""Lists of tasks as workbooks: read with every problem by its row, issued whole or not at all, and written out again."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.core import signing

from yangban.base import regions
from yangban.base.errors import InputError, NotAllowed, YangbanError
from yangban.base.periods import parse
from yangban.govern.model import Task as Plain
from yangban.govern.model import Terms
from yangban.govern.rows import task_of
from yangban.indicators.targets import Target
from yangban.readings.cells import HEADER_WITHIN, WORKBOOKS, Line, columns_of, csv_lines, text_of, workbook
from yangban.web.accounts.models import Organisation, User, today
from yangban.web.plans import files, governance, shown, tasks
from yangban.web.plans.actors import units_named
from yangban.web.plans.acts import day_of
from yangban.web.plans.models import NumberTaken, Task

HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "number": ("编号", "序号"),
    "title": ("任务名称", "名称", "任务"),
    "basis": ("依据文件", "依据"),
    "place": ("地区", "所在地区"),
    "lead": ("牵头单位",),
    "responsible": ("责任单位",),
    "assisting": ("配合单位",),
    "acceptance": ("验收单位",),
    "deadline": ("完成期限", "完成时限", "期限"),
    "amount": ("数量",),
    "unit": ("计量单位", "单位"),
    "workflow": ("流程",),
    "plan_item": ("规划编号",),
    "indicator": ("指标代码", "指标"),
    "goal": ("目标值",),
    "goal_unit": ("目标单位",),
}
NEEDED: Final = ("number", "title", "basis", "lead", "deadline")
_SALT: Final = "yangban.plans.issue"
_WORKFLOWS: Final = {
    "": "yearly",
    "年度任务": "yearly",
    "年度": "yearly",
    "整改": "rectification",
    "督办": "rectification",
    "整改督办": "rectification",
}


@dataclass(frozen=True)
class Look:
    """What a list would make, before anything is made."""

    rows: tuple[tuple[str, Mapping[str, str]], ...]
    drafts: tuple[Plain, ...]
    problems: tuple[tuple[str, str], ...]


def read_rows(upload: Any) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """The rows of a workbook or a CSV file, each with the place where it stands."""
    with files.laid_down(upload) as path:
        kind = path.suffix.lower()
        if kind in WORKBOOKS:
            sheet, lines, _ = workbook(path, _heading)
            return _rows(f"{path.name}[{sheet}]", lines)
        if kind in {".csv", ".txt"}:
            return _rows(path.name, csv_lines(path))
    raise InputError(f"{upload.name}：不认识的文件类型；可读 .csv {' '.join(WORKBOOKS)}")


def _heading(lines: Sequence[Line]) -> int | None:
    for position, line in enumerate(lines[:HEADER_WITHIN]):
        if all(key in columns_of([text_of(cell) for cell in line.cells], HEADINGS) for key in NEEDED):
            return position
    return None


def _rows(source: str, lines: Sequence[Line]) -> tuple[tuple[str, Mapping[str, str]], ...]:
    at = _heading(lines)
    if at is None:
        raise InputError(f"{source}：前 {HEADER_WITHIN} 行中没有表头 {'、'.join(HEADINGS[key][0] for key in NEEDED)}；请用模板填写")
    columns = columns_of([text_of(cell) for cell in lines[at].cells], HEADINGS)
    return tuple(
        (f"第{line.number}行", {key: text_of(line.cells[at_]).strip() for key, at_ in columns.items() if at_ < len(line.cells)})
        for line in lines[at + 1 :]
        if not line.blank
    )


def preview(office: Organisation, rows: Sequence[tuple[str, Mapping[str, str]]]) -> Look:
    """The drafts of a list, and every problem by its row."""
    drafts: list[Plain] = []
    problems: list[tuple[str, str]] = []
    seen: dict[str, str] = {}
    codes: dict[str, str] = {}
    for where, row in rows:
        try:
            code = codes.setdefault(row.get("place", ""), _place(office, row.get("place", "")))
            made = _draft(office, code, row)
        except YangbanError as problem:
            problems.append((where, str(problem)))
            continue
        if made.number in seen:
            problems.append((where, f"编号 {made.number} 与{seen[made.number]}重复"))
        seen[made.number] = where
        drafts.append(made)
    if not rows:
        problems.append(("", "没有一行任务"))
    problems += _known(rows, drafts)
    return Look(tuple(rows), tuple(drafts), tuple(problems))


def _known(rows: Sequence[tuple[str, Mapping[str, str]]], drafts: Sequence[Plain]) -> list[tuple[str, str]]:
    """Numbers that were used before, and units that nobody has registered: asked for all rows at once."""
    where = {row.get("number", ""): at for at, row in rows}
    used = NumberTaken.objects.filter(number__in=list(where)).values_list("number", flat=True)
    problems = [(where[number], f"编号 {number} 已经用过；请取新号") for number in used]
    bad: dict[str, str] = {}
    for name in {name for each in drafts for name in (*each.terms.reporting, *filter(None, (each.terms.acceptance,)))}:
        bad[name] = ""
    try:
        units_named(bad)
    except NotAllowed:
        held = set(Organisation.objects.filter(name__in=bad).values_list("name", flat=True))
        for each in drafts:
            absent = [name for name in (*each.terms.reporting, each.terms.acceptance) if name and name not in held]
            if absent:
                problems.append((where[each.number], f"没有登记的单位：{'、'.join(sorted(absent))}"))
        if not problems:
            raise
    for each in drafts:
        if each.terms.deadline < today():
            problems.append((where[each.number], f"期限 {each.terms.deadline} 早于今天"))
        if each.terms.acceptance and each.terms.acceptance in each.terms.reporting:
            problems.append((where[each.number], f"验收单位 {each.terms.acceptance} 不能同时是牵头、责任或配合单位"))
    return problems


def _place(office: Organisation, text: str) -> str:
    """The place of a row: the office's own. What is below is issued by its own office, or made by splitting a task."""
    if not text:
        return office.region
    found = regions.place(text, within=None if text.isdigit() or text == regions.place(office.region).name else office.region)
    if found.code != office.region:
        raise NotAllowed(
            "facts", f"{text} 的任务由当地办公室下达，或由牵头单位分解下去；这里只下达 {regions.place(office.region).name} 本级的任务"
        )
    return found.code


def _draft(office: Organisation, code: str, row: Mapping[str, str]) -> Plain:
    if absent := [HEADINGS[key][0] for key in NEEDED if not row.get(key)]:
        raise NotAllowed("facts", f"缺少{'、'.join(absent)}")
    if row.get("workflow", "") not in _WORKFLOWS:
        raise NotAllowed("facts", f"流程 {row['workflow']!r} 应为 年度任务 或 整改")
    amount = _number("数量", row.get("amount", ""))
    if amount is not None and not row.get("unit"):
        raise NotAllowed("facts", "有数量，还要有计量单位")
    deadline = day_of("完成期限", row["deadline"].removesuffix(" 00:00:00"))
    assert deadline is not None  # it is among those needed
    terms = Terms(
        title=row["title"],
        basis=row["basis"],
        deadline=deadline,
        lead=row["lead"],
        responsible=_several(row.get("responsible", "")),
        assisting=_several(row.get("assisting", "")),
        acceptance=row.get("acceptance", ""),
        amount=amount,
        unit=row.get("unit", "") if amount is not None else "",
        targets=_targets(code, row),
    )
    return tasks.draft(
        number=row["number"],
        terms=terms,
        place=code,
        office=office.name,
        workflow=_WORKFLOWS[row.get("workflow", "")],
        plan_item=row.get("plan_item", ""),
    )


def _targets(code: str, row: Mapping[str, str]) -> tuple[Target, ...]:
    if not row.get("indicator"):
        return ()
    found = re.fullmatch(r"([≤≥]|<=|>=)\s*(\d+(?:\.\d+)?)", row.get("goal", ""))
    if found is None or not row.get("goal_unit"):
        raise NotAllowed("facts", "有指标，还要有目标值（如 ≤25）和目标单位")
    value = Decimal(found[2])
    return (
        Target(
            indicator=row["indicator"],
            subject=code,
            period=parse(row["deadline"][:4]),
            value=value,
            direction="at_most" if found[1] in {"≤", "<="} else "at_least",
            unit=row["goal_unit"],
            source=row["basis"],
            confidence="unverified",
            decimals=max(0, -int(value.as_tuple().exponent)),
        ),
    )


def _several(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in re.split(r"[、,，;；\s]+", text) if each))


def _number(name: str, text: str) -> Decimal | None:
    if not text:
        return None
    try:
        made = Decimal(text.replace(",", ""))
    except ArithmeticError:
        made = Decimal("NaN")
    if not made.is_finite() or made < 0:
        raise NotAllowed("facts", f"{name}应为不小于 0 的数，得到 {text!r}")
    return made


def issue_rows(user: User, office: Organisation, rows: Sequence[tuple[str, Mapping[str, str]]], *, plan: str = "") -> list[Task]:
    """Issue a list that was looked at."""
    look = preview(office, rows)
    if look.problems:
        raise NotAllowed("facts", "；".join(f"{where} {problem}".strip() for where, problem in look.problems[:10]))
    return tasks.issue_all(user, look.drafts, plan=plan)


def pack(rows: Sequence[tuple[str, Mapping[str, str]]]) -> str:
    """The rows as a text that comes back unchanged or not at all."""
    return signing.dumps([[where, dict(row)] for where, row in rows], salt=_SALT, compress=True)


def unpack(text: str) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """What :func:`pack` wrote, for an hour."""
    try:
        return tuple((where, row) for where, row in signing.loads(text, salt=_SALT, max_age=3600))
    except signing.BadSignature:
        raise NotAllowed("facts", "预览已过期或被改动；请重新上传") from None


# ------------------------------------------------------------------------------------------------------------------------- writing


def _book(title: str, heads: Sequence[str], rows: Iterable[Sequence[Any]], widths: Sequence[int]) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(title)
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    for column, (word, width) in enumerate(zip(heads, widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, word, head)
    for at, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            sheet.write_string(at, column, "" if value is None else str(value), plain)
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def yearly_book(year: int, lines: Iterable[Any]) -> bytes:
    """A year's items of plans as a list to be issued: numbers and places are the office's to give."""
    heads = [several[0] for several in HEADINGS.values()]
    rows = []
    for each in lines:
        item = each.item
        known = {
            "title": item.name, "basis": each.document.number or each.document.title, "lead": item.lead,
            "responsible": "、".join(item.responsible), "deadline": item.due or f"{year}-12-31", "plan_item": item.key,
            "indicator": item.indicators[0] if item.value is not None and item.indicators else "",
        }  # fmt: skip
        rows.append([known.get(key, "") for key in HEADINGS])
    return _book("任务清单", heads, rows, [14, 30, 24, 12, 22, 22, 22, 22, 12, 8, 10, 10, 12, 16, 10, 10])


def known_book(period: str, known: Iterable[tuple[str, Any]]) -> bytes:
    """Values of one's own place with where they were given and what they serve, as a workbook."""
    heads = ["地区", "时段", "项目", "数值", "计量单位", "填报单位", "出处", "用于"]
    rows = (
        [place, period, each.given.field, each.given.value, each.unit, each.given.unit, each.given.place, "、".join(each.serves)]
        for place, each in known
    )
    return _book("本地已报数据", heads, rows, [14, 12, 24, 14, 10, 28, 50, 24])


def template() -> bytes:
    """An empty list with the headings that are read."""
    heads = [several[0] for several in HEADINGS.values()]
    return _book("任务清单", heads, (), [14, 30, 24, 12, 22, 22, 22, 22, 12, 8, 10, 10, 12, 16, 10, 10])


def export(rows: Iterable[Task]) -> bytes:
    """Tasks as a workbook that can be read in again, with state and progress behind."""
    heads = [several[0] for several in HEADINGS.values()] + ["状态", "进度（%）", "判定", "演示"]
    return _book("任务清单", heads, map(_line, rows), [14, 30, 24, 12, 22, 22, 22, 22, 12, 8, 10, 10, 12, 16, 10, 10, 12, 10, 8, 6])


def _line(row: Task) -> list[Any]:
    task = task_of(row.body)
    terms, target = task.terms, task.terms.targets[0] if task.terms.targets else None
    return [
        task.number,
        terms.title,
        terms.basis,
        row.place,
        terms.lead,
        "、".join(terms.responsible),
        "、".join(terms.assisting),
        terms.acceptance,
        terms.deadline,
        "" if terms.amount is None else f"{terms.amount:f}",
        terms.unit,
        "整改" if row.workflow == "rectification" else "年度任务",
        row.plan_item,
        target.indicator if target else "",
        f"{'≤' if target.direction == 'at_most' else '≥'}{target.value:f}" if target else "",
        target.unit if target else "",
        governance.state_name(row.workflow, row.state),
        shown.plain_percent(row.percent),
        shown.colour_words(row.colour),
        "演示" if row.demo else "",
    ]
