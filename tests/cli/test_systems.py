"""``yangban systems`` and ``yangban reported`` as a person calls them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from yangban.base.errors import UsageError
from yangban.cli.main import app
from yangban.readings.workspace import Workspace

REPORTED = """指标,地区,时段,数值,单位,依据,部门,填报人
forest,360000,2025,63.1,%,林草年报,林业局,张三
wetland,360000,2025,62,%,林草年报,林业局,张三
"""


def _run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.stdout


def _json(*words: str) -> Any:
    return json.loads(_run(*words, "--json"))


def test_list_and_show() -> None:
    rows = _json("systems", "list")
    assert {row["id"]: row["ranking"] for row in rows}["evaluation-2020"] == "forbidden"
    assert "demonstration-2019" in _run("systems", "list")
    for row in rows:
        text = _run("systems", "show", row["id"])
        assert row["title"] in text
        assert len(_json("systems", "show", row["id"])["items"]) == row["indicators"]
    assert "不得评为优秀" in _run("systems", "show", "campaign-2020")


def test_score_of_an_example_says_that_it_is_one() -> None:
    text = _run("systems", "score", "assessment-2026", "--example")
    assert "示例省 2026　美丽中国建设成效考核办法（合成数据，不是真实结果）（示例权重，不是官方结果）" in text
    assert "总分 92.75（满分 100）　等级：优秀" in text
    (row,) = _json("systems", "score", "assessment-2026", "--example")
    assert (row["total"], row["example"], row["synthetic"], row["check"]["system"]) == ("92.75", True, True, "assessment-2026")
    assert "拒绝计分" in _run("systems", "score", "two-mountains", "--example")


def test_ranking_is_refused_where_it_is_forbidden() -> None:
    with pytest.raises(UsageError, match="不对地区排名"):
        _run("systems", "score", "evaluation-2020", "--region", "江西,湖北", "--period", "2025", "--rank")


def test_values_come_from_a_workspace(tmp_path: Path) -> None:
    Workspace.open(tmp_path / "w", create=True)
    where = ("-w", str(tmp_path / "w"))
    (tmp_path / "r.csv").write_text(REPORTED, encoding="utf-8")
    assert "登记 2 条，其中更正 0 条" in _run("reported", "import", str(tmp_path / "r.csv"), *where)
    (tmp_path / "r.csv").write_text(REPORTED.replace("63.1", "63.2"), encoding="utf-8")
    assert "登记 1 条，其中更正 1 条；先前已有 1 条" in _run("reported", "import", str(tmp_path / "r.csv"), *where)
    assert [(row["value"], row["revision"]) for row in _json("reported", "list", *where)] == [("62", 1), ("63.2", 2)]
    assert "63.1%" in _run("reported", "list", "--all", *where)
    (row,) = _json("systems", "score", "evaluation-2020", "-r", "江西", "-p", "2025", *where)
    values = {each["key"]: each["value"] for each in row["check"]["checks"] if each["value"]}
    assert {key: value["display"] for key, value in values.items()} == {"forest": "63.2", "wetland": "62"}
    assert values["forest"]["origin"] == "reported"
    assert (row["status"], row["synthetic"]) == ("refused", False)


def test_check_names_file_and_key(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('kind = "system"\nid = "own"\n', encoding="utf-8")
    text = _run("systems", "check", str(path), code=1)
    assert "✗ 有误  own.toml" in text
    assert "title: missing" in text
    from yangban.standards.systems import EXAMPLES, SYSTEMS

    assert "✓ 无误" in _run("systems", "check", str(EXAMPLES / "letter-2018.toml"))
    taken = _run("systems", "check", str(SYSTEMS / "letter-2018.toml"), code=1)
    assert "is taken by letter-2018.toml" in taken


def test_what_people_write_is_no_markup(tmp_path: Path) -> None:
    from yangban.standards.systems import EXAMPLES

    text = (EXAMPLES / "campaign-2020.toml").read_text(encoding="utf-8").replace("示例：调查报告", "[/bold]报告[1]")
    (tmp_path / "v.toml").write_text(text, encoding="utf-8")
    assert "[/bold]报告[1]" in _run("systems", "score", "campaign-2020", "--values", str(tmp_path / "v.toml"))


def test_what_is_needed_is_said() -> None:
    with pytest.raises(UsageError, match="--region 和 --period"):
        _run("systems", "score", "evaluation-2020")
