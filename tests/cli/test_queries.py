"""assess, figures, rank, card and compare as a person calls them: output, JSON, exit codes, errors in words."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import command
from yangban.cli.main import VERBS
from yangban.readings.sample import write_sample

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def workspace(synthetic_year: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("queries") / "w"
    shutil.copytree(synthetic_year, place)
    return place


def _yangban(*words: str) -> tuple[int, str, str]:
    """The real command."""
    done = command.yangban(*words)
    return done.returncode, done.stdout, done.stderr


FIELDS = {
    "indicator", "subject", "subject_name", "subject_level", "period", "value", "display", "unit", "edition", "documents", "scope", "basis",
    "network", "synthetic", "status", "reason", "unverified", "n_valid", "n_expected",
}  # fmt: skip


def test_figures_json_has_every_field_of_the_contract(workspace: Path) -> None:
    code, out, _ = _yangban("figures", "-w", str(workspace), "--indicator", "air.pm25.mean", "--period", "2023-06", "--json")
    rows = json.loads(out)
    assert code == 0
    assert len(rows) == 12
    assert all(set(row) >= FIELDS for row in rows)
    assert {row["subject_level"] for row in rows} == {"province", "city"}
    assert all(row["synthetic"] for row in rows)
    assert all(len(row["inputs"]) == 64 for row in rows)


def test_figures_csv_is_one_table(workspace: Path) -> None:
    _, out, _ = _yangban("figures", "-w", str(workspace), "-i", "air.good_days", "-s", "南昌,360200", "-p", "2023-Q1", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["subject"] for row in rows] == ["360100", "360200"]
    assert set(rows[0]) >= FIELDS


def test_any_range_any_edition_any_day(workspace: Path) -> None:
    _, out, _ = _yangban(
        "figures", "-w", str(workspace), "-s", "南昌", "-p", "2023-01-01/2023-04-30", "-p", "2023-H1", "-p", "2023-05-02",
        "--edition", "2026-transitional", "--json",
    )  # fmt: skip
    rows = json.loads(out)
    assert {row["edition"] for row in rows} == {"gb3095-2026-transitional"}
    assert {row["period"] for row in rows} == {"2023-01-01/2023-04-30", "2023-H1", "2023-05-02"}
    (aqi,) = [row for row in rows if row["indicator"] == "air.aqi"]
    assert set(aqi["detail"]) == {"level", "category", "primary", "exceeding", "iaqi"}


def test_rank_json(workspace: Path) -> None:
    code, out, _ = _yangban("rank", "-w", str(workspace), "-i", "air.good_day_ratio", "-p", "2023", "--level", "city", "--json")
    rows = json.loads(out)
    assert code == 0
    assert [row["rank"] for row in rows] == sorted(row["rank"] for row in rows)
    shown = [float(row["display"]) for row in rows]
    assert shown == sorted(shown, reverse=True)
    assert all(row["of"] == 11 for row in rows)
    for row in rows:
        assert row["rank"] == 1 + sum(value > float(row["display"]) for value in shown)
        assert row["tied"] == (shown.count(float(row["display"])) > 1)


def test_rank_first_and_last(workspace: Path) -> None:
    _, out, _ = _yangban("rank", "-w", str(workspace), "-i", "air.pm25.mean", "-p", "2023", "--top", "2", "--bottom", "2", "--json")
    ranks = [row["rank"] for row in json.loads(out)]
    assert ranks[0] == 1
    assert len(ranks) >= 4


def test_card_and_compare_for_people_say_that_it_is_synthetic(workspace: Path) -> None:
    for words in (("card",), ("card", "--region", "南昌"), ("compare", "--region", "江西", "--period", "2023"), ("figures", "-s", "南昌")):
        code, out, _ = _yangban(*words, "-w", str(workspace))
        assert code == 0
        assert "合成数据" in out


def test_assess_says_which_places_fall_short_and_exits_with_1(tmp_path: Path) -> None:
    write_sample("360000", year=2023, out=tmp_path / "sample", one_file=True)
    (file,) = (tmp_path / "sample").iterdir()
    import gzip

    lines = gzip.decompress(file.read_bytes()).decode().splitlines(keepends=True)
    short = tmp_path / "synthetic-short.csv"
    short.write_text("".join([lines[0], *(line for line in lines[1:] if line < "20230701")]), encoding="utf-8")
    _yangban("ingest", str(short), "-w", str(tmp_path / "w"))
    code, out, _ = _yangban("assess", "--year", "2023", "-w", str(tmp_path / "w"))
    assert code == 1
    assert "数据不足或不适用" in out
    assert "南昌市" in out
    code, out, _ = _yangban("assess", "--year", "2023", "-w", str(tmp_path / "w"), "--json")
    content = json.loads(out)
    assert (code, content["insufficient"] > 0, content["runs"][0]["subjects"]) == (1, True, 11)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("figures", "-i", "air.pm25.avg"), "air.pm25.mean"),
        (("figures", "-s", "西湖区"), "西湖区"),
        (("figures", "-s", "乌有市"), "乌有市"),
        (("figures", "-p", "2023-13"), "2023-13"),
        (("figures", "--edition", "2019"), "2019"),
        (("rank", "-i", "air.pm25.mean", "-p", "2023", "--level", "town"), "--level"),
        (("compare", "-r", "江西", "-p", "2023", "--editions", "2012"), "at least two"),
        (("assess", "--year", "1999"), "1999"),
        (("assess", "--runner", "cloud"), "--runner"),
        (("assess", "--medium", "soil"), "--medium"),
        (("figures", "-i", "air.pm25.mean.change", "--base", "last"), "--base"),
    ],
)
def test_unusable_arguments_exit_with_2_and_say_what_to_do(workspace: Path, words: tuple[str, ...], said: str) -> None:
    code, out, err = _yangban(*words, "-w", str(workspace))
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_a_workspace_that_is_none_and_one_without_results(tmp_path: Path, workspace: Path) -> None:
    for words in (("figures",), ("card",), ("assess",), ("rank", "-i", "air.pm25.mean", "-p", "2023")):
        code, _, err = _yangban(*words, "-w", str(tmp_path / "absent"))
        assert code == 2
        assert "yangban ingest" in err
    assert workspace.is_dir()


def test_help_lists_every_verb_and_every_verb_has_help() -> None:
    _, out, _ = _yangban("--help")
    for verb in VERBS:
        assert verb in out
        code, text, _ = _yangban(verb, "--help")
        assert code == 0
        assert "--json" in text or "COMMAND" in text or verb in {"sample", "report", "export"}
