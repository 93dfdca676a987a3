"""The real readings of water beside the repository: every oddity that their description names, cell for cell."""

from __future__ import annotations

import csv
import gzip
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from yangban.base.water_items import scaled, unscaled
from yangban.readings.formats import locate_water
from yangban.readings.receipts import sources
from yangban.readings.sections import Sections, pack_rows, spelled
from yangban.readings.water.frames import ITEMS

pytestmark = pytest.mark.shared

COLUMNS = {
    "水温(℃)": "temperature", "pH(无量纲)": "ph", "溶解氧(mg/L)": "do", "电导率(μS/cm)": "conductivity", "浊度(NTU)": "turbidity",
    "高锰酸盐指数(mg/L)": "codmn", "氨氮(mg/L)": "nh3n", "总磷(mg/L)": "tp", "总氮(mg/L)": "tn", "叶绿素α(mg/L)": "chla",
    "藻密度(cells/L)": "algae",
}  # fmt: skip
NOTHING = {"--", "*", ""}


def jiangxi(folder: Path) -> Path:
    return folder / "water" / "jiangxi_water_auto_2022_snapshots.csv.gz"


def water(bench, **options: object) -> pl.DataFrame:
    return bench.lake.water(start=date(1970, 1, 1), end=date(2100, 1, 1), **options).sort("subject", "time", "basis").collect()


def test_jiangxi_2022_cell_for_cell(bench, shared_data: Path) -> None:
    receipt = bench.take(jiangxi(shared_data))
    file = receipt.files[0]
    assert (file.lines, file.cells, file.rejected, file.ignored, receipt.rejections) == (70_771, 70_771 * 11, 0, 0, ())
    assert file.rows == {
        "silent": 1_644, "without_class": 5_786 + 3, "section_times": 64_289, "repeated": 70_771 - 1_644 - 64_289,
        "corrected": 813, "revised": 881,
    }  # fmt: skip
    with gzip.open(jiangxi(shared_data), "rt", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["监测时间"].strip("\u00a0")]
    rows.sort(key=lambda row: row["snapshot"])
    held: dict[tuple[str, datetime], dict[str, str]] = {}
    duplicate = corrected = blank = 0
    for row in rows:
        key = (f"section:360000:{row['断面名称']}", datetime.strptime(f"2022-{row['监测时间']}", "%Y-%m-%d %H:%M"))
        cells = held.setdefault(key, {})
        for head, item in COLUMNS.items():
            if row[head] in NOTHING:
                blank += 1
                continue
            was = cells.get(item)
            duplicate += was is not None and Decimal(was) == Decimal(row[head])
            corrected += was is not None and Decimal(was) != Decimal(row[head])
            cells[item] = row[head]
        if row["水质类别"] not in {"", "-"}:
            cells["published"] = row["水质类别"]
    assert (file.duplicate, file.corrected, file.blank) == (duplicate, corrected, blank + 1_644 * 11)
    assert file.accepted == file.cells - file.blank - file.duplicate
    stored = {(row["subject"], row["time"]): row for row in water(bench).iter_rows(named=True)}
    assert set(stored) == set(held)
    for key, cells in held.items():
        row = stored[key]
        assert row["published"] == cells.get("published")
        for item in ITEMS:
            text = cells.get(item)
            factor = 1000 if item == "chla" else 1
            assert row[item] == (None if text is None else scaled(Decimal(text) * factor))
    assert len(receipt.corrections) == corrected + sum(each.pollutant == "published" for each in receipt.corrections)
    again = bench.take(jiangxi(shared_data))
    assert (again.changed, again.total("accepted"), again.total("corrected"), again.files[0].rows["section_times"]) == (False, 0, 0, 0)
    assert again.total("duplicate") + again.total("ignored") == file.accepted + file.duplicate


def test_the_oddities_of_the_release(bench, shared_data: Path) -> None:
    bench.take(jiangxi(shared_data))
    rows = water(bench)
    assert rows["subject"].n_unique() == 80
    states = dict(rows.group_by("state").len().iter_rows())
    assert set(states) == {"正常", "维护"}
    assert unscaled(rows["nh3n"].max()) == Decimal("15.165")
    assert unscaled(rows["tp"].max()) == Decimal("3.018")
    assert unscaled(rows["do"].max()) == Decimal("28.59")
    assert unscaled(rows["ph"].max()) == Decimal("10.54")
    # A clock that runs on its own; and in August to October nothing but one old reading, seen again in six snapshots of November.
    assert rows.filter(pl.col("time").dt.minute() != 0)["time"].to_list() == [datetime(2022, 2, 12, 12, 4)]
    autumn = rows.filter(pl.col("time").dt.month().is_in([8, 9, 10]))
    assert autumn.select("subject", "time", "released").rows() == [
        ("section:360000:土桥", datetime(2022, 10, 31, 16), datetime(2022, 11, 5, 5, 29))
    ]
    assert rows["published"].unique().drop_nulls().sort().to_list() == ["Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", "劣Ⅴ"]


def test_three_original_national_snapshots(bench, shared_data: Path) -> None:
    folder = shared_data / "water" / "raw_snapshots_2022"
    receipt = bench.take(folder)
    assert receipt.rejections == ()
    assert [file.layout for file in receipt.files] == [
        "water-snapshot@2022-01-11T09:04", "water-snapshot@2022-06-05T16:31", "water-snapshot@2022-12-31T22:52",
    ]  # fmt: skip
    assert [(file.lines, file.rows["silent"]) for file in receipt.files] == [(1_675, 28), (1_669, 62), (1_710, 70)]
    rows = water(bench)
    assert rows.height == sum(file.lines - file.rows["silent"] for file in receipt.files)
    assert rows["subject"].str.slice(8, 6).n_unique() == 31
    names = rows.select("subject", pl.col("subject").str.slice(15).alias("name")).unique()
    assert names.group_by("name").len().filter(pl.col("len") > 1).height > 0
    again = bench.take(folder)
    assert (again.changed, again.total("accepted"), again.total("duplicate")) == (False, 0, receipt.total("accepted"))


def test_snapshots_and_the_joined_file_agree_in_either_order(bench, shared_data: Path) -> None:
    """The joined file holds the same rows as the originals, so the second one brings nothing new for Jiangxi."""
    bench.take(shared_data / "water" / "raw_snapshots_2022")
    bench.take(jiangxi(shared_data))
    first = water(bench).drop("received")
    other = type(bench)(bench.folder / "other")
    other.take(jiangxi(shared_data))
    receipt = other.take(shared_data / "water" / "raw_snapshots_2022")
    assert water(other).drop("received").equals(first)
    assert receipt.total("corrected") == 0
    assert all(not each.subject.startswith("section:360000") for each in receipt.corrections)


def test_a_utf8_workbook_with_swapped_headings_gives_the_same_lake(bench, shared_data: Path) -> None:
    import xlsxwriter

    source = shared_data / "water" / "raw_snapshots_2022" / "2022_06_05_16h31m.csv.gz"
    with gzip.open(source, "rt", encoding="gb18030", newline="") as lines:
        rows = list(csv.reader(lines))
    rows[0][2], rows[0][3] = rows[0][3], rows[0][2]
    path = bench.folder / "2022_06_05_16h31m.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    receipt = bench.take(path)
    assert (receipt.rejections, len(receipt.files[0].notes)) == ((), 2)
    second = bench.take(source)
    assert (second.changed, second.total("accepted")) == (False, 0)


def test_the_monthly_table_of_2021(bench, shared_data: Path) -> None:
    receipt = bench.take(shared_data / "water" / "jiangxi_section_monthly_2021.csv.gz")
    file = receipt.files[0]
    assert (file.lines, file.rejected, file.layout, file.basis) == (984, 0, "water-monthly", "monthly")
    assert (file.blank, file.accepted, file.rows["without_class"]) == (77 * 6, 907 * 6, 77)
    rows = water(bench, basis="monthly")
    assert (rows.height, rows["subject"].n_unique()) == (984, 82)
    assert rows["tp"].null_count() == 984
    assert rows.filter(pl.col("subject") == "section:360000:孔目江江口")["nh3n"][0] == 1_100_000
    assert rows["published"].drop_nulls().unique().sort().to_list() == ["Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ"]


def test_both_networks_meet_in_one_subject(bench, shared_data: Path) -> None:
    bench.take(jiangxi(shared_data), shared_data / "water" / "jiangxi_section_monthly_2021.csv.gz")
    auto, monthly = (set(water(bench, basis=basis)["subject"]) for basis in ("auto", "monthly"))
    assert {each.rsplit(":", 1)[1] for each in monthly - auto} == {"梅港", "洋江", "鄱阳湖出口"}
    assert {each.rsplit(":", 1)[1] for each in auto - monthly} == {"港口"}


def test_the_pack_is_the_monthly_table(shared_data: Path) -> None:
    with gzip.open(shared_data / "water" / "jiangxi_section_monthly_2021.csv.gz", "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    sections = Sections(pack_rows())
    assert len(sections.rows) == 82
    for row in rows:
        subject = sections.aliases()[spelled(f"section:360000:{row['断面']}")]
        (section,) = sections.of(subject)
        places = {"360100": "南昌市", "360200": "景德镇市", "360300": "萍乡市", "360400": "九江市", "360500": "新余市", "360600": "鹰潭市",
                  "360700": "赣州市", "360800": "吉安市", "360900": "宜春市", "361000": "抚州市", "361100": "上饶市"}  # fmt: skip
        if section.name != "炭埠周家（梅港）" or row["月份"] > "2021-06":
            assert places[section.city] == row["城市"]
        if row["河流"] != row["水系"]:
            assert row["河流"] == (section.lake or section.river)
        assert (section.basin, section.longitude) == (row["水系"], None)
    assert {row.name for row in sections.rows if row.kind == "lake"} == {"南矶山", "康山", "湖心岛", "蛤蟆石", "都昌"}


def test_every_value_leads_back_to_its_line(bench, shared_data: Path) -> None:
    bench.take(jiangxi(shared_data))
    row = water(bench).filter(pl.col("subject") == "section:360000:滁槎").row(100, named=True)
    (digest, path, layout), *_ = sources(bench.workspace, day=row["time"].date(), subject=row["subject"])
    found = locate_water(
        path, layout, subject=row["subject"], time=row["time"], item="do", aliases=Sections.load(bench.workspace).aliases()
    )
    assert digest == path.name
    assert scaled(Decimal(found[-1].text)) == row["do"]
    with gzip.open(path, "rt", encoding="utf-8") as file:
        lines = file.read().split("\n")
    assert all("滁槎" in lines[each.line - 1] for each in found)
