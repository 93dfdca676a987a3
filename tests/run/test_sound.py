"""From tables of sound to Figures; expected values by hand from HJ 640-2012 and GB 3096-2008 as in the fact sheet air-and-water.md C."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from yangban.assess.figure import Figure
from yangban.base.periods import parse
from yangban.readings.intake import ingest
from yangban.readings.workspace import Workspace
from yangban.run.media import open_all
from yangban.run.sound import assess_sound, open_sound


def taken(folder: Path, *tables: str) -> Workspace:
    workspace = Workspace.open(folder / "w", create=True)
    paths = []
    for n, table in enumerate(tables):
        paths.append(folder / f"t{n}.csv")
        paths[-1].write_text(table, encoding="utf-8")
    ingest(workspace, paths)
    return workspace


def ask(workspace: Workspace, word: str, subject: str = "360100", period: str = "2022", base: str = "yoy") -> Figure:
    (found,) = open_sound(workspace).figures(subjects=[subject], periods=[parse(period)], indicators=[word], base=base)
    return found


def hours(days: int, level: dict[int, str], *, start: datetime = datetime(2022, 6, 1), klass: str = "2") -> str:
    """Hourly levels of one station by the hour in which each begins; missing hours are left out."""
    lines = ["站点名称,城市,功能区类别,监测时间,Leq,Lmax"]
    for n in range(days * 24):
        begin = start + timedelta(hours=n)
        if begin.hour in level:
            lines.append(f"甲,南昌,{klass},{begin + timedelta(hours=1):%Y-%m-%d %H:%M},{level[begin.hour]},66")
    return "\n".join(lines) + "\n"


def test_areas_and_roads_with_their_grades(tmp_path: Path) -> None:
    area = "网格编号,城市,监测日期,昼间等效声级\n" + "".join(f"G{n},南昌,2022-05-11,{v}\n" for n, v in enumerate(("54.9", "55.0", "55.25")))
    road = "路段名称,城市,监测日期,路段长度(m),昼间\n甲路,南昌,2022-05-11,1000,70\n乙路,南昌,2022-05-11,2000,64\n丙路,南昌,2022-05-11,,90\n"
    workspace = taken(tmp_path, area, road)
    assess_sound(workspace, [2022])
    found = ask(workspace, "sound.area_day")
    # (54.9 + 55.0 + 55.25) / 3 = 55.05, printed 55.0 (half to even), grade 二级.
    assert (found.value, str(found.display), found.detail["numeral"], found.detail["word"]) == ("55.05", "55.0", "二级", "较好")
    assert (found.status, found.n_valid, found.n_expected) == ("ok", 3, 3)
    roads = ask(workspace, "sound.road_day")
    assert (roads.value, roads.detail["numeral"], roads.n_valid, roads.n_expected) == ("66", "一级", 2, 3)
    assert (roads.status, "丙路" in roads.reason) == ("insufficient", True)
    assert "hj640-2012:mean.road" in roads.unverified


def test_hours_to_day_and_night_and_the_rate_by_visits(tmp_path: Path) -> None:
    """Two days of one station of class 2 (60 / 50): by day 60.0, by night seven hours of 50 and one of 56: 51.6 dB by hand."""
    level = {hour: "60.0" if 6 <= hour < 22 else "50.0" for hour in range(24)} | {23: "56.0"}
    workspace = taken(tmp_path, hours(3, level, start=datetime(2022, 6, 1, 6)))
    assess_sound(workspace, [2022])
    day, night = (ask(workspace, word, "sound:360100:zone:甲", "2022-06-02") for word in ("sound.ld", "sound.ln"))
    assert (day.value, day.status) == ("60", "ok")
    by_hand = 10 * math.log10((7 * 10**5 + 10**5.6) / 8)
    assert float(str(night.value)) == pytest.approx(by_hand, abs=1e-6)
    assert str(night.display) == f"{by_hand:.1f}"
    rate_day, rate_night = (ask(workspace, f"sound.zone_{span}_rate", period="2022-06") for span in ("day", "night"))
    assert (str(rate_day.display), rate_day.n_valid, rate_day.detail["attained"]) == ("100.0", 3, 3)
    assert (str(rate_night.display), rate_night.detail["classes"]["2"]) == ("0.0", {"visits": 3, "attained": 0, "limit": "50"})
    # Lmax 66 lies 16 over the night limit of class 2: sudden noise in each of the three nights.
    assert ask(workspace, "sound.sudden_nights", period="2022-06").display == 3


def test_an_hour_short_is_no_visit_and_the_figure_says_so(tmp_path: Path) -> None:
    level = {hour: "52.0" for hour in range(24) if hour != 12}
    workspace = taken(tmp_path, hours(1, level, start=datetime(2022, 6, 1, 6)))
    assess_sound(workspace, [2022])
    found = ask(workspace, "sound.zone_day_rate", period="2022-06")
    assert (found.exact, found.status, found.n_valid, found.n_expected) == (None, "insufficient", 0, 1)
    assert "小时数不足 16 个" in found.reason
    assert "sound-practice:complete.hours" in found.unverified
    assert ask(workspace, "sound.ld", "sound:360100:zone:甲", "2022-06").status == "insufficient"


def test_from_2025_the_rate_says_that_its_rule_is_not_known(tmp_path: Path) -> None:
    table = "点位名称,城市,监测日期,功能区类别,昼间,夜间\n甲,南昌,2025-04-01,2,58,49\n乙,南昌,2025-04-01,2,61,50\n"
    workspace = taken(tmp_path, table)
    assess_sound(workspace, [2025])
    found = ask(workspace, "sound.zone_day_rate", period="2025")
    assert (found.edition, str(found.display), found.status) == ("zones-2024", "50.0", "insufficient")
    assert "33号" in found.reason
    assert "zones-2024:zone.rate.method_2024" in found.unverified


def test_changes_provinces_and_the_common_door(tmp_path: Path) -> None:
    head = "网格编号,城市,监测日期,昼间等效声级\n"
    workspace = taken(tmp_path, head + "G1,南昌,2021-05-11,53.0\n", head + "G1,南昌,2022-05-11,54.2\nG2,九江,2022-05-11,50.2\n")
    assess_sound(workspace, [2021, 2022])
    step = ask(workspace, "sound.area_day.change")
    assert (str(step.display), step.unit, step.detail["base"]) == ("1.2", "dB(A)", "2021")
    province = ask(workspace, "sound.area_day", "360000")
    assert (province.value, province.n_valid, province.n_expected, province.status) == ("52.2", 2, 11, "insufficient")
    results = open_all(workspace)
    assert results.subjects("sound.area_day", level="city") == ["360100", "360400"]
    assert {f.subject for f in results.figures(periods=[parse("2022")], indicators=["sound.area_day"])} >= {"360000", "360100", "360400"}


def test_synthetic_files_mark_every_figure(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "w", create=True)
    path = tmp_path / "合成_area.csv"
    path.write_text("网格编号,城市,监测日期,昼间等效声级\nG1,南昌,2022-05-11,53.0\n", encoding="utf-8")
    ingest(workspace, [path])
    assess_sound(workspace, [2022])
    assert ask(workspace, "sound.area_day").synthetic
    assert ask(workspace, "sound.area_day").inputs
