"""Bulletins: numbers equal to Figures in every form, wording of the hard cases, files that are stable, safe and readable."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import docx
import matplotlib
import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from yangban.assess.air.daily import day_values, slot
from yangban.assess.air.indicators import INDICATORS
from yangban.assess.figure import INSUFFICIENT, Figure
from yangban.assess.ranking import rank
from yangban.base import regions
from yangban.base.errors import InputError, UsageError
from yangban.base.periods import parse
from yangban.base.pollutants import HOURLY_SIX
from yangban.publish.bulletin import FORMS, KINDS, Asked, Bulletin, make_bulletin, make_templates, write
from yangban.publish.bulletin.charts import draw
from yangban.publish.bulletin.layout import LAYOUTS, Grid, Say
from yangban.publish.bulletin.needs import chart_font
from yangban.publish.bulletin.page import columns_of, page_text
from yangban.publish.bulletin.paper import Cell, Table
from yangban.publish.bulletin.word import word_bytes
from yangban.publish.bulletin.words import changed, number, place_of, rank_cell, value, with_unit
from yangban.publish.bulletin.workbook import workbook_bytes
from yangban.run.results import AirResults
from yangban.standards import load_book

BOOK = load_book()
CLEAN = {"pm25": 27, "pm10": 50, "so2": 10, "no2": 20, "co": 1, "o3": 90}
CITIES = [p.code for p in regions.prefecture_places("360000")]
NOW = {code: 20 + n // 2 for n, code in enumerate(CITIES)}  # 20 20 21 21 … 25: ties in pairs, the last alone


def _year(year: int, values: Mapping[str, int], *, synthetic: bool = False, days: int = 365) -> pl.DataFrame:
    """Whole years in which a place has the same PM2.5 all the time, from the first of January for so many days."""
    frames = []
    schema = {slot(p, h): pl.Int32 for p in HOURLY_SIX for h in range(1, 25)}
    for code, pm25 in values.items():
        hours = {**CLEAN, "pm25": pm25}
        row = {slot(p, h): hours[p] * 1000 for p in HOURLY_SIX for h in range(1, 25)}
        keys = {"subject": code, "level": "city", "network": "state", "basis": "realtime", "synthetic": synthetic}
        one = pl.DataFrame([{**keys, **row}], schema_overrides=schema)
        frames.append(one.join(pl.DataFrame({"day": [date(year, 1, 1) + timedelta(days=k) for k in range(days)]}), how="cross"))
    return pl.concat(frames)


def _results(*years: pl.DataFrame) -> AirResults:
    return AirResults(day_values(pl.concat(years).lazy(), BOOK.air("2012")).collect().lazy(), BOOK, inputs=lambda _: "ab" * 32)


@pytest.fixture(scope="module")
def results() -> AirResults:
    """Two years: the first at 25 everywhere."""
    return _results(_year(2022, dict.fromkeys(CITIES, 25)), _year(2023, NOW))


def _made(results: AirResults, kind: str, period: str, **how: Any) -> Bulletin:
    asked = {k: v for k, v in how.items() if k not in {"editions", "edge"}}
    rest = {k: v for k, v in how.items() if k in {"editions", "edge"}}
    return make_bulletin(kind, Asked(results, BOOK, asked.pop("region", "360000"), parse(period), **asked), **rest)


@pytest.fixture(scope="module")
def annual(results: AirResults) -> Bulletin:
    return _made(results, "annual", "2023")


def _figure(indicator: str, display: str, unit: str, **more: Any) -> Figure:
    return Figure(
        indicator=indicator, subject="360100", subject_name="南昌市", subject_level="city", period="2023", exact=Fraction(display),
        display=Decimal(display), unit=unit, edition="gb3095-2012", documents=(), **more,
    )  # fmt: skip


def _paragraphs(content: bytes) -> list[str]:
    return [p.text for p in docx.Document(io.BytesIO(content)).paragraphs]


def _tables(content: bytes) -> list[list[list[str]]]:
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in docx.Document(io.BytesIO(content)).tables]


# --- the words ---


@pytest.mark.parametrize(
    ("indicator", "change", "said"),
    [
        ("air.pm25.mean.change", "-6.9", "，同比下降6.9%"),
        ("air.pm25.mean.change", "3.0", "，同比上升3.0%"),
        ("air.pm25.mean.change", "0.0", "，同比持平"),
        ("air.good_day_ratio.change", "4.4", "，同比上升4.4个百分点"),
        ("air.good_days.change", "-3", "，同比减少3天"),
        ("air.good_days.change", "2", "，同比增加2天"),
    ],
)
def test_a_change_is_said_in_the_words_of_its_kind(indicator: str, change: str, said: str) -> None:
    assert changed(_figure(indicator, change, "d" if "days" in indicator else "%"), "同比") == said


def test_no_change_is_said_from_what_may_not_be_used() -> None:
    assert changed(None, "同比") == ""
    assert changed(_figure("air.pm25.mean.change", "3.0", "%", status=INSUFFICIENT, reason="少"), "同比") == ""


def test_a_value_says_its_unit_and_its_doubt() -> None:
    assert value(_figure("air.pm25.mean", "27", "µg/m³")) == "27微克/立方米"
    assert value(_figure("air.good_day_ratio", "96.5", "%")) == "96.5%"
    assert (
        value(_figure("air.pm25.mean", "27", "µg/m³", status=INSUFFICIENT, reason="有效天 300")) == "27微克/立方米（数据不足：有效天 300）"
    )
    assert number(_figure("air.pm25.mean", "27", "µg/m³", status=INSUFFICIENT)) == Cell("27*", Decimal(27), '0"*"')


def test_ties_are_said() -> None:
    ranked = rank([_figure("air.composite_index", v, "1") for v in ("2.10", "2.10", "2.50")], descending=False)
    assert [place_of(r) for r in ranked] == ["1（并列）", "1（并列）", "3"]
    assert rank_cell(ranked[0]) == Cell("1（并列）", Decimal(1), '0"（并列）"')


def test_a_change_beside_others_carries_its_unit_into_the_workbook() -> None:
    cell = with_unit(number(_figure("air.good_day_ratio.change", "-0.4", "percentage point")), "air.good_day_ratio")
    assert cell == Cell("-0.4个百分点", Decimal("-0.4"), '+0.0"个百分点";-0.0"个百分点";"持平"')


# --- what is said ---


def test_the_annual_bulletin_says_values_changes_and_verdict(annual: Bulletin) -> None:
    # By hand: 22/35 + 50/70 + 10/60 + 20/40 + 1/4 + 90/160, each to two places = 0.63 + 0.71 + 0.17 + 0.50 + 0.25 + 0.56 = 2.82, and with
    # 25/35 = 0.71 in the year before 2.90; -0.08 of 2.90 are -2.8 %.
    assert annual.title == "江西省2023年环境空气质量公报"
    assert annual.say["head"] == (
        "2023年，江西省11个设区城市平均优良天数比例为100.0%，同比持平；PM2.5平均浓度为22微克/立方米，同比下降12.0%；"
        "O3-8h第90百分位数为90微克/立方米，同比持平；环境空气质量综合指数为2.82，同比下降2.8%。",
    )
    assert annual.say["six"] == ("六项污染物年评价浓度均达到二级标准。",)
    assert annual.say["primary"] == ("2023年江西省没有超标天，没有首要污染物。",)
    assert annual.charts["months"].caption == "江西省各月PM2.5平均浓度持平"
    assert annual.charts["levels_chart"].caption == "各城市优良天数相同，均为365天"
    assert annual.charts["cities_chart"].caption == (
        f"PM2.5：{'、'.join(regions.subject_name(c) for c in CITIES[:2])}（并列）最低（20 µg/m³），"
        f"{regions.subject_name(CITIES[-1])}最高（25 µg/m³），均不高于限值"
    )


def test_headings_and_labels_close_up_where_a_section_is_left_out(annual: Bulletin) -> None:
    assert annual.headings["published"] == "六、与公布值对照"
    made = _made(_results(_year(2023, NOW, synthetic=True)), "annual", "2023")
    assert "published" not in made.headings, "published values do not stand beside synthetic ones"
    assert made.headings["method"] == "六、数据与方法说明"
    tables = [label for label in made.labels.values() if label.startswith("表")]
    assert tables == [f"表{n}" for n in range(1, len(tables) + 1)]


def test_without_a_year_before_the_bulletin_says_why_it_compares_nothing(results: AirResults) -> None:
    made = _made(results, "annual", "2022")
    assert made.say["head"][-1] == "同比：没有对比期 2021 的结果，本年不作同比比较。"
    assert [str(row["change"]) for row in made.tables["six"].rows] == ["—"] * 6


def test_too_few_data_are_said_marked_and_not_ranked() -> None:
    short = _results(_year(2023, dict(list(NOW.items())[:-1])), _year(2023, {CITIES[-1]: 10}, days=200))
    made = _made(short, "annual", "2023")
    name = regions.subject_name(CITIES[-1])
    assert f"{name}数据不足，不作评价。" in made.say["cities"][0]
    assert f"{name}数据不足，不参与排名。带*的数据不足，不作正式使用。" in made.tables["cities"].note
    row = made.tables["cities"].rows[-2]
    assert (str(row["place"]), str(row["rank"]), str(row["pm25"])) == (name, "—", "10*")
    assert "（数据不足：" in made.say["head"][0]
    notice = _made(short, "ranking", "2023")
    assert notice.say["head"][0] == "2023年，江西省11个城市中10个数据充足，参与排名。"
    assert f"{name}数据不足，不参与排名。" in notice.say["head"]


def test_a_ranking_keeps_all_ties_at_its_edge(results: AirResults) -> None:
    made = _made(results, "ranking", "2023", edge=3)
    names = [regions.subject_name(c) for c in CITIES]
    assert made.say["head"][1].startswith(
        f"综合指数由低到高，前3名（空气质量相对较好）依次为{names[0]}（2.76，并列第1）、{names[1]}（2.76，并列第1）"
    )
    assert (
        made.say["head"][-1] == "前、后3名因名次并列而多于3个城市，并列的全部列出。"
        or "前3名因名次并列而多于3个城市" in made.say["head"][-1]
    )
    assert [str(r["rank"]) for r in made.tables["ranking"].rows][:5] == ["1（并列）", "1（并列）", "3（并列）", "3（并列）", "5（并列）"]
    assert "个城市综合指数下降（改善）" in made.say["changes"][0]
    assert "1个城市综合指数持平" in made.say["changes"][0]
    assert "上升" not in made.say["changes"][0], "a group without members is not spoken of"


def test_a_period_in_two_editions_is_refused_until_somebody_decides() -> None:
    both = _results(_year(2026, NOW))
    with pytest.raises(UsageError, match="跨越"):
        _made(both, "annual", "2026")
    made = _made(both, "annual", "2026", straddle="old")
    assert any("跨越标准更替" in line and "全部按2012版（GB 3095-2012 及修改单）评价" in line for line in made.say["method"])


def test_another_edition_than_the_one_in_force_is_said(results: AirResults) -> None:
    made = _made(results, "annual", "2023", edition="2026-transitional")
    assert any("本时段施行的是2012版" in line and "不作正式结果" in line for line in made.say["method"])
    assert any(line.startswith("同比：上年同期也按2026版过渡阶段") for line in made.say["method"])
    assert made.charts["cities_chart"].limit == (Decimal(30), "年平均二级限值 30")


def test_unverified_rules_are_listed_one_by_one(annual: Bulletin, results: AirResults) -> None:
    listed = {key for row in annual.tables["rules"].rows for key in str(row["rules"]).split("\n")}
    period = [parse("2023")]
    codes = ["360000", *CITIES]
    words = ["air.good_day_ratio", "air.pm25.mean", "air.composite_index", "air.attains", "air.o3_8h.p90"]
    unverified = {
        rule.partition(":")[2] for f in results.figures(subjects=codes, periods=period, indicators=words) for rule in f.unverified
    }
    assert unverified <= listed
    assert f"所依规则中有{len(listed)}条尚未与官方文本核对" in "".join(annual.say["method"])


def test_compare_says_who_no_longer_attains(results: AirResults) -> None:
    high = _results(_year(2022, {**dict.fromkeys(CITIES, 25), CITIES[0]: 33}))
    made = _made(high, "compare", "2022")
    assert made.say["places"][0] == (f"按2026版过渡阶段（GB 3095-2026）评价，{regions.subject_name(CITIES[0])}由六项均达标变为超标。")
    row = made.tables["places"].rows[0]
    assert [str(c) for c in row["attains"]] == ["达标", "超标"]
    assert made.tables["editions"].heads["value"] == ("2012版", "2026过渡版")


def test_a_city_has_a_bulletin_without_a_table_of_cities(results: AirResults) -> None:
    made = _made(results, "annual", "2023", region="360100")
    assert made.say["head"][0].startswith("2023年，南昌市优良天数比例为100.0%")
    assert "cities" not in made.tables


def test_the_nation_and_a_group_are_named_as_titles_name_them(results: AirResults) -> None:
    made = _made(results, "ranking", "2023", region="group:central-six")
    assert made.title == "中部六省2023年城市空气质量排名通报"
    made = _made(results, "ranking", "2023", region="100000")
    assert made.title == "全国2023年城市空气质量排名通报"
    assert "个城市中11个数据充足，参与排名。" in made.say["head"][0]
    assert "个城市数据不足，不参与排名。" in made.say["head"][-1]
    assert made.charts == {}, "a chart of hundreds of bars cannot be read"


@pytest.mark.parametrize(
    ("kind", "period", "message"),
    [
        ("annual", "2023-06", "annual bulletin is of a year"),
        ("monthly", "2023", "monthly briefing is of a month"),
        ("weekly", "2023", "no kind of bulletin 'weekly'"),
        ("annual", "2019", "没有评价结果"),
        ("ranking", "2019", "没有评价结果"),
    ],
)
def test_what_cannot_be_reported_says_why(results: AirResults, kind: str, period: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        _made(results, kind, period)


def test_a_ranking_of_one_city_is_refused(results: AirResults) -> None:
    with pytest.raises(UsageError, match="没有下属的城市"):
        _made(results, "ranking", "2023", region="360100")


# --- the numbers are those of the Figures, in every form ---


def _expected(results: AirResults, period: str) -> dict[tuple[str, str], str]:
    codes = ["360000", *CITIES]
    found = results.figures(subjects=codes, periods=[parse(period)], indicators=None)
    return {(f.subject_name, f.indicator): f"{f.display:f}" for f in found if f.display is not None}


_COLUMNS = {
    2: "air.good_day_ratio", 4: "air.pm25.mean", 6: "air.pm10.mean", 7: "air.so2.mean", 8: "air.no2.mean", 9: "air.co.p95",
    10: "air.o3_8h.p90", 11: "air.composite_index",
}  # fmt: skip


def test_the_word_file_prints_the_figures(annual: Bulletin, results: AirResults) -> None:
    content = word_bytes(annual)
    figures = _expected(results, "2023")
    cities = next(t for t in _tables(content) if t[0][0] == "名次")
    assert len(cities) == 1 + len(CITIES) + 1
    for row in cities[1:]:
        for column, word in _COLUMNS.items():
            assert row[column] == figures[row[1].removesuffix("平均"), word], (row[1], word)
    six = next(t for t in _tables(content) if t[0][0] == "评价项目")
    for row in six[1:]:
        word = next(i.id for i in INDICATORS.values() if i.name == row[0])
        assert (row[1], row[2]) == (INDICATORS[word].unit, figures["江西省", word])
        assert row[6] == "达标"
    text = _paragraphs(content)
    for line in (line for lines in annual.say.values() for line in lines):
        assert line in text


def test_every_number_has_a_unit_beside_it() -> None:
    """A column of numbers names its unit in its heading or has a column of units; ranks, indices and changes with signs say theirs."""
    own = {
        "rank",
        "index",
        "aqi",
        "now",
        "then",
        "change",
        "limit",
        "yoy",
        "mom",
        "year",
        "year_yoy",
        "month",
        "month_yoy",
        "pm25",
        "o3",
        "ratio",
    }
    for kind, sections in LAYOUTS.items():
        for item in (item for section in sections for item in section.items if isinstance(item, Grid)):
            keys = {column.key for column in item.columns}
            for column in item.columns:
                if column.align != "right" or column.each:
                    continue
                said = bool(re.search(r"[（(].+[）)]", column.heading)) or "unit" in keys
                assert said or column.key in own, (kind, item.id, column.key)


def test_the_page_holds_the_same_and_no_script(annual: Bulletin) -> None:
    text = page_text(annual)
    assert "<script" not in text
    assert re.findall(r"(?:src|href)=\"(?!#)[^\"]*\"", text.replace('xlink:href="#', 'xlink:href="#')) == []
    assert "url(http" not in text
    for line in (line for lines in annual.say.values() for line in lines):
        assert line in text
    for item in (i for s in annual.sections for i in s.items if isinstance(i, Grid) and i.id in annual.tables):
        for row in annual.tables[item.id].rows:
            for cell in row.values():
                for one in cell if isinstance(cell, tuple) else (cell,):
                    assert f">{one.text.replace(chr(10), '<br>')}</td>" in text


def test_the_page_escapes_what_it_is_given() -> None:
    table = Table(
        "<b>",
        ({"place": Cell("<script>alert(1)</script>"), **{k: Cell("1") for k in ("l1", "l2", "l3", "l4", "l5", "l6", "valid", "ratio")}},),
    )
    text = page_text(Bulletin("annual", "<i>", "", "", "&", say={"head": ("<x>",)}, tables={"levels": table}))
    assert "<script>alert" not in text
    assert "<x>" not in text
    assert "&lt;x&gt;" in text


def test_the_workbook_holds_numbers_as_numbers(annual: Bulletin, results: AirResults) -> None:
    figures = _expected(results, "2023")
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook_bytes(annual)))
    name = next(n for n in book.sheet_names if "各城市环境空气质量" in n)
    rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    assert rows[2][1:3] == ["地区", "优良比例(%)"]
    for row in rows[3 : 3 + len(CITIES)]:
        for column, word in _COLUMNS.items():
            assert isinstance(row[column], (int, float))
            assert Decimal(str(row[column])) == Decimal(figures[row[1], word]), (row[1], word)
    assert rows[3][0] == 1.0


def test_the_workbook_freezes_its_headings_and_holds_no_formula() -> None:
    table = Table(
        "各级别天数",
        (
            {
                "place": Cell('=HYPERLINK("http://x","y")'),
                **{k: Cell("+1+1") for k in ("l1", "l2", "l3", "l4", "l5", "l6", "valid", "ratio")},
            },
        ),
    )
    content = workbook_bytes(Bulletin("annual", "=1+1", "@x", "", "", say={"head": ("=cmd|' /C calc'!A0",)}, tables={"levels": table}))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = {n: archive.read(n).decode() for n in archive.namelist() if n.startswith("xl/worksheets/sheet")}
    assert all("<f>" not in text and "<hyperlink" not in text for text in sheets.values())
    assert 'state="frozen"' in sheets["xl/worksheets/sheet2.xml"]


# --- files ---


@pytest.mark.parametrize("suffix", sorted(FORMS))
def test_the_same_bulletin_is_the_same_file(annual: Bulletin, suffix: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(annual, tmp_path / f"{name}{suffix}")
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"a{suffix}", f"b{suffix}"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_shipped_template_is_the_one_that_the_program_makes(kind: str) -> None:
    shipped = (make_templates.FOLDER / f"{kind}.docx").read_bytes()
    made = make_templates.make(kind)

    def parts(content: bytes) -> dict[str, bytes]:
        # Compared by content: the packing of a zip file may differ between versions of zlib.
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    assert parts(shipped) == parts(made), "run python -m yangban.publish.bulletin.make_templates"


def test_paper_margins_and_fonts_are_those_of_official_documents(annual: Bulletin) -> None:
    content = word_bytes(annual)
    section = docx.Document(io.BytesIO(content)).sections[0]
    page = [section.page_width, section.page_height, section.top_margin, section.bottom_margin, section.left_margin, section.right_margin]
    assert [round((length or 0) / 36000) for length in page] == [210, 297, 37, 35, 28, 26]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        styles, fonts = archive.read("word/styles.xml").decode(), archive.read("word/fontTable.xml").decode()
        footer = next(archive.read(n).decode() for n in archive.namelist() if n.startswith("word/footer"))
        dates = {entry.date_time for entry in archive.infolist()}
    for font in ("方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312"):
        assert f'w:eastAsia="{font}"' in styles
        assert re.search(rf'<w:font w:name="{font}"><w:altName w:val="[^"]+"/>', fonts)
    assert " PAGE " in footer
    assert " NUMPAGES " in footer
    assert "abababababababab" in footer
    assert dates == {(1980, 1, 1, 0, 0, 0)}


def test_synthetic_readings_are_marked_on_every_page() -> None:
    made = _made(_results(_year(2023, NOW, synthetic=True)), "annual", "2023")
    section = docx.Document(io.BytesIO(word_bytes(made))).sections[0]
    assert section.header.paragraphs[0].text == "合成数据　示例"
    assert '<p class="mark">合成数据　示例</p>' in page_text(made)
    assert made.say["method"][0] == "本文数值由程序生成的示例读数算出，不是监测结果。"
    with zipfile.ZipFile(io.BytesIO(workbook_bytes(made))) as archive:
        sheets = [archive.read(n).decode() for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
    assert all("合成数据　示例</oddHeader>" in text for text in sheets)


def test_real_readings_carry_no_mark(annual: Bulletin) -> None:
    assert docx.Document(io.BytesIO(word_bytes(annual))).sections[0].header.paragraphs[0].text == ""


def test_pictures_have_their_finding_as_text(annual: Bulletin) -> None:
    shapes = docx.Document(io.BytesIO(word_bytes(annual))).inline_shapes
    assert [shape._inline.docPr.get("title") for shape in shapes] == [
        annual.charts[name].caption for name in ("months", "levels_chart", "cities_chart", "cities_map")
    ]


def test_a_bureau_may_change_the_template(annual: Bulletin, tmp_path: Path) -> None:
    own = docx.Document(str(make_templates.FOLDER / "annual.docx"))
    own.paragraphs[0].insert_paragraph_before("某某市生态环境局")
    own.save(str(tmp_path / "own.docx"))
    text = _paragraphs(word_bytes(annual, template=tmp_path / "own.docx"))
    assert text[:2] == ["某某市生态环境局", annual.title]


@pytest.mark.parametrize("tag", ["{{ say.nonsense }}", "{{ nonsense }}", "{{ title.__class__.__mro__ }}", "{% if %}"])
def test_a_template_that_asks_for_what_is_not_there_is_refused(annual: Bulletin, tmp_path: Path, tag: str) -> None:
    own = docx.Document(str(make_templates.FOLDER / "annual.docx"))
    own.add_paragraph(tag)
    own.save(str(tmp_path / "own.docx"))
    with pytest.raises(InputError, match="模板不能填写"):
        word_bytes(annual, template=tmp_path / "own.docx")


def test_a_template_that_is_no_word_file_is_refused(annual: Bulletin, tmp_path: Path) -> None:
    (tmp_path / "own.docx").write_text("no", encoding="utf-8")
    with pytest.raises(InputError, match="不是 Word 文件"):
        word_bytes(annual, template=tmp_path / "own.docx")
    with pytest.raises(UsageError, match="--template"):
        write(annual, tmp_path / "a.html", template=tmp_path / "own.docx")


def test_a_target_of_another_kind_is_refused_before_anything_is_written(annual: Bulletin, tmp_path: Path) -> None:
    for path in (tmp_path / "a.pdf", tmp_path / "no" / "a.docx", tmp_path):
        with pytest.raises(UsageError, match="--out"):
            write(annual, path)
    assert list(tmp_path.iterdir()) == []


def test_a_font_file_that_is_not_there_is_an_error_and_not_boxes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("YANGBAN_FONT", str(tmp_path / "none.ttf"))
    chart_font.cache_clear()
    try:
        with pytest.raises(UsageError, match="没有这个字体文件"):
            chart_font()
    finally:
        chart_font.cache_clear()


def test_a_font_without_chinese_characters_is_an_error_and_not_boxes(monkeypatch: pytest.MonkeyPatch, annual: Bulletin) -> None:
    latin = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    monkeypatch.setenv("YANGBAN_FONT", str(latin))
    chart_font.cache_clear()
    try:
        with pytest.raises(UsageError, match="没有图表所用的字"):
            draw(annual.charts["months"])
    finally:
        chart_font.cache_clear()


def test_the_layout_names_each_thing_once() -> None:
    for kind, sections in LAYOUTS.items():
        for of in (Say, Grid):
            names = [item.id for section in sections for item in section.items if isinstance(item, of)]
            assert len(names) == len(set(names)), kind
        for item in (item for section in sections for item in section.items if isinstance(item, Grid)):
            assert sum(c.width for c in item.columns if not c.each) <= 156, (kind, item.id)
            assert [c for _, c in columns_of(item, Table("", ()))] == [c for c in item.columns if not c.each]


def test_libreoffice_opens_it_as_pages(annual: Bulletin, tmp_path: Path) -> None:
    office, reader = shutil.which("soffice"), shutil.which("pdftotext")
    if not office or not reader:
        pytest.skip("LibreOffice or pdftotext is not here: the Word file was NOT looked at by a word processor")
    (tmp_path / "a.docx").write_bytes(word_bytes(annual))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    done = subprocess.run(
        [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "a.docx")],
        capture_output=True, timeout=180, check=False,
    )  # fmt: skip
    assert (tmp_path / "a.pdf").is_file(), done.stderr.decode()
    text = subprocess.run([reader, "-layout", str(tmp_path / "a.pdf"), "-"], capture_output=True, check=True).stdout.decode()
    pages = text.split("\f")[:-1]
    flat = [re.sub(r"\s", "", page) for page in pages]
    assert annual.title in flat[0]
    for n, page in enumerate(flat, start=1):
        assert f"第{n}页共{len(pages)}页" in page
        assert "{{" not in page
        assert "{%" not in page
