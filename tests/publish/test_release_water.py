"""Water in releases: what is frozen, computed again, and found when a reading, a limit or the registry of sections changes.

Three sections of one city, sampled once a month. Ammonia decides (GB 3838: 0.5 is class Ⅱ, 1.0 Ⅲ, 1.5 Ⅳ): 甲 0.4 is Ⅱ, 乙 1.2 is Ⅳ, the
point 丙 of a lake 0.9 is Ⅲ; two of three are good, 66.7 %.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from yangban.base.errors import UsageError
from yangban.base.periods import parse
from yangban.publish.release import MANIFEST, Verification, create, find, verify
from yangban.readings.intake import ingest
from yangban.readings.sample_nature import write_nature
from yangban.readings.sections import Section, save_rows
from yangban.readings.workspace import Workspace
from yangban.run.local import assess_air
from yangban.run.water import assess_water, open_water
from yangban.standards import load_book

HEAD = "省份,断面名称,采样日期,pH,溶解氧,高锰酸盐指数,氨氮,总磷"
NH3N = {"甲": "0.4", "乙": "1.2", "丙": "0.9"}
ROWS = (
    Section("430000", "甲", city="430100", river="甲江"),
    Section("430000", "乙", city="430100", river="甲江"),
    Section("430000", "丙", city="430100", kind="lake", lake="丙湖"),
)


def samples(path: Path, days: Mapping[str, Mapping[str, str]]) -> Path:
    """A laboratory's table: for each day the ammonia of some sections, everything else of class Ⅰ."""
    lines = [f"湖南省,{name},{day},7.0,9.0,1.0,{value},0.009" for day, of in days.items() for name, value in of.items()]
    path.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    return path


def made(folder: Path, name: str = "w") -> Workspace:
    """May and June 2023, assessed."""
    workspace = Workspace.open(folder / name, create=True)
    with workspace.writing():
        save_rows(workspace, ROWS)
    ingest(workspace, [samples(folder / f"{name}.csv", {"2023-05-04": NH3N, "2023-06-03": NH3N})])
    assess_water(workspace, [2023])
    return workspace


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("water-release")
    create(made(folder))
    return folder / "w"


@pytest.fixture
def held(once: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(once, tmp_path / "w")
    return Workspace.open(tmp_path / "w")


def failing(done: Verification) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in done.findings:
        if each.fails:
            found.setdefault(each.what, []).append(each.text)
    return found


def test_what_is_frozen(held: Workspace) -> None:
    release = find(held, 1)
    water = release.media["water"]
    assert set(release.media) == {"water"}
    assert (water["through"], water["periods"][-1]) == ("2023-06-03", "2023-Q2")
    assert water["subjects"] == [
        "430000", "430100", "lake:430000:丙湖", "river:430000:甲江",
        "section:430000:丙", "section:430000:乙", "section:430000:甲",
    ]  # fmt: skip
    rows = {(r["subject"], r["period"], r["indicator"]): r for r in release.rows()}
    assert rows["430100", "2023-06", "water.good_ratio"]["display"] == "66.7"
    assert rows["river:430000:甲江", "2023-06", "water.good_ratio"]["display"] == "50.0"
    assert [rows[f"section:430000:{n}", "2023-06", "water.class"]["display"] for n in "甲乙丙"] == ["2", "4", "3"]
    assert rows["lake:430000:丙湖", "2023-06", "water.class"]["display"] == "3"
    placed = open_water(held).figures(subjects=["430100"], periods=[parse("2023-06")])
    assert {f.indicator: f.display for f in placed} == {
        f.indicator: f.display for f in release.figures() if (f.subject, f.period) == ("430100", "2023-06")
    }
    assert len({r["inputs"] for r in release.rows() if r["period"] == "2023-06"}) == 1, "one file stands under all of them"


def test_the_same_samples_on_another_machine_give_the_same_figures(once: Path, tmp_path: Path) -> None:
    old, new = find(Workspace.open(once), 1), create(made(tmp_path, "other"))
    assert new.manifest["figures"] == old.manifest["figures"]
    assert new.manifest["inputs"]["lake"]["readings"] == old.manifest["inputs"]["lake"]["readings"]


def test_it_can_be_computed_again_also_after_later_days(held: Workspace, tmp_path: Path) -> None:
    assert failing(verify(held)) == {}
    ingest(held, [samples(tmp_path / "later.csv", {"2023-06-20": {"甲": "1.4"}, "2023-07-03": NH3N})])
    done = verify(held)
    assert failing(done) == {}, "samples of days after the release do not touch it"
    assess_water(held, [2023])
    assert create(held).media["water"]["through"] == "2023-07-03"


def test_a_changed_reading_is_found_and_named(held: Workspace, tmp_path: Path) -> None:
    ingest(held, [samples(tmp_path / "again.csv", {"2023-06-03": {"乙": "1.0"}})])
    found = failing(verify(held))
    assert set(found) == {"readings", "figures"}
    assert found["readings"] == ["读数改变：section manual water 2023-06"]
    assert any("长沙市 2023-06 water.good_ratio" in text and "display 66.7 → 100.0" in text for text in found["figures"])


def test_one_limit_is_found_and_named(held: Workspace) -> None:
    book = load_book()
    document = book.documents["gb3838-2002"]
    key = next(rule.key for rule in document.rules if "nh3n" in rule.key and rule.value == Decimal("1.0"))
    rules = tuple(replace(rule, value=Decimal("1.3")) if rule.key == key else rule for rule in document.rules)
    found = failing(verify(held, book=replace(book, documents={**book.documents, "gb3838-2002": replace(document, rules=rules)})))
    assert found["book"] == [f"gb3838-2002:{key} 改变：1.0 → 1.3"]
    # CWQI of the river by hand: oxygen 5/9 + CODMn 1/6 + phosphorus 0.009/0.2 + ammonia 0.8/1.0 = 1.5672; with 0.8/1.3 it is 1.3826.
    assert any("甲江 2023-06 water.cwqi" in text and "display 1.5672 → 1.3826" in text for text in found["figures"])


def test_the_registry_of_sections_is_found(held: Workspace) -> None:
    with held.writing():
        save_rows(held, (ROWS[0], replace(ROWS[1], river="乙江"), ROWS[2]))
    found = failing(verify(held))
    assert found["sections"] == ["断面登记表改变：发布时 3 行，现在 3 行（或内容不同）"]
    with held.writing():
        save_rows(held, (*ROWS[:2], replace(ROWS[2], source="另一来源", note="只是说明")))
    assert failing(verify(held)) == {}, "words about a section change no result"


def test_results_older_than_the_samples_are_not_published(held: Workspace, tmp_path: Path) -> None:
    ingest(held, [samples(tmp_path / "again.csv", {"2023-06-03": {"乙": "1.0"}})])
    with pytest.raises(UsageError, match="--medium water"):
        create(held)


def _air(path: Path) -> Path:
    lines = ["subject,time,pm25,pm10,so2,no2,co,o3"]
    for k in range(3 * 24):
        label = datetime(2023, 6, 1) + timedelta(hours=k + 1)
        lines.append(f"长沙市,{label:%Y-%m-%d %H:%M},{20 + k % 5},40,8,20,0.6,60")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_air_and_water_stand_in_one_release_each_with_its_own_last_day(tmp_path: Path) -> None:
    workspace = made(tmp_path)
    ingest(workspace, [_air(tmp_path / "air.csv")])
    assess_air(workspace, [2023])
    release = create(workspace)
    assert {name: part["through"] for name, part in release.media.items()} == {"air": "2023-06-03", "water": "2023-06-03"}
    assert {f.indicator.partition(".")[0] for f in release.figures()} == {"air", "water"}
    assert failing(verify(workspace)) == {}
    assert set(create(workspace, medium="air").media) == {"air"}
    assert set(create(workspace, subjects=["section:430000:甲"]).media) == {"water"}
    shown = create(workspace, medium="water").to_dict()["media"]
    assert shown == {"water": {"periods": shown["water"]["periods"], "through": "2023-06-03", "subjects": 7}}
    with pytest.raises(UsageError, match="--medium"):
        create(workspace, medium="noise")


def test_species_beside_it_are_taken_in_and_sound_that_was_not_assessed_is_not(tmp_path: Path) -> None:
    workspace = made(tmp_path)
    ingest(workspace, [_air(tmp_path / "air.csv"), *write_nature("430000", year=2023, out=tmp_path / "nature").tables])
    assess_air(workspace, [2023])
    assess_water(workspace, [2023])
    assert set(create(workspace).media) == {"air", "water", "biodiversity"}
    assert failing(verify(workspace)) == {}


def test_a_release_from_before_there_was_water_is_computed_again(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "w", create=True)
    ingest(workspace, [_air(tmp_path / "air.csv")])
    assess_air(workspace, [2023])
    path = create(workspace).folder / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    del manifest["media"], manifest["inputs"]["sections"]
    path.write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    assert find(workspace, 1).media["air"]["through"] == date(2023, 6, 3).isoformat()
    assert failing(verify(workspace)) == {}
