"""release and export as a person calls them: output, JSON, exit codes, errors in words."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import command


def _yangban(*words: str) -> tuple[int, str, str]:
    """The real command."""
    done = command.yangban(*words)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def once(synthetic_year: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic year of Jiangxi, and its first quarter released."""
    place = tmp_path_factory.mktemp("release") / "w"
    shutil.copytree(synthetic_year, place)
    done = _yangban("release", "create", "--period", "2023-Q1", "--note", "一季度", "-w", str(place))
    assert done[0] == 0, done
    return place


@pytest.fixture
def workspace(once: Path, tmp_path: Path) -> Path:
    shutil.copytree(once, tmp_path / "w")
    return tmp_path / "w"


def test_create_list_show_verify(workspace: Path) -> None:
    code, out, _ = _yangban(
        "release", "create", "-w", str(workspace), "-p", "2023-02", "--number", "赣环字〔2023〕1号",
        "--corrects", "1", "--why", "改时段", "--json",
    )  # fmt: skip
    made = json.loads(out)
    assert (code, made["number"], made["corrects"], made["synthetic"]) == (0, 2, 1, True)
    assert (made["subjects"], made["periods"], made["through"]) == (12, 1, "2023-02-28")
    code, out, _ = _yangban("release", "list", "-w", str(workspace), "--json")
    rows = json.loads(out)
    assert [(row["number"], row["corrected_by"]) for row in rows] == [(1, 2), (2, None)]
    assert rows[1]["chain"] == rows[0]["digest"]
    code, out, _ = _yangban("release", "list", "-w", str(workspace))
    assert "已由第 2 号更正" in out.replace("\n", "")
    code, out, _ = _yangban("release", "show", "2", "-w", str(workspace))
    assert code == 0
    assert "更正：第 1 号：改时段" in out
    assert "文号：赣环字〔2023〕1号" in out
    assert "合成数据" in out
    code, out, _ = _yangban("release", "show", "1", "-w", str(workspace), "--json")
    assert json.loads(out)["note"] == "一季度"
    for words in ([], ["1"]):
        code, out, _ = _yangban("release", "verify", *words, "-w", str(workspace))
        assert code == 0, out
        assert "可以复现" in out


def test_verify_fails_with_exit_code_1_and_names_the_place(workspace: Path) -> None:
    (workspace / "templates").mkdir()
    assert _yangban("release", "create", "-w", str(workspace), "-p", "2023-02")[0] == 0
    raw = sorted((workspace / "raw").iterdir())[0]
    raw.write_bytes(raw.read_bytes() + b"\n")
    code, out, _ = _yangban("release", "verify", "-w", str(workspace))
    assert code == 1
    assert f"不符：raw/{raw.name}" in out
    assert "第 2 号发布不能复现：1 处不符" in out
    code, out, _ = _yangban("release", "verify", "1", "-w", str(workspace), "--json")
    found = json.loads(out)
    assert (code, found["reproduces"], found["sha256"] == found["recomputed"]) == (1, False, True)
    assert [(each["what"], each["fails"]) for each in found["findings"]] == [("raw", True)]


def test_export_writes_every_form_and_says_what_is_lacking(workspace: Path, tmp_path: Path) -> None:
    code, out, _ = _yangban("export", "-w", str(workspace), "--format", "csvw,sdmx,geojson", "--out", str(tmp_path / "o"))
    assert code == 0
    assert {path.name for path in (tmp_path / "o").iterdir()} == {
        "figures.csv", "figures.csv-metadata.json", "figures.sdmx.csv", "structure.sdmx.json", "figures-2023-Q1-gb3095-2012.geojson"
    }  # fmt: skip
    assert "未注明许可" in out
    assert "合成数据" in out
    code, out, _ = _yangban("export", "-w", str(workspace), "--format", "all", "--out", str(tmp_path / "all"), "--json")
    assert code == 0
    assert {Path(each["path"]).name for each in json.loads(out)["files"]} == {path.name for path in (tmp_path / "all").iterdir()}


def test_what_cannot_be_done_is_said_with_exit_code_2(workspace: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    shutil.copytree(workspace, empty, ignore=lambda _, names: [name for name in names if name == "0001"])
    for words, said in (
        (["export", "-w", str(empty), "--format", "csvw", "--out", str(tmp_path / "o")], "yangban release create"),
        (["export", "-w", str(workspace), "--format", "xls", "--out", str(tmp_path / "o")], "expected one or several of csv"),
        (["release", "verify", "-w", str(empty)], "yangban release create"),
        (["release", "show", "7", "-w", str(workspace)], "没有第 7 号发布"),
        (["release", "create", "-w", str(workspace), "--corrects", "1"], "--why"),
        (["release", "create", "-w", str(workspace), "--year", "2021"], "yangban assess --year 2021"),
    ):
        code, _, err = _yangban(*words)
        assert code == 2, words
        assert said in err, (words, err)
    code, out, _ = _yangban("release", "list", "-w", str(empty))
    assert (code, "还没有任何发布" in out) == (0, True)


def test_days_are_frozen_too_and_the_same_is_not_released_twice(workspace: Path) -> None:
    words = ("release", "create", "-w", str(workspace), "-p", "2023-01-01", "--only-new", "--json")
    first, second = (json.loads(_yangban(*words)[1])["number"] for _ in range(2))
    assert (first, second) == (2, 2)
    code, out, _ = _yangban("release", "create", "-w", str(workspace), "--year", "2023", "--days", "--only-new", "--json")
    made = json.loads(out)
    # A year has its standard periods (itself, 2 halves, 4 quarters, 12 months) and 365 days.
    assert (code, made["number"], made["periods"]) == (0, 3, 1 + 2 + 4 + 12 + 365)
