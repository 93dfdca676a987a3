"""``yangban standards`` as a person and as a script see it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from yangban.base.errors import UnknownEdition
from yangban.cli.standards import app
from yangban.standards.load import AIR, EDITIONS, MEDIUM_EDITIONS, WATER_EDITIONS, shipped

RUNNER = CliRunner()
DOCUMENTS = sorted(shipped())
EDITION_FILES = (EDITIONS, WATER_EDITIONS, *MEDIUM_EDITIONS.values())


def _cells(line: str) -> list[str]:
    """The cells of a line of a table: two spaces and more part them."""
    return re.split(r" {2,}", line.strip())


def test_list_shows_editions_and_documents() -> None:
    done = RUNNER.invoke(app, ["list"])
    assert done.exit_code == 0
    for words in ("2026-transitional", "2026-03-01 至 2030-12-31", "GB 3095-2012", "2018年（日期未查到）", "● 多源核实", "○ 单一来源"):
        assert words in done.stdout
    assert all(name in done.stdout for name in DOCUMENTS)


def test_list_as_json() -> None:
    done = RUNNER.invoke(app, ["list", "--json"])
    found = {one["id"]: one for one in json.loads(done.stdout)}
    assert sorted(found) == DOCUMENTS
    assert found["hj633-2026"]["effective"] == "2026-03-01"
    assert found["hj633-2026"]["ended"] is None
    assert found["hj663-2026"]["issued"] is None
    assert found["hj663-2026"]["unknown"] == 7
    assert found["ranking-2018"]["precision"] == "year"


@pytest.mark.parametrize("name", [*DOCUMENTS, "2012", "2026-transitional", "2026", "2002"])
def test_show_prints_every_document_and_edition(name: str) -> None:
    done = RUNNER.invoke(app, ["show", name])
    assert done.exit_code == 0, done.exception
    assert "条款" in done.stdout
    assert "可信度" in done.stdout


def test_show_prints_limits_with_unit_clause_and_dates() -> None:
    lines = RUNNER.invoke(app, ["show", "gb3095-2012"]).stdout.splitlines()
    cells = [_cells(line) for line in lines]
    assert any(line.startswith("浓度限值（2016-01-01 至 2026-02-28）") for line in lines)
    assert ["PM2.5", "年平均", "15", "35", "µg/m³", "表1", "● 多源核实"] in cells
    assert ["苯并[a]芘 BaP", "日平均", "0.0025", "0.0025", "µg/m³", "表2", "○ 单一来源"] in cells


def test_show_prints_limits_of_water_by_class_and_kind() -> None:
    lines = RUNNER.invoke(app, ["show", "gb3838-2002"]).stdout.splitlines()
    cells = [_cells(line) for line in lines]
    assert any(line.startswith("地表水限值（按类别）（2002-06-01 起）") for line in lines)
    assert ["项目", "水体", "Ⅰ类", "Ⅱ类", "Ⅲ类", "Ⅳ类", "Ⅴ类", "单位", "条款", "可信度"] in cells
    assert ["溶解氧 ≥", "河流、湖库", "7.5", "6", "5", "3", "2", "mg/L", "表1", "● 多源核实"] in cells
    assert ["总磷 ≤", "河流", "0.02", "0.1", "0.2", "0.3", "0.4", "mg/L", "表1", "● 多源核实"] in cells
    assert ["总磷 ≤", "湖库", "0.01", "0.025", "0.05", "0.1", "0.2", "mg/L", "表1", "● 多源核实"] in cells
    assert ["汞 ≤", "河流、湖库", "0.00005", "0.00005", "0.0001", "0.001", "0.001", "mg/L", "表1", "● 多源核实"] in cells
    assert [row[1] for row in cells if row[0] == "总氮 ≤"] == ["湖库"]
    assert ["硝酸盐氮 ≤", "10", "mg/L", "表2", "● 多源核实"] in cells


def test_show_prints_states_and_colours_of_water_and_how_sure_they_are() -> None:
    cells = [_cells(line) for line in RUNNER.invoke(app, ["show", "assess-2011"]).stdout.splitlines()]
    assert ["劣Ⅴ", "重度污染 Heavily polluted", "表1", "● 多源核实"] in cells
    colours = {row[0]: (row[1], row[4]) for row in cells if len(row) == 6 and row[1].startswith("███")}
    assert colours["Ⅲ"] == ("███ 绿色", "△ 未核实")
    assert colours["劣Ⅴ"] == ("███ 红色", "○ 单一来源")


def test_show_an_edition_of_water_as_json() -> None:
    found = json.loads(RUNNER.invoke(app, ["show", "2002", "--json"]).stdout)
    assert (found["id"], found["family"], found["end"]) == ("gb3838-2002", "2002", None)
    by_key = {rule["key"]: rule for rule in found["rules"]}
    assert len(by_key) == len(found["rules"])
    assert by_key["class_limit.hg.lake.1"]["value"] == "0.00005"
    assert (by_key["state.6"]["value"]["numeral"], by_key["state_colour.6"]["value"]) == ("劣Ⅴ", ["红色", [255, 0, 0]])
    assert by_key["cwqi.ties"]["confidence"] == "unknown"


def test_check_holds_an_overlay_of_water_against_the_book(tmp_path: Path) -> None:
    path = tmp_path / "local.toml"
    text = (
        'id = "db-test"\ntitle = "地方"\ntitle_en = "Local"\nnumber = "DB"\nkind = "overlay"\nregion = "360000"\nbase = "gb3838-2002"\n'
        'issuer = "测试"\nissued = "unknown"\neffective = 2023-01-01\nchecked = 2023-01-01\nconfidence = "official"\nsource = "test"\n'
        '[[class_limit]]\nitem = "nh3n"\nclass3 = {}\nunit = "mg/L"\nclause = "1"\nsource = "test"\nconfidence = "official"\n'
    )
    path.write_text(text.format("0.8"), encoding="utf-8")
    assert RUNNER.invoke(app, ["check", str(path)]).exit_code == 0
    path.write_text(text.format("1.2"), encoding="utf-8")
    done = RUNNER.invoke(app, ["check", str(path)])
    assert done.exit_code == 1
    assert "1.2 mg/L is laxer than 1.0 mg/L of gb3838-2002:class_limit.nh3n.river.3" in done.stdout


def test_show_dates_the_entries_where_they_differ() -> None:
    lines = RUNNER.invoke(app, ["show", "practice"]).stdout.splitlines()
    cells = [_cells(line) for line in lines]
    at = next(n for n, row in enumerate(cells) if "2024年8月及以前" in row[0])
    found = [cell for row in cells[at : at + 4] for cell in row]
    first, second = found.index("0 位小数"), found.index("1 位小数")
    assert found[first : first + 4] == ["0 位小数", "全国月报", "2013-01-01 至", "● 多源核实"]
    assert "2024-09-30" in found[first:second]
    assert found[second : second + 4] == ["1 位小数", "全国月报", "2024-10-01 起", "● 多源核实"]


def test_show_prints_breakpoints_levels_and_empty_slots() -> None:
    done = RUNNER.invoke(app, ["show", "HJ 633-2026"]).stdout
    row = next(cells for line in done.splitlines() if (cells := _cells(line))[:2] == ["PM2.5", "日平均"])
    assert row[2:10] == ["0", "35", "60", "115", "150", "250", "350", "500"]
    assert "褐红色" in done
    assert ">300" in done
    slots = [line for line in done.splitlines() if "（空位）" in line]
    assert len(slots) == 1
    assert "？ 未知待填" in slots[0]
    assert "aqi_after_2031" in done


def test_show_as_json_keeps_decimals_as_text() -> None:
    found = json.loads(RUNNER.invoke(app, ["show", "gb3095-2012", "--json"]).stdout)
    assert (found["id"], found["number"], found["ended"]) == ("gb3095-2012", "GB 3095-2012", "2026-02-28")
    by_key = {rule["key"]: rule for rule in found["rules"]}
    rule = by_key["limit.bap.day.level2"]
    assert (rule["id"], rule["value"], rule["unit"], rule["confidence"]) == (
        "gb3095-2012:limit.bap.day.level2",
        "0.0025",
        "µg/m³",
        "one-source",
    )
    levels = json.loads(RUNNER.invoke(app, ["show", "hj633-2012", "--json"]).stdout)["rules"]
    assert next(rule["value"]["colour"] for rule in levels if rule["key"] == "level.1") == "#00e400"


def test_show_an_edition_as_json_gives_each_key_once() -> None:
    found = json.loads(RUNNER.invoke(app, ["show", "2026-transitional", "--json"]).stdout)
    keys = [rule["key"] for rule in found["rules"]]
    assert len(keys) == len(set(keys))
    values = {rule["key"]: rule["value"] for rule in found["rules"]}
    assert (values["limit.pm25.annual.level2"], values["limit.pm10.day.level2"]) == ("30", "120")


def test_show_what_is_not_there_names_what_is() -> None:
    done = RUNNER.invoke(app, ["show", "gb3095-2013"])
    assert isinstance(done.exception, UnknownEdition)
    assert "near: gb3095-2012" in str(done.exception)
    assert "editions are 2012, 2026-transitional, 2026, 2002" in str(done.exception)


def test_the_command_ends_with_2_for_an_unknown_document() -> None:
    done = subprocess.run([sys.executable, "-m", "yangban.cli.main", "standards", "show", "gb3095-2013"], capture_output=True, check=False)
    assert done.returncode == 2


def test_check_of_the_shipped_book() -> None:
    done = RUNNER.invoke(app, ["check"])
    assert done.exit_code == 0
    assert f"共检查 {len(DOCUMENTS) + len(EDITION_FILES)} 个文件，发现 0 处问题。" in done.stdout
    assert "judge_2026" in done.stdout


def test_check_lists_every_problem_with_file_and_key(tmp_path: Path) -> None:
    text = (AIR / "hj633-2012.toml").read_text(encoding="utf-8")
    broken = tmp_path / "broken.toml"
    broken.write_text(text.replace("[50, 35]", "[50, 80]").replace('unit = "mg/m³"\n', "", 1), encoding="utf-8")
    done = RUNNER.invoke(app, ["check", str(broken)])
    assert done.exit_code == 1
    assert "✗ 有误" in done.stdout
    assert "breakpoints[co.day].unit: missing" in done.stdout
    assert "breakpoints[pm25.day].points: [100, 75] does not rise above [50, 80]" in done.stdout
    assert f"共检查 {len(DOCUMENTS) + len(EDITION_FILES) + 1} 个文件，发现 2 处问题。" in done.stdout
    again = RUNNER.invoke(app, ["check", str(broken), "--json"])
    assert again.exit_code == 1
    found = json.loads(again.stdout)
    assert [problem["key"] for problem in found["problems"]] == ["breakpoints[co.day].unit", "breakpoints[pm25.day].points"]
    assert {problem["file"] for problem in found["problems"]} == {str(broken)}
    assert [one["ok"] for one in found["files"]] == [True] * (len(DOCUMENTS) + len(EDITION_FILES)) + [False]


def test_check_holds_an_overlay_against_the_book(tmp_path: Path) -> None:
    path = tmp_path / "local.toml"
    head = (
        'id = "db-test"\ntitle = "地方"\ntitle_en = "Local"\nnumber = "DB"\nkind = "overlay"\nregion = "360000"\nbase = "gb3095-2012"\n'
        'issuer = "测试"\nissued = "unknown"\neffective = 2023-01-01\nchecked = 2023-01-01\nconfidence = "official"\nsource = "test"\n'
    )
    limit = (
        '[[limit]]\npollutant = "pm10"\naveraging = "day"\nlevel2 = {}\nunit = "µg/m³"\nclause = "1"\nsource = "test"\n'
        'confidence = "official"\n'
    )
    path.write_text(head + limit.format(140), encoding="utf-8")
    assert RUNNER.invoke(app, ["check", str(path)]).exit_code == 0
    path.write_text(head + limit.format(160), encoding="utf-8")
    done = RUNNER.invoke(app, ["check", str(path)])
    assert done.exit_code == 1
    assert "160 µg/m³ is laxer than 150 µg/m³ of gb3095-2012:limit.pm10.day.level2" in done.stdout


def test_check_of_a_file_that_is_not_there_cannot_be_used() -> None:
    assert RUNNER.invoke(app, ["check", "absent.toml"]).exit_code == 2
