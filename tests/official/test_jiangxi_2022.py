"""Jiangxi 2022 from real readings, from the command line to the Figures: beside what the province and its cities published.

Source of the published values: ../shared/data/official/jiangxi_published_2022.csv (press briefings and municipal disclosures).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from yangban.cli.main import app

pytestmark = pytest.mark.shared
EDITIONS = "2012,2026-transitional"


@pytest.fixture(scope="module")
def workspace(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("jiangxi") / "workspace"
    _run("ingest", str(shared_data / "air" / "jiangxi_city_hourly_2022.csv.gz"), "-w", str(place), "--json")
    _run("assess", "--year", "2022", "-w", str(place), "--json")
    return place


def _run(*words: str) -> Any:
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def _one(workspace: Path, word: str, subject: str, period: str = "2022", edition: str = "2012") -> dict[str, Any]:
    (row,) = _run("figures", "-w", str(workspace), "-i", word, "-s", subject, "-p", period, "--edition", edition, "--json")
    return row


def test_province_2012(workspace: Path) -> None:
    ratio = _one(workspace, "air.good_day_ratio", "江西")
    assert (ratio["value"][:7], ratio["display"], ratio["status"]) == ("92.1184", "92.1", "ok")
    assert ratio["unverified"]
    pm25 = _one(workspace, "air.pm25.mean", "360000")
    assert (pm25["value"], pm25["display"]) == ("27.065444", "27")
    assert _one(workspace, "air.o3_8h.p90", "360000")["value"] == "148.544643"
    assert _one(workspace, "air.co.p95", "360000")["value"] == "1.037273"
    assert (ratio["n_valid"], ratio["n_expected"], ratio["subject_level"], ratio["edition"]) == (11, 11, "province", "gb3095-2012")
    assert {"gb3095-2012", "hj633-2012", "hj663-2013", "ranking-2018"} <= set(ratio["documents"])
    assert (ratio["scope"], ratio["basis"], ratio["network"], ratio["synthetic"]) == ("as_monitored", "realtime", "state", False)


@pytest.mark.parametrize(
    ("city", "good", "valid", "ratio"), [("南昌", "312", "363", "86.0"), ("宜春", "341", "362", "94.2"), ("景德镇", "358", "362", "98.9")]
)
def test_good_days(workspace: Path, city: str, good: str, valid: str, ratio: str) -> None:
    words = ("air.good_days", "air.valid_days", "air.good_day_ratio")
    assert tuple(_one(workspace, word, city)["display"] for word in words) == (good, valid, ratio)


@pytest.mark.parametrize(
    ("city", "edition", "index"),
    [
        ("南昌", "2012", "3.65"),
        ("宜春", "2012", "3.39"),
        ("抚州", "2012", "2.87"),
        ("九江", "2012", "3.63"),
        ("南昌", "2026-transitional", "3.92"),
        ("抚州", "2026-transitional", "3.08"),
    ],
)
def test_composite(workspace: Path, city: str, edition: str, index: str) -> None:
    assert _one(workspace, "air.composite_index", city, edition=edition)["display"] == index


def test_2026_transitional(workspace: Path) -> None:
    assert _one(workspace, "air.good_day_ratio", "360000", edition="2026-transitional")["value"][:7] == "89.4573"
    assert _one(workspace, "air.good_days", "南昌", edition="gb3095-2026-transitional")["display"] == "300"
    assert _one(workspace, "air.valid_days", "南昌", edition="2026-transitional")["display"] == "363"


def test_june(workspace: Path) -> None:
    """13 June lacks nine hours in the real-time file, so each city has 29 valid days; published were 15 and 97.6."""
    assert _one(workspace, "air.pm25.mean", "360000", "2022-06")["value"] == "15.145868"
    june = _one(workspace, "air.good_day_ratio", "360000", "2022-06")
    assert (june["value"], june["display"]) == ("97.492163", "97.5")
    day = _one(workspace, "air.aqi", "南昌", "2022-06-13")
    assert (day["value"], day["status"]) == (None, "insufficient")


def test_ranking_of_june_beside_the_published_one(workspace: Path) -> None:
    """The published order (1 鹰潭; 2 赣州; 3 抚州; 4 南昌; 5 景德镇, 九江, 上饶; 8 吉安; 9 萍乡, 宜春; 11 新余) rests on audited readings;

    the real-time order has the same first four and the same last three.
    """
    rows = _run("rank", "-w", str(workspace), "-i", "air.pm25.mean", "-p", "2022-06", "--level", "city", "--json")
    assert [r["subject_name"] for r in rows[:4]] == ["鹰潭市", "赣州市", "抚州市", "南昌市"]
    assert {r["subject_name"] for r in rows[-3:]} == {"宜春市", "萍乡市", "新余市"}
    assert [r["rank"] for r in rows] == [1, 1, 3, 4, 5, 6, 6, 6, 9, 10, 10]
    assert all(r["of"] == 11 for r in rows)


def test_card(workspace: Path) -> None:
    card = _run("card", "-w", str(workspace), "--region", "江西", "--year", "2022", "--json")
    assert "92.1%" in card["paragraph"]
    assert "27微克/立方米" in card["paragraph"]
    lines = {line["indicator"]: line for line in card["lines"]}
    assert lines["air.good_day_ratio"]["published"]["value"] == "92.1"
    assert lines["air.good_day_ratio"]["agrees"] is True
    assert lines["air.pm25.mean"]["agrees"] is True
    places = {row["subject_name"]: row for row in card["places"]}
    assert places["宜春市"]["published"]["air.composite_index"]["value"] == "3.41"
    assert any("审核" in note and "实况" in note for note in card["notes"])


def test_compare(workspace: Path) -> None:
    table = _run("compare", "-w", str(workspace), "--region", "360000", "--period", "2022", "--editions", EDITIONS, "--json")
    ratio = next(row for row in table["headline"] if row["indicator"] == "air.good_day_ratio")
    assert ratio["differences"] == {"gb3095-2026-transitional": "-2.6"}
    assert {e: f["display"] for e, f in ratio["figures"].items()} == {"gb3095-2012": "92.1", "gb3095-2026-transitional": "89.5"}
