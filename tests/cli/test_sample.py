"""``yangban sample`` as it is typed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from yangban.cli.main import run


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["yangban", "sample", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        run()
    return ended.value.code if isinstance(ended.value.code, int) else 0


def test_it_writes_and_says_that_these_are_no_results(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert call(monkeypatch, "--region", "北京", "--year", 2023, "--out", tmp_path / "new") == 0
    out = capsys.readouterr().out
    assert "合成读数（不是监测结果）：2023 年，1 个城市：北京" in out
    assert f"yangban ingest {tmp_path / 'new'}" in out
    assert len(list((tmp_path / "new").glob("china_cities_synthetic_*.csv"))) == 366


def test_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert call(monkeypatch, "--region", "110000", "--year", 2023, "--out", tmp_path, "--seed", 3, "--one-file", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["synthetic"], found["files"], found["places"], found["seed"]) == (True, 1, ["北京"], 3)


def test_a_year_that_is_not_over_is_warned_about(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert call(monkeypatch, "--region", "北京", "--year", 2030, "--out", tmp_path, "--one-file") == 0
    assert "未来时刻的读数会被拒收" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"--year": 1999}, "2013"),
        ({"--year": 0}, "2013"),
        ({"--region": "无此地"}, "无此地"),
        ({"--level": "x"}, "city or station"),
        ({"--medium": "x"}, "air, water or nature"),
    ],
)
def test_unusable_arguments_end_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, changed: dict[str, object], told: str
) -> None:
    given = {"--region": "北京", "--year": 2023, "--out": tmp_path} | changed
    assert call(monkeypatch, *(part for pair in given.items() for part in pair)) == 2
    assert told in capsys.readouterr().err


def test_water_names_the_two_commands_that_take_it_in(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert call(monkeypatch, "--medium", "water", "--region", "北京", "--year", 2023, "--out", tmp_path / "new") == 0
    out = capsys.readouterr().out
    assert "合成数据（不是监测结果）：2023 年地表水，16 个示例断面" in out
    readings, sections = (tmp_path / "new" / f"synthetic-{what}-2023.csv" for what in ("water", "sections"))
    assert f"yangban sections import {sections} ；yangban ingest {readings}" in out
    assert sorted((tmp_path / "new").iterdir()) == [sections, readings]


def test_water_as_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert call(monkeypatch, "--medium", "water", "--region", "110000", "--year", 2023, "--out", tmp_path, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["synthetic"], found["sections"], len(found["files"])) == (True, 16, 2)
