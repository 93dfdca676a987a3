"""The synthetic year of surface water: the same bytes again, marked to the end, and the states that a demonstration is to show."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from yangban.base.errors import UnknownRegion, UsageError
from yangban.base.periods import parse
from yangban.readings.intake import ingest
from yangban.readings.sample_water import MISSED, write_water
from yangban.readings.section_lists import import_file
from yangban.readings.sections import Sections, check, pack_rows
from yangban.readings.workspace import Workspace
from yangban.run.water import WaterResults, assess_water, open_water

MONTHS = [f"2023-{month:02d}" for month in range(1, 13)]
GAPS = "section:360000:示例断面11"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("water-sample")
    made = write_water("360000", year=2023, out=folder / "out")
    found = Workspace.open(folder / "w", create=True)
    assert (import_file(found, made.sections).added, import_file(found, made.sections).rejected) == (16, 0)
    receipt = ingest(found, [made.readings])
    # Sixteen sections in twelve months, one of them without four; rivers have twenty-three items, lakes transparency and chlorophyll too.
    rows = 16 * 12 - len(MISSED)
    assert (made.count, made.rows) == (16, rows)
    assert (receipt.total("rejected"), receipt.total("accepted")) == (0, rows * 23 + 4 * 12 * 2)
    assess_water(found, [2023])
    return found


@pytest.fixture(scope="module")
def results(workspace: Workspace) -> WaterResults:
    return open_water(workspace)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    one, again = (write_water("江西省", year=2023, out=tmp_path / name, seed=5) for name in "ab")
    other = write_water("江西省", year=2023, out=tmp_path / "c", seed=6)
    assert one.readings.read_bytes() == again.readings.read_bytes() != other.readings.read_bytes()
    assert one.sections.read_bytes() == again.sections.read_bytes() == other.sections.read_bytes()
    assert "synthetic" in one.readings.name
    assert "synthetic" in one.sections.name


def test_no_section_has_the_name_of_a_real_one_and_every_row_says_so(tmp_path: Path) -> None:
    made = write_water("360000", year=2023, out=tmp_path)
    rows = list(csv.DictReader(made.sections.read_text(encoding="utf-8").splitlines()))
    assert all(row["断面名称"].startswith("示例断面") and (row["河流"] or row["湖库"]).startswith("示例") for row in rows)
    assert {row["来源"] for row in rows} == {"合成示例，不是真实断面"}
    assert {row["城市"] for row in rows[:11]} == {row["城市"] for row in rows}, "every city of the province has one"
    assert len({row["城市"] for row in rows}) == 11


def test_every_figure_is_marked_and_every_reading_has_its_section(workspace: Workspace, results: WaterResults) -> None:
    figures = results.figures(periods=[parse("2023"), parse("2023-05")])
    assert figures
    assert all(f.synthetic for f in figures)
    found = check(workspace)
    assert not found.without_row
    assert not found.clashes


def test_months_and_year_are_sufficient_but_for_the_section_with_gaps(results: WaterResults) -> None:
    year = {
        f.subject: f
        for f in results.figures(subjects=results.subjects(level="section"), periods=[parse("2023")], indicators=["water.class"])
    }
    assert [subject for subject, f in year.items() if not f.usable] == [GAPS]
    assert (year[GAPS].n_valid, year[GAPS].n_expected) == (8, 12)
    assert {f.exact for f in year.values()} >= {2, 3, 4}
    months = results.figures(subjects=["360000"], periods=[parse(each) for each in MONTHS], indicators=["water.good_ratio"])
    assert {int(f.period[-2:]) for f in months if not f.usable} == MISSED


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_one_section_alone_is_below_its_target(tmp_path: Path, seed: int) -> None:
    made = write_water("360000", year=2023, out=tmp_path, seed=seed)
    place = Workspace.open(tmp_path / "w", create=True)
    import_file(place, made.sections)
    ingest(place, [made.readings])
    assess_water(place, [2023])
    found = open_water(place)
    worse = []
    for row in Sections.load(place).members("360000", parse("2023").end):
        if not row.pack:
            (figure,) = found.figures(subjects=[row.subject], periods=[parse("2023")], indicators=["water.class"])
            assert figure.exact is not None
            worse += [row.name] * (figure.exact > row.targets[2023])
    assert worse == ["示例断面08"]


@pytest.mark.parametrize("lake", ["示例甲湖", "示例乙湖"])
def test_lakes_have_a_trophic_index_of_all_five_items(results: WaterResults, lake: str) -> None:
    (figure,) = results.figures(subjects=[f"lake:{lake}"], periods=[parse("2023")], indicators=["water.tli"])
    assert figure.usable
    assert "missing" not in figure.detail


def test_real_sections_of_a_pack_are_not_expected_among_synthetic_readings(results: WaterResults) -> None:
    assert len([row for row in pack_rows() if row.province == "360000"]) > 16
    (figure,) = results.figures(subjects=["360000"], periods=[parse("2023")], indicators=["water.good_ratio"])
    assert figure.n_expected == 16
    # A bulletin asks for every registered river: a real one is known, and has no value.
    real = results.figures(subjects=["river:360000:赣江"], periods=[parse("2023")])
    assert all(f.exact is None for f in real)


def test_real_sections_of_a_pack_are_expected_beside_a_real_reading(tmp_path: Path) -> None:
    made = write_water("360000", year=2023, out=tmp_path)
    place = Workspace.open(tmp_path / "w", create=True)
    import_file(place, made.sections)
    real = tmp_path / "readings.csv"
    real.write_text("省份,断面名称,采样日期,pH,溶解氧\n江西省,外洲,2023-05-04,7.0,9.0\n", encoding="utf-8")
    ingest(place, [made.readings, real])
    assess_water(place, [2023])
    (figure,) = open_water(place).figures(subjects=["360000"], periods=[parse("2023")], indicators=["water.good_ratio"])
    assert figure.n_expected == 16 + len([row for row in pack_rows() if row.province == "360000"])


def test_what_cannot_be_made_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="2013"):
        write_water("360000", year=1999, out=tmp_path)
    with pytest.raises(UnknownRegion, match="无此地"):
        write_water("无此地", year=2023, out=tmp_path)
