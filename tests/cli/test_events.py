"""``yangban events`` as a person and as a script meet it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

import command
from yangban.readings.workspace import Workspace

LIST = "类型,地区/点位,污染物,开始,结束,通知编号/原因,经手人\n沙尘,南昌,,2022-03-08 14,2022-03-09 03,1号,张三\n"


def yangban(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return command.yangban("events", *words, "-w", "w", cwd=cwd)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Workspace.open(tmp_path / "w", create=True)
    (tmp_path / "list.csv").write_text(LIST, encoding="utf-8")
    return tmp_path


def test_a_list_is_imported_once_listed_and_verified(folder: Path) -> None:
    first = yangban("import", "list.csv", cwd=folder)
    assert (first.returncode, first.stderr) == (0, "")
    assert "登记 1 条；先前已有 0 条" in first.stdout
    assert "登记 0 条；先前已有 1 条" in yangban("import", "list.csv", cwd=folder).stdout
    (row,) = json.loads(yangban("list", "--json", cwd=folder).stdout)
    assert row["recorded_at"]
    assert {**row, "recorded_at": ""} == {
        "id": "E000001", "kind": "dust", "subject": "360100", "pollutants": ["pm25", "pm10"], "from": "2022-03-08T14:00",
        "to": "2022-03-09T03:00", "notice": "1号", "reason": "", "by": "张三", "state": "", "verdict": "", "code": "", "replaces": "",
        "recorded_at": "", "active": True,
    }  # fmt: skip
    shown = yangban("list", cwd=folder).stdout
    for word in ("沙尘", "南昌市", "PM2.5、PM10", "2022-03-09 03:00", "1号", "张三"):
        assert word in shown
    assert "✓ 1 条记录逐行相接" in yangban("verify", cwd=folder).stdout


def test_one_record_its_correction_and_its_withdrawal(folder: Path) -> None:
    span = ("--subject", "南昌", "--from", "2022-03-08 14", "--to", "2022-03-08 15")
    added = yangban("add", "--kind", "exclusion", *span, "--by", "张三", "--reason", "采样管脱落", "--json", cwd=folder)
    assert json.loads(added.stdout)["recorded"][0]["pollutants"] == []
    fixed = yangban(
        "add", "--kind", "剔除", *span, "--by", "张三", "--reason", "仅 PM10", "--pollutant", "PM10", "--replaces", "E000001", cwd=folder
    )
    assert "更正 E000001" in fixed.stdout
    gone = yangban("withdraw", "E000002", "--by", "李四", "--reason", "误登", cwd=folder)
    assert gone.stdout.startswith("E000002 已撤销（E000003，李四：误登）")
    assert json.loads(yangban("list", "--json", cwd=folder).stdout) == []
    assert [(row["id"], row["active"]) for row in json.loads(yangban("list", "--all", "--json", cwd=folder).stdout)] == [
        ("E000001", False),
        ("E000002", False),
        ("E000003", False),
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--kind", "exclusion", "--subject", "南昌", "--from", "2022-03-08", "--to", "2022-03-08", "--reason", "故障"), "不是姓名"),
        (("--kind", "exclusion", "--subject", "南昌", "--from", "2022-03-08", "--to", "2022-03-08", "--by", "张三"), "理由"),
        (("--kind", "log:rain", "--subject", "1299A", "--from", "2022-03-08", "--to", "2022-03-08", "--by", "张三"), "1299A"),
        (("--kind", "log:rain", "--subject", "南昌", "--from", "2022-03-09", "--to", "2022-03-08", "--by", "张三"), "晚于"),
    ],
)
def test_refusals_are_told_and_leave_exit_code_2(folder: Path, words: tuple[str, ...], told: str) -> None:
    done = yangban("add", *words, cwd=folder)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "w" / "events.jsonl").exists()


def test_an_edited_list_is_found_with_exit_code_1(folder: Path) -> None:
    yangban("import", "list.csv", cwd=folder)
    path = folder / "w" / "events.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("张三", "李四"), encoding="utf-8")
    done = yangban("verify", cwd=folder)
    assert done.returncode == 1
    assert "✗ events.jsonl:1 E000001 的内容与摘要不符" in done.stdout
    told = json.loads(yangban("verify", "--json", cwd=folder).stdout)
    assert (told["ok"], told["count"]) == (False, 1)
    assert yangban("list", cwd=folder).returncode == 2


def test_a_digest_noted_earlier_is_asked_for(folder: Path) -> None:
    yangban("import", "list.csv", cwd=folder)
    digest = json.loads(yangban("verify", "--json", cwd=folder).stdout)["digest"]
    assert yangban("verify", "--expect", digest, cwd=folder).returncode == 0
    assert yangban("verify", "--expect", "0" * 63 + "1", cwd=folder).returncode == 1
