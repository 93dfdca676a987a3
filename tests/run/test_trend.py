"""Trends of air and water as Figures: the rank correlation by hand, what is missing, and the command."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

from yangban.base.errors import UsageError
from yangban.base.periods import parse
from yangban.cli.main import app
from yangban.readings.intake import ingest
from yangban.readings.sections import Section, save_rows
from yangban.readings.workspace import Workspace
from yangban.run.local import assess_air
from yangban.run.trend import series
from yangban.run.water import assess_water

PARTICLES = {1: 50, 2: 45, 3: 46, 4: 40, 5: 38}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day of PM2.5 in each of five months for a city, and six months of phosphorus for a section of which one is missing."""
    folder = tmp_path_factory.mktemp("trend")
    made = Workspace.open(folder / "w", create=True)
    lines = ["date,hour,type,长沙"]
    for month, value in PARTICLES.items():
        hours = (datetime(2022, month, 10) + timedelta(hours=hour) for hour in range(1, 25))
        lines += [f"{label:%Y%m%d},{label.hour},PM2.5,{value}" for label in hours]
    (folder / "air.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    values = {1: "0.06", 2: "0.07", 3: "0.08", 4: "0.09", 6: "0.10"}
    rows = "".join(f"湖南省,{name},2022-0{month},{tp}\n" for month, tp in values.items() for name in ("甲",))
    (folder / "water.csv").write_text("省份,断面名称,月份,总磷(mg/L)\n" + rows, encoding="utf-8")
    with made.writing():
        save_rows(made, [Section("430000", "甲", city="430100")])
    ingest(made, [folder / "air.csv", folder / "water.csv"])
    assess_air(made, [2022])
    assess_water(made, [2022])
    return made.path


def _trend(workspace: Path, *words: str) -> list[dict[str, object]]:
    done = CliRunner().invoke(app, ["trend", "-w", str(workspace), *words, "--json"], catch_exceptions=False)
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def test_air_falls_at_the_critical_value(workspace: Path) -> None:
    """Ranks 5 3 4 2 1 against 1 to 5: the squares of the differences sum to 16 + 1 + 1 + 4 + 16 = 38, r = 1 - 6 x 38 / 120 = -0.9."""
    (found,) = _trend(workspace, "-i", "air.pm25.mean", "-s", "长沙", "--from", "2022-01", "--to", "2022-05")
    assert (found["indicator"], found["period"], found["value"], found["display"]) == (
        "air.pm25.mean.trend", "2022-01-01/2022-05-31", "-0.9", "-0.900",
    )  # fmt: skip
    detail = found["detail"]
    assert isinstance(detail, dict)
    assert (detail["direction"], detail["critical"], [each["display"] for each in detail["series"]]) == (
        "falling", "0.900", ["50", "45", "46", "40", "38"],
    )  # fmt: skip
    assert (found["status"], found["n_valid"]) == ("insufficient", 5), "a day is no month"
    strict = _trend(workspace, "-i", "air.pm25.mean", "-s", "长沙", "--from", "2022-01", "--to", "2022-05", "--level", "0.01")[0]["detail"]
    assert isinstance(strict, dict)
    assert (strict["direction"], strict["critical"]) == ("steady", "1.000")


def test_water_rises_and_says_which_month_is_missing(workspace: Path) -> None:
    (found,) = _trend(workspace, "-i", "water.tp.mean", "-s", "section:430000:甲", "--from", "2022-01", "--to", "2022-06")
    detail = found["detail"]
    assert isinstance(detail, dict)
    assert (found["value"], detail["direction"], found["reason"]) == ("1", "rising", "没有值的时段：2022-05")
    assert "assess-2011:trend.spearman.critical" in str(found["unverified"])
    (few,) = _trend(workspace, "-i", "water.tp.mean", "-s", "section:430000:甲", "--from", "2022-01", "--to", "2022-04")
    assert (few["value"], few["status"]) == (None, "insufficient")
    assert "至少需要 5 个" in str(few["reason"])


def test_periods_are_of_one_kind_and_in_order(workspace: Path) -> None:
    assert len(series(parse("2020"), parse("2022"))) == 3
    for first, last in (("2020", "2022-01"), ("2022", "2020"), ("2022-01-01", "2022-01-03")):
        with pytest.raises(UsageError):
            series(parse(first), parse(last))
    done = CliRunner().invoke(
        app, ["trend", "-w", str(workspace), "-i", "water.tp.mean", "-s", "section:430000:甲", "--from", "2022-01", "--to", "2022-06"]
    )
    assert ("上升" in done.stdout, "没有值的时段" in done.stdout) == (True, True)


def test_the_command_for_deductions(workspace: Path) -> None:
    words = ["sections", "deduct", "-w", str(workspace), "-s", "section:430000:甲", "-p", "2022-06", "--item", "tp", "--kind", "background"]
    done = CliRunner().invoke(app, [*words, "--document", "某批复", "--by", "李四", "--json"], catch_exceptions=False)
    assert json.loads(done.stdout)["document"] == "某批复"
    figures = ["figures", "-w", str(workspace), "-s", "section:430000:甲", "-p", "2022-06", "-i", "water.target_met", "--json"]
    (none,) = json.loads(CliRunner().invoke(app, figures, catch_exceptions=False).stdout)
    assert none["status"] == "not_applicable", "no target is registered"
    bad = CliRunner().invoke(app, [*words, "--document", "某批复", "--by", "李四", "--amount", "abc"])
    assert isinstance(bad.exception, UsageError)
    assert Fraction(none["n_expected"]) == 1
