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


def test_list(tmp_path: Path) -> None:
    shown = json.loads(yangban("list", "--json", cwd=tmp_path).stdout)
    assert [(row["pack"], row["code"], row["cities"]) for row in shown] == [("jiangxi", "360000", 11)]
