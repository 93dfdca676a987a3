"""dispatch, calendar, episodes, rose and cumulative as a person calls them: one screen, JSON, marks of synthetic readings, errors."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from yangban.base.errors import UnknownPeriod, UsageError
from yangban.cli.main import app

TARGET = """
[[target]]
indicator = "air.pm25.mean"
subject = "360100"
period = "2023"
value = "35"
unit = "µg/m³"
direction = "at_most"
met_by = "rounded"
source = "目标示例"
confidence = "unverified"

[[target]]
indicator = "air.good_days"
subject = "360100"
period = "2023-06"
value = "29"
unit = "d"
direction = "at_least"
source = "目标示例"
confidence = "unverified"
"""


@pytest.fixture(scope="module")
def workspace(synthetic_year: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("everyday")
    shutil.copytree(synthetic_year, folder / "w")
    (folder / "targets.toml").write_text(TARGET, encoding="utf-8")
    return folder


def _text(workspace: Path, verb: str, *words: str) -> str:
    result = CliRunner().invoke(app, [verb, "-w", str(workspace / "w"), *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def _json(workspace: Path, verb: str, *words: str) -> Any:
    return json.loads(_text(workspace, verb, *words, "--json"))


def test_dispatch_fits_one_screen_and_says_all(workspace: Path) -> None:
    text = _text(workspace, "dispatch", "-r", "南昌", "-d", "2023-06-13", "--targets", str(workspace / "targets.toml"), "--last", "5")
    assert "南昌市 2023-06-13 空气质量日调度　（合成数据，不是监测结果）" in text
    for said in (
        "6月1日—6月13日",
        "1月1日—6月13日",
        "µg/m³",
        "江西省各设区城市（11/11 有数据）",
        "目标来源：目标示例（未核对）",
        "当日小时",
    ):
        assert said in text
    assert "按修约值（本目标）余下 201 天均值 ≤" in text
    assert "后 5 名内" in text
    assert len(text.splitlines()) <= 60


def test_dispatch_json_has_the_contract(workspace: Path) -> None:
    made = _json(workspace, "dispatch", "-r", "360100", "-d", "2023-06-13", "--targets", str(workspace / "targets.toml"))
    assert set(made) >= {"region", "date", "as_of", "month", "year", "ranks", "targets", "hours", "last_ten"}
    assert made["synthetic"]
    assert (made["date"], made["as_of"], made["month"]["period"]) == ("2023-06-13", "2023-06-14T00:00", "2023-06-01/2023-06-13")
    assert {(r["span"], r["by"]) for r in made["ranks"]} == {("month", "value"), ("month", "change"), ("year", "value"), ("year", "change")}
    mean, days = made["targets"]
    assert set(mean) >= {"value", "direction", "met_by", "source", "confidence", "now", "rest_days", "rounded", "unrounded"}
    assert mean["rest_days"] == 201
    assert set(days) >= {"count", "rest_days"}
    assert days["count"]["needed"] == str(max(0, 29 - int(days["now"]["display"])))


def test_dispatch_of_a_province_lists_its_cities_hours(workspace: Path) -> None:
    text = _text(workspace, "dispatch", "-r", "江西", "-d", "2023-06-13")
    assert "各城市最新一小时" in text
    assert "不可比" in text, "the province's targets of 2023 are of another scope"


def test_dispatch_wants_a_day(workspace: Path) -> None:
    with pytest.raises(UnknownPeriod, match="2023-06"):
        _text(workspace, "dispatch", "-r", "南昌", "-d", "2023-06")


def test_calendar(workspace: Path) -> None:
    text = _text(workspace, "calendar", "-r", "南昌", "-y", "2023")
    assert "南昌市 2023 年 AQI 日历（合成数据，不是监测结果）" in text
    assert sum(line.lstrip().startswith(tuple(f"{n}月 " for n in range(1, 13))) for line in text.splitlines()) == 12
    made = _json(workspace, "calendar", "-r", "南昌", "-y", "2023")
    assert len(made["days"]) == 365
    assert sum(made["counts"].values()) + made["missing"] + made["insufficient"] == 365
    shown = [row for line in text.splitlines() if "月 " in line for row in line.split("月 ")[1].split()]
    assert shown.count("·") == made["missing"]
    assert all(day["aqi"] is None or day["aqi"] > 0 for day in made["days"])


def test_episodes(workspace: Path) -> None:
    made = _json(workspace, "episodes", "-r", "江西", "-p", "2023", "--min-days", "2")
    assert made
    assert all(each["days"] >= 2 and each["days"] == len(each["aqi"]) and min(each["aqi"]) > 100 for each in made)
    text = _text(workspace, "episodes", "-r", "江西", "-p", "2023", "--min-days", "2")
    assert f"共 {len(made)} 次" in text
    assert "合成数据" in text


def test_rose(workspace: Path) -> None:
    made = _json(workspace, "rose", "-r", "南昌", "-p", "2023")
    assert set(made["pollutants"]) == {"pm25", "pm10", "so2", "no2", "co", "o3"}
    assert all(len(hours) == 24 for months in made["pollutants"].values() for hours in months.values())
    text = _text(workspace, "rose", "-r", "南昌", "-p", "2023", "--show", "co")
    assert "CO 小时均值（mg/m³）（合成数据，不是监测结果）" in text
    assert "污染小时数" in _text(workspace, "rose", "-r", "南昌", "-p", "2023", "--show", "polluted")
    with pytest.raises(UsageError, match="--show"):
        _text(workspace, "rose", "-r", "南昌", "-p", "2023", "--show", "pb")


def test_cumulative(workspace: Path) -> None:
    means, ratio = _json(workspace, "cumulative", "-r", "江西", "-y", "2023")
    assert (means["indicator"], ratio["indicator"]) == ("air.pm25.mean", "air.good_day_ratio")
    assert len(means["days"]) == 365
    assert means["days"][-1]["this"] == means["marks"][-1]["this"]["value"]
    assert "没有对比期" in _text(workspace, "cumulative", "-r", "江西", "-y", "2023")


def test_rank_by_change_from_the_worst_and_over_a_rolling_year(workspace: Path) -> None:
    with pytest.raises(UsageError, match="change"):
        _text(workspace, "rank", "-i", "air.pm25.mean", "-p", "2023", "--deterioration")
    text = _text(workspace, "rank", "-i", "air.pm25.mean.change", "-p", "2023-06", "--base", "mom", "--deterioration")
    assert "2023-06 PM2.5平均浓度变化恶化排名" in text
    rows = _json(workspace, "rank", "-i", "air.pm25.mean.change", "-p", "2023-06", "--base", "mom")
    placed = [float(r["display"]) for r in rows if r["rank"]]
    assert placed == sorted(placed), "the most improved first"
    rolling = _json(workspace, "rank", "-i", "air.pm25.mean", "-p", "2023-03-01/2023-11-30")
    assert [r["of"] for r in rolling] == [11] * 11
