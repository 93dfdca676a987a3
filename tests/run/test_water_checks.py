"""Drinking-water sources, targets with deductions, warnings, slides and years in a class: as Figures, by hand from small tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from yangban.assess.figure import Figure
from yangban.base.errors import Inconsistent, InputError, UsageError
from yangban.base.periods import parse
from yangban.publish.explanation import to_json
from yangban.publish.explanation_water import as_text
from yangban.readings import deductions
from yangban.readings.deductions import Granted
from yangban.readings.intake import ingest
from yangban.readings.section_lists import import_file
from yangban.readings.sections import Section, Sections, save_rows
from yangban.readings.workspace import Workspace
from yangban.run.explain_water import explain_water
from yangban.run.water import WaterResults, assess_water, open_water

HEAD = "省份,城市,水源地名称,水源类型,采样日期,取水量(万吨),pH,总磷(mg/L),铁(mg/L),镉(mg/L),总氮(mg/L)"
SOURCES = """
湖南省,长沙市,甲水源,河流型,2022-06-08,300,7.2,0.060,0.10,0.0001L,9
湖南省,长沙市,乙水库,湖库型,2022-06-08,100,7.4,0.060,0.10,<0.0001,9
湖南省,长沙市,丙井,地下水,2022-06-08,50,7.0,,0.05,0.0001L,
湖南省,长沙市,甲水源,河流型,2022-07-08,310,7.2,0.060,0.35,0.0001L,9
湖南省,长沙市,乙水库,湖库型,2022-07-08,110,7.4,0.040,0.30,0.0001L,9
"""


def _one(workspace: Workspace, word: str, subject: str, period: str) -> Figure:
    (found,) = open_water(workspace).figures(subjects=[subject], periods=[parse(period)], indicators=[word])
    return found


def _values(workspace: Workspace, subject: str, period: str, *words: str) -> list[Fraction | None]:
    return [_one(workspace, word, subject, period).exact for word in words]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two months of three sources, as an office keeps them: one table for the registry and the readings."""
    folder = tmp_path_factory.mktemp("sources")
    made = Workspace.open(folder / "w", create=True)
    path = folder / "水源.csv"
    path.write_text(HEAD + SOURCES, encoding="utf-8")
    registered = import_file(made, path)
    assert (registered.added, registered.unchanged, registered.rejected) == (3, 2, 0)
    receipt = ingest(made, [path])
    # Five rows of six values, less the three that 丙井 leaves blank: and every half of a limit is flagged.
    assert (receipt.total("accepted"), receipt.total("blank"), receipt.total("rejected"), receipt.total("flagged")) == (28, 2, 0, 5)
    assess_water(made, [2022])
    return made


def test_what_a_source_draws_from_is_registered(sources: Workspace) -> None:
    rows = {row.name: row.kind for row in Sections.load(sources).sources("430100", parse("2022").end)}
    assert rows == {"甲水源": "source-river", "乙水库": "source-lake", "丙井": "source-ground"}
    assert Sections.load(sources).members("430100", parse("2022").end) == ()


def test_a_source_meets_its_limits_or_names_what_exceeds(sources: Workspace) -> None:
    """Phosphorus 0.060 meets class Ⅲ of rivers (0.2) and misses that of reservoirs (0.05); nitrogen is not judged."""
    assert _one(sources, "water.source_meets", "source:430000:甲水源", "2022-06").display == 1
    lake = _one(sources, "water.source_meets", "source:430000:乙水库", "2022-06")
    assert (lake.display, lake.subject_level) == (0, "source")
    assert lake.detail["exceeding"] == [{"source": "乙水库", "month": "2022-06", "item": "tp", "multiple": "0.2"}]
    iron = _one(sources, "water.source_meets", "source:430000:甲水源", "2022-07")
    assert [(each["item"], each["multiple"]) for each in iron.detail["exceeding"]] == [("fe", "0.2")]
    assert _one(sources, "water.source_meets", "source:430000:乙水库", "2022-07").display == 1, "iron 0.30 is the limit itself"
    ground = _one(sources, "water.source_meets", "source:430000:丙井", "2022-06")
    assert (ground.status, ground.exact) == ("not_applicable", None)
    assert "GB/T 14848" in ground.reason


def test_compliance_by_source_and_by_volume(sources: Workspace) -> None:
    words = ("water.source_ratio", "water.source_volume_ratio", "water.sources")
    assert _values(sources, "430100", "2022-06", *words) == [50, 75, 2]
    assert _values(sources, "430100", "2022-07", *words) == [50, Fraction(110 * 100, 420), 2]
    # The two months together: 甲 in June and 乙 in July meet, 410 of 820.
    year = [_one(sources, word, "430100", "2022") for word in words]
    assert [figure.exact for figure in year] == [50, 50, 2]
    assert (year[0].status, year[0].n_valid, year[0].n_expected) == ("insufficient", 4, 24)
    june = _one(sources, "water.source_ratio", "430000", "2022-06")
    assert (june.status, june.n_valid, june.detail["ground"]) == ("ok", 2, ["丙井"])
    assert "water-practice:drinking.not_judged" in june.unverified


def test_without_a_volume_there_is_no_share_by_volume(tmp_path: Path) -> None:
    made = Workspace.open(tmp_path / "w", create=True)
    path = tmp_path / "sources.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(
            [["省份", "城市", "饮用水水源名称", "月份", "氨氮(mg/L)"], ["湖南", "长沙", "甲水源", "2022-06", "0.3"]]
        ):
            sheet.write_row(number, 0, row)
    import_file(made, path)
    ingest(made, [path])
    assess_water(made, [2022])
    assert _one(made, "water.source_ratio", "430100", "2022-06").exact == 100
    volume = _one(made, "water.source_volume_ratio", "430100", "2022-06")
    assert (volume.exact, volume.reason) == (None, "没有取水量：甲水源")


def test_a_mapping_names_the_source(tmp_path: Path) -> None:
    made = Workspace.open(tmp_path / "w", create=True)
    mapping = tmp_path / "map.toml"
    mapping.write_text(
        '[columns]\nsource = "水厂"\ntime = "日期"\nvolume = "方数"\nnh3n = "氨"\n[units]\nvolume = "m3"\n[options]\nprovince = "湖南"\n'
    )
    path = tmp_path / "t.csv"
    path.write_text("水厂,日期,方数,氨\n甲,2022-06-01,25000,0.02L\n", encoding="utf-8")
    ingest(made, [path], mapping=mapping)
    assess_water(made, [2022])
    means = open_water(made).month("source:430000:甲", parse("2022-06").start, "as_monitored")
    assert means is not None
    assert (means.values["volume"], means.values["nh3n"], means.below) == (Fraction("2.5"), Fraction("0.01"), {"nh3n": 1})


# ---- targets, warnings, slides, years -----------------------------------------------------------------------------------------------


def _table(values: Mapping[str, Mapping[str, str]]) -> str:
    """Monthly phosphorus by section: ``{"甲": {"2022-06": "0.2"}}``."""
    rows = [f"湖南省,{name},{month},{tp},7" for name, months in values.items() for month, tp in months.items()]
    return "\n".join(("省份,断面名称,月份,总磷(mg/L),溶解氧(mg/L)", *rows, ""))


def _months(year: int, value: str, upto: int = 12) -> dict[str, str]:
    return {f"{year}-{month:02d}": value for month in range(1, upto + 1)}


@pytest.fixture(scope="module")
def river(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Three years of three sections of a river: 甲 stays class Ⅱ, 乙 falls from Ⅱ to Ⅳ, 丙 slides inside class Ⅲ."""
    folder = tmp_path_factory.mktemp("river")
    made = Workspace.open(folder / "w", create=True)
    goals = {2022: 2, 2021: 2}
    with made.writing():
        save_rows(made, [Section("430000", name, city="430100", river="湘江", targets=goals) for name in ("甲", "乙", "丙")])
    values = {
        "甲": _months(2020, "0.08") | _months(2021, "0.09") | _months(2022, "0.07"),
        "乙": _months(2020, "0.25") | _months(2021, "0.08") | _months(2022, "0.25"),
        "丙": _months(2021, "0.10") | _months(2022, "0.15", 3) | {"2022-04": "0.16", "2022-05": "0.17", "2022-06": "0.19"},
    }
    path = folder / "months.csv"
    path.write_text(_table(values), encoding="utf-8")
    assert not ingest(made, [path]).rejections
    assess_water(made, [2020, 2021, 2022])
    return made


def test_a_target_is_met_or_missed(river: Workspace) -> None:
    assert _one(river, "water.target_met", "section:430000:甲", "2022").display == 1
    missed = _one(river, "water.target_met", "section:430000:乙", "2022-06")
    assert (missed.display, missed.detail["class"], missed.detail["target"], missed.detail["failing"]) == (0, "Ⅳ", "Ⅱ", ["tp"])
    city = _one(river, "water.target_ratio", "430100", "2022-06")
    assert (city.exact, city.n_valid, sorted(city.detail["missing"])) == (Fraction(100, 3), 3, ["丙", "乙"])
    none = _one(river, "water.target_met", "section:430000:甲", "2020")
    assert (none.status, none.reason) == ("not_applicable", "断面登记表中没有 2020 年的目标类别")


def test_a_deduction_needs_a_document_and_shows_in_the_figure(river: Workspace) -> None:
    row = Granted("section:430000:乙", "2022-07", "tp", "upstream", Decimal("0.15"), "湘环函〔2023〕1号", "张三")
    with pytest.raises(UsageError, match="document"):
        deductions.append(river, replace(row, document=" "))
    with pytest.raises(UsageError, match="pH"):
        deductions.append(river, replace(row, item="ph"))
    deductions.append(river, row, now=datetime(2023, 1, 5, tzinfo=UTC))
    assert deductions.read(river) == (replace(row, recorded="2023-01-05T00:00:00+00:00"),)
    met = _one(river, "water.target_met", "section:430000:乙", "2022-07")
    # 0.25 - 0.15 = 0.10 meets class Ⅱ; the plain class stays Ⅳ and other months are not touched.
    assert (met.display, met.detail["class"], met.detail["class_after"], met.detail["met_without_deductions"]) == (1, "Ⅳ", "Ⅱ", False)
    assert met.detail["deductions"] == [{"item": "tp", "kind": "upstream", "amount": "0.15", "document": "湘环函〔2023〕1号"}]
    assert _one(river, "water.class", "section:430000:乙", "2022-07").display == 4
    assert _one(river, "water.target_met", "section:430000:乙", "2022-08").display == 0
    assert "water-practice:target.upstream_deduction" in met.unverified


def test_a_list_of_deductions_edited_into_nonsense_is_refused(tmp_path: Path) -> None:
    made = Workspace.open(tmp_path / "w", create=True)
    (made.path / deductions.FILE).write_text("section,period\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"deductions\.csv:1"):
        deductions.read(made)
    (made.path / deductions.FILE).write_text(
        ",".join(deductions.COLUMNS) + "\nsection:430000:乙,2022,tp,upstream,abc,d,b,\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match=r"deductions\.csv:2"):
        deductions.read(made)


def test_the_warning_of_the_yangtze(river: Workspace) -> None:
    """乙 fell by two classes in the month and in the year so far, is worse than Ⅲ and misses its target: level 1."""
    found = _one(river, "water.warning", "section:430000:乙", "2022-06")
    assert (found.display, found.status) == (1, "ok")
    assert found.detail["why"] == "当月Ⅳ类，上年同月Ⅱ类，累计Ⅳ类，上年同期累计Ⅱ类，年度目标Ⅱ类"
    assert "warning-2018:warning.later_articles" in found.unverified
    assert _one(river, "water.warning", "section:430000:甲", "2022-06").display == 0
    assert _one(river, "water.warning", "section:430000:丙", "2022-06").display == 0, "one class worse, but not worse than Ⅲ"
    city = _one(river, "water.warning", "430100", "2022-06")
    assert (city.display, list(city.detail["warned"])) == (1, ["乙"])
    before = _one(river, "water.warning", "section:430000:丙", "2021-06")
    assert (before.exact, before.status, before.reason) == (None, "insufficient", "缺上年同月、上年同期累计类别，不能判断")
    assert _one(river, "water.warning", "section:430000:乙", "2022").status == "not_applicable"


def test_a_slide_towards_the_next_class(river: Workspace) -> None:
    """0.16, 0.17, 0.19: worse twice, and 95 % of the limit of class Ⅲ."""
    found = _one(river, "water.slide", "section:430000:丙", "2022-06")
    assert (found.display, found.detail["periods"]) == (1, ["2022-04", "2022-05", "2022-06"])
    assert [(each["item"], each["class"], each["why"]) for each in found.detail["sliding"]] == [
        ("tp", "Ⅲ", "总磷连续变差，已达Ⅲ类限值的 95%")
    ]
    assert _one(river, "water.slide", "section:430000:丙", "2022-05").display == 0, "0.17 is 85 % of the limit"
    assert _one(river, "water.slide", "section:430000:丙", "2022-07").status == "insufficient"


def test_years_running_in_a_class(river: Workspace) -> None:
    assert [_one(river, "water.class2_years", "section:430000:甲", str(year)).exact for year in (2020, 2021, 2022)] == [1, 2, 3]
    whole = _one(river, "water.class2_years", "river:430000:湘江", "2021")
    # All three sections reached Ⅱ in 2021; in 2020 乙 was Ⅳ and 丙 has no data.
    assert (whole.exact, whole.status, whole.detail["years"]) == (1, "ok", [2021, 2021])
    broken = _one(river, "water.class2_years", "river:430000:湘江", "2022")
    assert (broken.exact, broken.status) == (0, "insufficient")
    assert "丙" in broken.reason
    assert _one(river, "water.class2_years", "section:430000:甲", "2022-06").status == "not_applicable"


@pytest.mark.parametrize(
    ("word", "subject", "period", "said"),
    [
        ("water.source_ratio", "430100", "2022", ["达标 2 ÷ 评价 4 × 100 = 50", "铁 0.350（限值 ≤0.3）", "2022-06 超标的总磷"]),
        ("water.source_volume_ratio", "430100", "2022-07", ["达标取水量 110 ÷ 取水总量 420 × 100 = 550/21"]),
        ("water.source_meets", "source:430000:乙水库", "2022-06", ["超标", "总磷 0.060（限值 ≤0.05）", "水源.csv"]),
        ("water.sources", "430100", "2022-06", ["评价的水源 2 个"]),
        ("water.cd.mean", "source:430000:甲水源", "2022-06", ["低于检出限，取一半", "0.0001L"]),
        ("water.source_meets", "source:430000:丙井", "2022-06", ["GB/T 14848"]),
    ],
)  # fmt: skip
def test_sources_are_explained(sources: Workspace, word: str, subject: str, period: str, said: list[str]) -> None:
    _explained(sources, word, subject, period, said)


@pytest.mark.parametrize(
    ("word", "subject", "period", "said"),
    [
        ("water.target_ratio", "430100", "2022-07", ["上游来水影响，湘环函〔2023〕1号，张三", "100 = "]),
        ("water.target_met", "section:430000:甲", "2022", ["达到", "逐月"]),
        ("water.warning", "430100", "2022-06", ["预警级别：一级", "办法后面的条文没有读到", "预警级别最高的断面"]),
        ("water.slide", "section:430000:丙", "2022-06", ["95%", "滑动的项目 1 个"]),
        ("water.class2_years", "river:430000:湘江", "2021", ["连续 1 年", "乙 Ⅳ"]),
    ],
)  # fmt: skip
def test_checks_are_explained(river: Workspace, word: str, subject: str, period: str, said: list[str]) -> None:
    if not deductions.read(river):
        deductions.append(river, Granted("section:430000:乙", "2022-07", "tp", "upstream", Decimal("0.15"), "湘环函〔2023〕1号", "张三"))
    _explained(river, word, subject, period, said)


def _explained(workspace: Workspace, word: str, subject: str, period: str, said: list[str]) -> None:
    (made,) = explain_water(workspace, indicator=word, subject=subject, period=parse(period))
    text = as_text(made)
    assert [each for each in said if each not in text] == [], text
    data = to_json(made)
    assert data["how"] is None or data["how"]["step"] == type(made.how).__name__


def test_a_check_that_does_not_add_up_is_not_explained(river: Workspace) -> None:
    class Wrong(WaterResults):
        def figures(self, **options: Any) -> list[Figure]:
            return [replace(each, exact=Fraction(2), display=Decimal(2)) for each in super().figures(**options)]

    held = open_water(river)
    held.__class__ = Wrong
    with pytest.raises(Inconsistent):
        explain_water(river, indicator="water.warning", subject="430100", period=parse("2022-06"), results=held, depth=1)
