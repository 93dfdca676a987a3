"""Jiangxi's water of 2022 from the real snapshots, from the command line: monthly and yearly results with their coverage.

Published for June 2022: 96.2 % of state-controlled sections good (../shared/data/official). The file holds automatic readings of 23 of 30
days of five of the 21 items, unreviewed, so 94.5 % (69 of 73 sections with the pack's list of lakes) is what these readings give; the
Figure says that it is insufficient and names the sections without data.
"""

from __future__ import annotations

import csv
import gzip
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from yangban.cli.main import app

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def workspace(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("water") / "workspace"
    _run("ingest", str(shared_data / "water" / "jiangxi_water_auto_2022_snapshots.csv.gz"), "-w", str(place), "--json")
    _run("assess", "--medium", "water", "-w", str(place), "--json")
    return place


def _run(*words: str) -> Any:
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code in {0, 1}, result.output
    return json.loads(result.stdout)


def _figures(workspace: Path, subject: str, period: str, *words: str, scope: str = "as_monitored") -> dict[str, dict[str, Any]]:
    options = [part for word in words for part in ("-i", word)]
    rows = _run("figures", "-w", str(workspace), "-s", subject, "-p", period, *options, "--scope", scope, "--json")
    return {row["indicator"]: row for row in rows}


def test_june(workspace: Path) -> None:
    found = _figures(workspace, "江西", "2022-06", "water.good_ratio", "water.sections", "water.state", "water.inferior_ratio")
    ratio = found["water.good_ratio"]
    assert (ratio["display"], ratio["status"], ratio["n_valid"], ratio["n_expected"]) == ("94.5", "insufficient", 73, 82)
    assert "73" in ratio["reason"]
    assert ratio["unverified"]
    assert found["water.state"]["detail"]["state"] == "优"
    assert found["water.inferior_ratio"]["display"] == "0.0"


def test_months_without_data_and_the_year_are_insufficient(workspace: Path) -> None:
    august = _figures(workspace, "江西", "2022-08", "water.good_ratio")["water.good_ratio"]
    assert (august["value"], august["status"]) == (None, "insufficient")
    year = _figures(workspace, "江西", "2022", "water.good_ratio")["water.good_ratio"]
    assert (year["display"], year["status"], year["n_valid"]) == ("96.2", "insufficient", 0)


def test_a_section_a_lake_and_a_river(workspace: Path) -> None:
    section = _figures(workspace, "section:360000:康山", "2022-06", "water.class", "water.tp.mean")
    assert (section["water.class"]["value"], section["water.class"]["detail"]["class"]) == ("4", "Ⅳ")
    assert section["water.class"]["detail"]["deciding"] == ["tp"]
    lake = _figures(workspace, "section:360000:康山", "2022-06", "water.tli")["water.tli"]
    assert (lake["value"], lake["status"]) == (None, "insufficient")
    river = _figures(workspace, "river:360000:赣江", "2022-06", "water.good_ratio")["water.good_ratio"]
    assert (river["display"], river["subject_level"]) == ("100.0", "river")


def test_ranking_by_index_and_the_automatic_scope(workspace: Path) -> None:
    rows = _run("rank", "-w", str(workspace), "-i", "water.cwqi", "-p", "2022-06", "--level", "city", "--include-insufficient", "--json")
    assert [row["rank"] for row in rows] == list(range(1, 12))
    shown = [float(row["display"]) for row in rows]
    assert shown == sorted(shown)
    auto = _figures(workspace, "江西", "2022-06", "water.good_ratio", scope="auto_only")["water.good_ratio"]
    assert (auto["display"], auto["scope"]) == ("94.5", "auto_only")


def test_the_ratio_of_june_leads_to_lines_of_the_real_file(workspace: Path, shared_data: Path) -> None:
    """Province, worst section, readings of the item that decides: each line that is named holds the text that is shown."""
    (made,) = _run("explain", "-w", str(workspace), "-i", "water.good_ratio", "-s", "江西", "-p", "2022-06", "--json")
    assert (made["how"]["step"], made["how"]["hits"], made["how"]["n"]) == ("SectionShare", 69, 73)
    last = made["opened"]
    assert (last["figure"]["subject"], last["how"]["deciding"]) == ("section:360000:康山", ["tp"])
    with gzip.open(shared_data / "water" / "jiangxi_water_auto_2022_snapshots.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    name, time, column = (rows[0].index(head) for head in ("断面名称", "监测时间", next(h for h in rows[0] if h.startswith("总磷"))))
    (phosphorus,) = (each for each in last["averages"] if each["item"] == "tp")
    used = [reading for reading in phosphorus["readings"] if not reading["reason"]]
    assert Fraction(phosphorus["value"]["fraction"]) == sum(Fraction(reading["value"]) for reading in used) / len(used)
    checked = 0
    for reading in phosphorus["readings"]:
        assert [origin["used"] for origin in reading["origins"]][-1:] == [True]
        for origin in reading["origins"]:
            row = rows[origin["line"] - 1]
            assert (row[name], row[time].strip(), row[column]) == ("康山", reading["time"][5:16].replace("T", " "), origin["text"])
            checked += 1
        assert Fraction(reading["origins"][-1]["text"]) == Fraction(reading["value"])
    assert checked > len(used)


def test_changes_name_their_base(workspace: Path) -> None:
    step = _figures(workspace, "江西", "2022-06", "water.good_ratio.change")["water.good_ratio.change"]
    assert (step["value"], step["status"]) == (None, "insufficient")
    rows = _run("figures", "-w", str(workspace), "-s", "江西", "-p", "2022-06", "-i", "water.good_ratio.change", "--base", "mom", "--json")
    assert (rows[0]["unit"], rows[0]["detail"]["base"]) == ("percentage point", "2022-05")
