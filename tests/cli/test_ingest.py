"""``yangban ingest`` as a person and as a script meets it."""

from __future__ import annotations

import json
from pathlib import Path

from command import yangban

ONE = "date,hour,type,南昌,九江\n20220101,1,PM2.5,35,40\n"


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_a_clean_file_gives_a_table_and_exit_code_0(tmp_path: Path) -> None:
    done = yangban("ingest", write(tmp_path, "a.csv", ONE), "--workspace", "w", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("文件", "接收", "重复", "空值", "拒绝", "标记", "a.csv", "合计 1 个文件", "版本 1", "receipts"):
        assert word in done.stdout
    again = yangban("ingest", "a.csv", "--workspace", "w", cwd=tmp_path)
    assert again.returncode == 0
    assert "没有变化" in again.stdout


def test_a_refusal_is_told_with_file_and_line_and_exit_code_1(tmp_path: Path) -> None:
    write(tmp_path, "bad.csv", ONE + "".join(f"20220101,{h},PM2.5,--,1\n" for h in range(2, 16)))
    done = yangban("ingest", "bad.csv", "-w", "w", cwd=tmp_path)
    assert done.returncode == 1
    assert "拒绝 14 条，原因（前 10 条）" in done.stdout
    assert "bad.csv:3" in done.stdout
    assert "[sentinel]" in done.stdout
    assert "bad.csv:13" not in done.stdout
    listed = next((tmp_path / "w" / "rejected").glob("*.jsonl"))
    assert listed.name in done.stdout
    assert len(listed.read_text(encoding="utf-8").splitlines()) == 14


def test_json(tmp_path: Path) -> None:
    write(tmp_path, "bad.csv", ONE + "20220101,2,PM2.5,-99,\n20220101,2,AQI,50,60\n")
    done = yangban("ingest", "bad.csv", "--workspace", "w", "--json", cwd=tmp_path)
    assert done.returncode == 1
    told = json.loads(done.stdout)
    file = told["files"][0]
    assert {key: file[key] for key in ("path", "layout", "accepted", "duplicate", "blank", "rejected", "flagged", "ignored")} == {
        "path": "bad.csv",
        "layout": "archive-hourly",
        "accepted": 2,
        "duplicate": 0,
        "blank": 1,
        "rejected": 1,
        "flagged": 0,
        "ignored": 2,
    }
    assert [(each["file"], each["line"], each["rule"]) for each in told["rejections"]] == [("bad.csv", 3, "sentinel")]
    assert (told["accepted"], told["rejected"]) == (2, 1)
    assert (tmp_path / "w" / "raw" / file["digest"]).read_bytes() == (tmp_path / "bad.csv").read_bytes()


def test_unusable_arguments_give_one_message_and_exit_code_2(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", ONE)
    for words in (
        ["absent.csv"],
        ["a.csv", "--basis", "guess"],
        ["a.csv", "--unit", "co"],
        ["a.csv", "--unit", "co=ppm"],
        ["a.csv", "--level", "moon"],
        [],
    ):
        done = yangban("ingest", *words, "--workspace", "w", cwd=tmp_path)
        assert done.returncode == 2, words
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
    assert not list((tmp_path).glob("w/readings/air/*"))
    (tmp_path / "letters").mkdir()
    write(tmp_path / "letters", "dear.txt", "x")
    assert yangban("ingest", "a.csv", "--workspace", "letters", cwd=tmp_path).returncode == 2


def test_options_and_the_environment(tmp_path: Path) -> None:
    write(tmp_path, "合成.csv", "城市,时间,CO\n南昌,2022-01-01 00:00,610\n")
    done = yangban("ingest", "合成.csv", "-w", "w", "--unit", "co=ug/m3", "--label", "start", "--basis", "audited", "--json", cwd=tmp_path)
    file = json.loads(done.stdout)["files"][0]
    assert (file["synthetic"], file["basis"], file["first_day"], file["layout"]) == (True, "audited", "2022-01-01", "tidy-wide@start")
    assert "合成数据" in yangban("ingest", "合成.csv", "-w", "v", "--unit", "co=ug/m3", cwd=tmp_path).stdout


def test_many_files_are_cut_with_a_count(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for k in range(25):
        write(tmp_path / "in", f"d{k:02d}.csv", f"date,hour,type,南昌\n202201{k + 1:02d},1,PM2.5,5\n")
    done = yangban("ingest", "in", "-w", "w", cwd=tmp_path)
    assert "另有 5 个文件" in done.stdout
    assert "合计 25 个文件" in done.stdout
    assert "d24.csv" not in done.stdout
