"""``yangban pack`` as a person runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def yangban(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "yangban.cli.main", "pack", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False)


def test_new_and_check(tmp_path: Path) -> None:
    made = yangban("new", "湖南", "hunan", "--english", "Hunan", cwd=tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    assert "湖南省 430000，14 个地级行政区" in made.stdout
    assert "hunan：湖南省 430000，14 个城市，公布值 0 条，排名 0 条。无误。" in yangban("check", "hunan", cwd=tmp_path).stdout
    again = yangban("new", "湖南", "hunan", "--english", "Hunan", cwd=tmp_path)
    assert (again.returncode, "已存在，未改动" in again.stderr) == (2, True)
    file = tmp_path / "hunan" / "region.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('"430100", ', ""), encoding="utf-8")
    broken = yangban("check", "hunan", cwd=tmp_path)
    assert (broken.returncode, "hunan/region.toml" in broken.stderr, "430100" in broken.stderr) == (2, True, True)


def test_a_pack_of_ones_own_is_used_everywhere(tmp_path: Path) -> None:
    """Its targets, its sections and its zones are read from where it lies."""
    yangban("new", "上海", str(tmp_path / "mine" / "shanghai"), "--english", "Shanghai", cwd=tmp_path)
    folder = tmp_path / "mine" / "shanghai"
    (folder / "targets.toml").write_text(
        '[[target]]\nindicator = "air.pm25.mean"\nsubject = "310000"\nperiod = "2025"\nvalue = "30"\nunit = "µg/m³"\n'
        'direction = "at_most"\nsource = "示例"\nconfidence = "unverified"\n',
        encoding="utf-8",
    )

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "yangban.cli.main", "--packs", str(tmp_path / "mine"), *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)

    assert {row["pack"] for row in json.loads(call("pack", "list", "--json").stdout)} == {"jiangxi", "shanghai"}
    (tmp_path / "days.csv").write_text("城市,日期,PM2.5,PM10,SO2,NO2,CO,O3_8h\n上海市,2023-01-01,30,60,8,20,0.6,90\n", encoding="utf-8")
    assert call("ingest", "days.csv", "-w", "w", "--basis", "audited").returncode == 0
    listed = json.loads(call("targets", "list", "-w", "w", "-r", "上海", "--json").stdout)
    assert [(t["subject"], t["value"]) for t in listed] == [("310000", "30")]


def test_list(tmp_path: Path) -> None:
    shown = json.loads(yangban("list", "--json", cwd=tmp_path).stdout)
    assert [(row["pack"], row["code"], row["cities"]) for row in shown] == [("jiangxi", "360000", 11)]
