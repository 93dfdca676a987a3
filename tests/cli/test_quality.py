"""``yangban quality`` as a person and as a script meet it."""

from __future__ import annotations

import json
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import command
from yangban.readings.intake import ingest
from yangban.readings.signals import RULES
from yangban.readings.workspace import Workspace


def yangban(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return command.yangban("quality", *words, "-w", "w", cwd=cwd)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = ["subject,time,pm25"]
    for k in range(72):
        value = 30 + 7 * (k % 24) % 23 if k < 48 else 60 + 5 * k % 17
        lines.append(f"南昌市,{datetime(2022, 6, 1) + timedelta(hours=k + 1):%Y-%m-%d %H:%M},{value}")
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ingest(Workspace.open(tmp_path / "w", create=True), [path])
    return tmp_path


def test_signals_are_told_with_evidence_and_no_verdict(folder: Path) -> None:
    done = yangban("--region", "江西", "--period", "2022-06", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("1 个地方和点位", "不是结论", "与前日数据段相同", "南昌市", "PM2.5 连续 24 小时与 1 天前同一时段逐时相同", "没有点位数据"):
        assert word in done.stdout
    assert all(rule in done.stdout for rule in RULES)


def test_json(folder: Path) -> None:
    told = json.loads(yangban("--subject", "南昌", "--json", cwd=folder).stdout)
    assert (told["period"], told["basis"], told["subjects"], told["flags"]) == ("2022", "realtime", ["360100"], [])
    (signal,) = told["signals"]
    assert set(signal) == {
        "rule", "name", "subject", "subject_name", "pollutant", "from", "to", "evidence", "sentence", "threshold", "why",
    }  # fmt: skip
    assert (signal["rule"], signal["subject_name"], signal["from"], signal["to"]) == (
        "copied_block",
        "南昌市",
        "2022-06-02 01:00",
        "2022-06-03 00:00",
    )
    assert json.loads(yangban("--rule", "spike", "--json", cwd=folder).stdout)["signals"] == []
    alone = json.loads(yangban("--period", "2022-06-02", "--json", cwd=folder).stdout)["signals"]
    assert alone == told["signals"], "the day before the period is looked at too"
    assert json.loads(yangban("--period", "2022-06-03", "--json", cwd=folder).stdout)["signals"] == []


def test_synthetic_readings_are_said_to_be_so(tmp_path: Path) -> None:
    assert command.yangban("sample", "--region", "360100", "--year", "2023", "--out", "s", cwd=tmp_path).returncode == 0
    ingest(Workspace.open(tmp_path / "w", create=True), [tmp_path / "s"])
    assert json.loads(yangban("--period", "2023-01", "--json", cwd=tmp_path).stdout)["synthetic"] is True
    assert "合成数据" in yangban("--period", "2023-01", cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--rule", "fraud"), "没有规则"),
        (("--region", "江西", "--subject", "南昌"), "只能写一个"),
        (("--subject", "1299A"), "没有读数"),
        (("--region", "亚特兰蒂斯"), "亚特兰蒂斯"),
    ],
)
def test_what_cannot_be_looked_at(folder: Path, words: tuple[str, ...], told: str) -> None:
    done = yangban(*words, cwd=folder)
    assert done.returncode == 2
    assert told in done.stderr
