"""``yangban sections``: import, list, check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from yangban.cli.main import app

TABLE = "省份,断面名称,城市,河流,2022年水质目标\n江西省,外洲,南昌市,赣江,Ⅱ\n江西省,生米,南昌市,赣江,Ⅸ\n"


def call(*arguments: Any) -> Any:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_import_list_and_check(tmp_path: Path) -> None:
    table = tmp_path / "断面.csv"
    table.write_text(TABLE, encoding="utf-8")
    done = call("sections", "import", table, "-w", tmp_path / "w")
    assert (done.exit_code, "新增 1" in done.output, "断面.csv:3" in done.output, "section_target" in done.output) == (1, True, True, True)
    again = json.loads(call("sections", "import", table, "-w", tmp_path / "w", "--json").output)
    assert (again["added"], again["unchanged"], again["rejected"]) == (0, 1, 1)
    rows = json.loads(call("sections", "list", "-w", tmp_path / "w", "--region", "南昌", "--json").output)
    mine = [row for row in rows if not row["pack"]]
    assert [(row["subject"], row["targets"]) for row in mine] == [("section:360000:外洲", {"2022": 2})]
    assert "2022 年 Ⅱ 类" in call("sections", "list", "-w", tmp_path / "w", "-r", "360100").output
    assert call("sections", "check", "-w", tmp_path / "w").exit_code == 0


def test_check_fails_for_readings_without_a_row(tmp_path: Path) -> None:
    samples = tmp_path / "水样.csv"
    samples.write_text("省份,断面名称,采样日期,氨氮,总磷\n江西省,无名断面,2022-06-03,0.1,0.05L\n", encoding="utf-8")
    taken = call("ingest", samples, "-w", tmp_path / "w", "--json")
    assert (taken.exit_code, json.loads(taken.output)["files"][0]["flagged"]) == (0, 1)
    found = call("sections", "check", "-w", tmp_path / "w", "--json")
    assert (found.exit_code, json.loads(found.output)["without_row"][0]["subject"]) == (1, "section:360000:无名断面")
    assert "无名断面" in call("sections", "check", "-w", tmp_path / "w").output


def test_unusable_arguments(tmp_path: Path) -> None:
    table = tmp_path / "断面.csv"
    table.write_text("省份,断面名称,水质目标\n江西省,外洲,Ⅱ\n", encoding="utf-8")
    for arguments in ((tmp_path / "none.csv",), (table,), (table, "--network", "x"), (table, "--trust", "x")):
        assert call("sections", "import", *arguments, "-w", tmp_path / "w").exception is not None
    assert call("sections", "list", "-w", tmp_path / "w", "--date", "昨天").exception is not None
