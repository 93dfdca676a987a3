"""The office's letters: what they say follows from tasks, colours and Figures, and what is made up says so on every page."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import docx

from govern.made import GOVERNANCE, figure, reach, target
from yangban.govern.progress import roll_up
from yangban.govern.warnings import Alert, rank_slid
from yangban.publish.governance_documents import Judgement, Office, circular, dispatch_report, supervision_letter
from yangban.publish.official_word import Grid, Paper, Say, word_bytes

OFFICE = Office(head="某市生态环境保护委员会办公室", signed="某市生态环境保护委员会办公室", work="美丽某市建设")
FLOWS = GOVERNANCE.workflows
COLOURS = ("red", "yellow", "green", "none", "green")
WARNED = reach("warned", targets=(target(),))


def tasks(*, demo: bool = True) -> list[Judgement]:
    made = []
    for n, colour in enumerate(COLOURS):
        terms = replace(WARNED.terms, lead=f"单位{n % 2}", title=f"任务{n}")
        progress = None if colour == "none" else Fraction(n + 1, 8)
        one = replace(WARNED, id=f"t{n}", number=f"ZG-{n}", terms=terms, progress=progress, demo=demo)
        made.append(Judgement(one, colour, ended=n == 4))
    return made


def alert(*, synthetic: bool = False) -> Alert:
    cause = rank_slid(figure("31", synthetic=synthetic), rank=9, before=3, of=11, signals=GOVERNANCE.signals["default"])
    assert cause is not None
    return Alert(cause, ("t0",), ("单位0",))


def said(paper: Paper) -> str:
    return "\n".join(block.text for block in paper.blocks if isinstance(block, Say))


def grids(paper: Paper) -> list[Grid]:
    return [block for block in paper.blocks if isinstance(block, Grid)]


def printed(paper: Paper) -> str:
    """All that stands in the Word file, header and tables too."""
    made = docx.Document(io.BytesIO(word_bytes(paper)))
    cells = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
    heads = [part.text for section in made.sections for part in section.header.paragraphs]
    return "\n".join([*heads, *(part.text for part in made.paragraphs), *cells])


def report(judged: list[Judgement], alerts: tuple[Alert, ...] = ()) -> Paper:
    rolled = roll_up({each.task.number: each.task.progress for each in judged})
    return dispatch_report(
        OFFICE, judged, period="2026-03", number="第3期", day=date(2026, 4, 8), workflows=FLOWS, rolled=rolled, alerts=alerts
    )


def test_the_dispatch_report_counts_what_there_is() -> None:
    paper = report(tasks(), (alert(),))
    assert paper.title == "美丽某市建设2026年3月调度报告"
    assert "截至2026年3月31日，5项任务中已办结1项，在办4项。在办任务中：红色1项、黄色1项、绿色1项、未报进展1项。" in said(paper)
    # 1/8 + 2/8 + 3/8 + 5/8 = 11/8 over four of five parts.
    assert "已报送部分占80%，这一部分的进度（各部分等权）为34%；未报送的按未开展计，总进度不低于28%。未报送：ZG-3。" in said(paper)
    units, late, measured = grids(paper)
    assert units.rows == (
        {"unit": "单位0", "tasks": "3", "red": "1", "yellow": "0", "green": "1", "none": "0", "unjudged": "0", "closed": "1"},
        {"unit": "单位1", "tasks": "2", "red": "0", "yellow": "1", "green": "0", "none": "1", "unjudged": "0", "closed": "0"},
    )
    assert [(row["number"], row["progress"], row["colour"], row["state"]) for row in late.rows] == [
        ("ZG-0", "12%", "▲ 红", "预警"), ("ZG-1", "25%", "◆ 黄", "预警"),
    ]  # fmt: skip
    assert measured.rows[0]["value"] == "31 µg/m³"
    assert "单位1（ZG-3）" in said(paper)


def test_the_circular_says_what_is_behind_and_what_is_asked() -> None:
    paper = circular(
        OFFICE, tasks(), period="2026-Q1", number="〔2026〕3号", day=date(2026, 4, 10), to="各县", workflows=FLOWS, demands=("补齐短板。",),
        copies=("市委办公室",),
    )  # fmt: skip
    assert paper.title == "关于2026年第一季度美丽某市建设进展情况的通报"
    assert "进展滞后2项，其中判定为红色1项。" in said(paper)
    assert "任务4（单位0）" in said(paper)
    text = printed(paper)
    for words in ("各县：", "（1）补齐短板。", "抄送：市委办公室。", "2026年4月10日", "三、下一步要求"):
        assert words in text


def test_the_letter_states_agreement_standing_and_demand() -> None:
    ladder = GOVERNANCE.ladder("jiangxi-2024")
    paper = supervision_letter(
        OFFICE, tasks()[0], number="督办〔2026〕1号", day=date(2026, 6, 30), reason="未进场施工", step_due=date(2026, 8, 31),
        step=ladder.steps[2], figures=[figure("31", period="2026-05")],
    )  # fmt: skip
    # 176 of 329 days from 5 January to 30 November.
    assert "应于2026年11月30日前完成。截至2026年6月30日，进度 12%，时间已过 53%。经判定为红色。现予督办。" in said(paper)
    assert "请于2026年8月31日前赶上进度。任务完成期限2026年11月30日不变。" in said(paper)
    assert "将按程序约谈" in said(paper)
    (shown,) = grids(paper)
    assert shown.rows == (
        {"indicator": "PM2.5平均浓度", "subject": "赣州市", "period": "2026-05", "value": "31 µg/m³", "target": "≤ 25 µg/m³"},
    )
    assert paper.to == "单位0"


def test_what_is_made_up_or_synthetic_says_so_on_every_page() -> None:
    assert "演示数据，非真实任务" in printed(report(tasks()))
    plain = printed(report(tasks(demo=False), (alert(),)))
    assert "演示" not in plain
    assert "合成" not in plain
    synthetic = printed(report(tasks(demo=False), (alert(synthetic=True),)))
    assert "含合成数据" in synthetic
    assert "31 µg/m³*" in synthetic


def test_a_task_that_was_not_judged_is_not_called_silent_and_the_day_is_not_ahead_of_the_paper() -> None:
    unjudged = [replace(each, colour="none", ended=False) for each in tasks()]
    early = dispatch_report(OFFICE, unjudged, period="2026-03", number="第3期", day=date(2026, 3, 20), workflows=FLOWS)
    assert "截至2026年3月20日，5项任务中已办结0项，在办5项。在办任务中：未报进展1项、未判定4项。" in said(early)
    assert "未按时报送进展的有1项：单位1（ZG-3）。" in said(early)


def test_many_silent_units_stand_in_a_table() -> None:
    one = tasks()[3]
    many = [replace(one, task=replace(one.task, number=f"甲-{n}")) for n in range(9)]
    paper = report(many)
    assert "未按时报送进展的有9项。" in said(paper)
    assert [row["number"] for row in grids(paper)[-1].rows] == [f"甲-{n}" for n in range(9)]


def test_nobody_is_ranked() -> None:
    """Units stand in the order of the list, however far they are."""
    units, *_ = grids(report(list(reversed(tasks()))))
    assert [row["unit"] for row in units.rows] == ["单位0", "单位1"]
    assert "不是排名" in units.note


def test_a_quiet_month_is_told_too() -> None:
    calm = [replace(each, colour="green", ended=False, task=replace(each.task, progress=Fraction(1, 2))) for each in tasks()]
    paper = report(calm)
    assert "本期没有判定为红色、黄色的任务。" in said(paper)
    assert "各部分都已报送，总进度（各部分等权）为50%。" in said(paper)


def test_a_long_name_stands_on_one_line_of_the_head_and_the_bytes_are_steady() -> None:
    long = replace(report(tasks()), head="某某某某某某某某某某市生态环境保护委员会办公室")
    made = docx.Document(io.BytesIO(word_bytes(long)))
    size = made.paragraphs[0].runs[0].font.size
    assert size is not None
    assert size.pt * len(long.head) <= Decimal("442.3")
    assert word_bytes(long) == word_bytes(long)
