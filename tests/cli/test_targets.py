"""``yangban targets``, ``path``, ``forecast`` and ``warnings`` on four made-up years of two cities."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from yangban.base.errors import BookError, InputError, UsageError
from yangban.cli.main import app

CITIES = {"南昌市": 0, "景德镇市": 10}
LEVEL = {1: 50, 2: 45, 3: 40, 4: 35, 5: 30, 6: 25, 7: 20, 8: 20, 9: 25, 10: 35, 11: 45, 12: 50}
TARGETS = """
[[target]]
indicator = "air.pm25.mean"
subject = "360100"
period = "2023"
value = "{value}"
unit = "µg/m³"
direction = "at_most"
source = "示例"
confidence = "unverified"
"""


def call(*arguments: Any, code: int = 0) -> Any:
    result = CliRunner().invoke(app, [str(each) for each in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout) if "--json" in arguments else result.stdout


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Audited-like ready days: 2019 to 2022 whole, 2023 to the end of March; 2020 and 2022 are 2 higher throughout, 2023 by 5."""
    folder = tmp_path_factory.mktemp("targets")
    lines = ["城市,日期,PM2.5,PM10,SO2,NO2,CO,O3_8h"]
    day = date(2019, 1, 1)
    while day <= date(2023, 3, 31):
        more = {2020: 2, 2022: 2, 2023: 5}.get(day.year, 0)
        lines += [f"{city},{day},{LEVEL[day.month] + more - less},60,8,20,0.6,90" for city, less in CITIES.items()]
        day += timedelta(days=1)
    (folder / "days.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    call("ingest", folder / "days.csv", "-w", folder / "w", "--basis", "audited")
    for year in range(2019, 2024):
        CliRunner().invoke(app, ["assess", "--year", str(year), "-w", str(folder / "w")], catch_exceptions=False)
    (folder / "w" / "targets.toml").write_text(TARGETS.format(value=40), encoding="utf-8")
    return folder / "w"


ASK = ("-r", "南昌", "-i", "air.pm25.mean", "-y", 2023, "--basis", "audited")


def test_path_value_gap_and_account(workspace: Path) -> None:
    found = call("path", *ASK, "-w", workspace, "--kind", "linear", "--json")
    assert [row["value"] for row in found["months"]] == ["55", "50", "45"]
    # (55 − 40) · 31 + (50 − 40) · 28 + (45 − 40) · 31 = 465 + 280 + 155 days times µg/m³ of debt.
    assert [row["cumulative"] for row in found["months"]] == ["-465", "-745", "-900"]
    assert found["value"] == "50"
    assert (found["gap"], found["through"], found["path_kind"]) == ("10", "2023-03", "linear")
    assert "累计盈亏" in call("path", *ASK, "-w", workspace)


def test_the_season_is_that_of_past_years(workspace: Path) -> None:
    found = call("path", *ASK, "-w", workspace, "--json")
    assert found["path_kind"] == "seasonal"
    days = sum(step["days"] * float(step["value"]) for step in found["path"])
    assert days == pytest.approx(40 * 365, abs=0.01), "its mean over the year is the target"
    assert float(found["path"][0]["value"]) > 50 > float(found["path"][2]["value"]), "January asks less than March"


def test_a_given_path_and_a_way_over_years(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "path.toml").write_text("[months]\n" + "\n".join(f'{n} = "{50 - n}"' for n in range(1, 13)), encoding="utf-8")
    found = call("path", *ASK, "-w", workspace, "--kind", "given", "--file", tmp_path / "path.toml", "--json")
    assert [row["gap"] for row in found["months"]] == ["6", "2", "-2"]
    (tmp_path / "later.toml").write_text(TARGETS.format(value=30).replace("2023", "2025"), encoding="utf-8")
    (tmp_path / "other").mkdir()
    between = call(
        "path", "-r", "南昌", "-i", "air.pm25.mean", "-y", 2022, "--basis", "audited", "-w", workspace, "--base-year", 2020, "--base", 46,
        "--json",
    )  # fmt: skip
    # From 46 in 2020 to 40 in 2023 two thirds of the way are 42.
    assert (between["asked"], between["target"]["period"]) == ("42", "2023")
    (tmp_path / "bad.toml").write_text("[months]\n1 = 5\n", encoding="utf-8")
    with pytest.raises(BookError, match=r"bad\.toml"):
        call("path", *ASK, "-w", workspace, "--kind", "given", "--file", tmp_path / "bad.toml")
    with pytest.raises(UsageError, match="--file"):
        call("path", *ASK, "-w", workspace, "--kind", "given")


def test_forecast_with_interval_and_score(workspace: Path) -> None:
    found = call("forecast", *ASK, "-w", workspace, "--json")
    made, score = found["forecast"], found["score"]
    assert (made["years"], made["year_to_date"], score["years"]) == (4, "50", 4)
    # A first quarter of 45 (47 with 2 more) stood before a rest of 8705 / 275 = 31.65 (33.65): ratios 0.7034 and 0.7160, twice each.
    # With 50 over 90 days the year comes to (4500 + 0.7034 · 50 · 275) / 365 = 38.83, or 39.30; the median lies half way.
    assert [round(float(made[key]), 2) for key in ("low", "value", "high")] == [38.83, 39.07, 39.30]
    assert made["promised"] == "0.6"
    said = call("forecast", *ASK, "-w", workspace)
    assert "据 4 个往年，区间所许的可能为 60.0%" in said
    assert "回测 4 年" in said


def test_warnings_of_a_region_and_below(workspace: Path, tmp_path: Path) -> None:
    (only,) = call("warnings", "-r", "南昌", "-y", 2023, "--basis", "audited", "-w", workspace, "--json")
    assert (only["warning"]["level"], only["warning"]["name"], only["warning"]["symbol"]) == ("green", "绿", "●")
    (tmp_path / "hard.toml").write_text(TARGETS.format(value=20), encoding="utf-8")
    (red,) = call(
        "warnings", "-r", "南昌", "-y", 2023, "--basis", "audited", "-w", workspace, "--targets", tmp_path / "hard.toml", "--json"
    )
    assert (red["warning"]["level"], red["warning"]["text"]) == ("red", "预测区间整个在目标之外")
    below = call("warnings", "-r", "江西", "-y", 2023, "--below", "--basis", "audited", "-w", workspace, "--json")
    signs = {(each["subject"], each["indicator"]): each["warning"]["level"] for each in below}
    assert signs["360100", "air.pm25.mean"] == "green"
    assert signs["360000", "water.good_ratio"] == "none", "a target without results has the sign for no data"
    table = call("warnings", "-r", "江西", "-y", 2023, "--below", "--basis", "audited", "-w", workspace)
    assert "● 绿" in table
    assert "○ 无数据" in table


def test_a_target_is_split_and_the_split_is_checked(workspace: Path, tmp_path: Path) -> None:
    parts = tmp_path / "parts.toml"
    lines = [TARGETS.format(value=value).replace("360100", f"36{n:02d}00") for n, value in enumerate([26] * 11, start=1)]
    parts.write_text("".join(lines), encoding="utf-8")
    ask = ("-r", "江西", "-i", "air.pm25.mean", "-y", 2023, "-w", workspace, "--targets", parts)
    found = call("targets", "check", *ask, "--json")
    assert (found["check"]["ok"], found["check"]["parts"], found["check"]["slack"]) == (True, "26", "0.4")
    parts.write_text("".join([*lines[:10], TARGETS.format(value=31).replace("360100", "361100")]), encoding="utf-8")
    # (10 · 26 + 31) / 11 = 26.4545, above 26.4.
    said = call("targets", "check", *ask, code=1)
    assert "不符合：各地目标合成 26.455 µg/m³，总目标 26.4 µg/m³" in said
    parts.write_text("".join(lines[:10]), encoding="utf-8")
    assert "上饶市没有分解到目标" in call("targets", "check", *ask, code=1)
    assert call("targets", "check", *ask, "--how", "each", "--json", code=1)["check"]["missing"] == ["361100"]
    weights = tmp_path / "weights.csv"
    weights.write_text("地区,权重\n" + "".join(f"36{n:02d}00,{1 if n < 11 else 0.5}\n" for n in range(1, 12)), encoding="utf-8")
    parts.write_text("".join([*lines[:10], TARGETS.format(value=31).replace("360100", "361100")]), encoding="utf-8")
    # (10 · 26 + 0.5 · 31) / 10.5 = 26.238.
    assert call("targets", "check", *ask, "--weights", weights, "--json")["check"]["parts"] == "26.238095"
    weights.write_text("南昌市,很多\n", encoding="utf-8")
    weights.write_text("南昌市,1\n九江市,很多\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"weights.csv:2"):
        call("targets", "check", *ask, "--weights", weights)


def test_a_split_that_is_written_can_be_checked(tmp_path: Path) -> None:
    """A synthetic year of the whole province: the draft fulfils the whole, and no place is let back."""
    call("sample", "--region", 360000, "--year", 2022, "--out", tmp_path / "s")
    call("ingest", tmp_path / "s", "-w", tmp_path / "w")
    CliRunner().invoke(app, ["assess", "--year", "2022", "-w", str(tmp_path / "w")], catch_exceptions=False)
    ask = ("-r", "江西", "-i", "air.pm25.mean", "-y", 2023, "-w", tmp_path / "w")
    made = call("targets", "split", *ask, "--out", tmp_path / "parts.toml", "--json")
    assert made["check"]["ok"]
    assert len(made["parts"]) == 11
    assert [part for part in made["parts"] if float(part["value"]) > float(part["now"]) + 0.5] == []
    again = call("targets", "check", *ask, "--targets", tmp_path / "parts.toml", "--json")
    assert again["check"] == made["check"]


def test_a_split_needs_a_value_of_every_place(workspace: Path) -> None:
    with pytest.raises(UsageError, match=r"没有可用的 air\.pm25\.mean"):
        call("targets", "split", "-r", "江西", "-i", "air.pm25.mean", "-y", 2023, "-w", workspace)
    with pytest.raises(UsageError, match="yangban targets list"):
        call("targets", "split", "-r", "江西", "-i", "air.o3_8h.p90", "-y", 2023, "-w", workspace)


def test_targets_are_listed_with_their_chinese_source(workspace: Path) -> None:
    listed = call("targets", "list", "-w", workspace, "--json")
    assert ("360100", "2023", "40") in {(t["subject"], t["period"], t["value"]) for t in listed}
    assert [t for t in listed if not (t["source_zh"] or t["source"]).strip()] == []
    assert "十四五" in call("targets", "list", "-w", workspace, "-r", "江西")


def test_what_cannot_be_asked_is_refused(workspace: Path, tmp_path: Path) -> None:
    for words, said in (
        (("path", "-r", "南昌", "-i", "air.so2.mean", "-y", 2023), "没有 air.so2.mean"),
        (("path", *ASK, "--base-year", 2020), "--base"),
        (("path", *ASK, "--kind", "steep"), "--kind"),
        (("path", *ASK, "--rules", "none"), "预警规则"),
        (("warnings", "-r", "九江", "-y", 2023), "没有 2023 年或以后的目标"),
    ):
        with pytest.raises(UsageError, match=said):
            call(*words, "-w", workspace)
