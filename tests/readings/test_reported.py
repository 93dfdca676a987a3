"""What departments report: three kinds of file, revisions, and a list that nobody edits."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from yangban.base.errors import InputError, WorkspaceError
from yangban.readings.reported import FILE, append, load, newest, read_reported
from yangban.readings.workspace import Workspace

CSV = """指标,地区,时段,数值,单位,范围,依据,部门,填报人
forest,江西,2022,63.1,%,,林草年报,林业局,张三
reported.river_chief,南昌市,2022年,是,,,河长办〔2022〕3号,水利局,李四
"""


def _write(folder: Path, text: str, name: str = "r.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "w", create=True)


def test_a_table_in_three_forms(tmp_path: Path) -> None:
    rows = read_reported(_write(tmp_path, CSV, encoding="gb18030"))
    assert [(each.key, each.subject, each.period, each.value, each.word, each.unit) for each in rows] == [
        ("reported.forest", "360000", "2022", Decimal("63.1"), "", "%"),
        ("reported.river_chief", "360100", "2022", None, "yes", ""),
    ]
    book = xlsxwriter.Workbook(str(tmp_path / "r.xlsx"))
    sheet = book.add_worksheet()
    for n, line in enumerate(CSV.splitlines()):
        for m, cell in enumerate(line.split(",")):
            sheet.write(n, m, float(cell) if cell == "63.1" else int(cell) if cell == "2022" else cell)
    book.close()
    assert read_reported(tmp_path / "r.xlsx") == rows
    toml = """
[[reported]]
key = "forest"
subject = "江西"
period = 2022
value = 63.1
unit = "%"
evidence = "林草年报"
department = "林业局"
by = "张三"

[[reported]]
key = "river_chief"
subject = "360100"
period = "2022"
value = true
evidence = "河长办〔2022〕3号"
department = "水利局"
by = "李四"
"""
    assert read_reported(_write(tmp_path, toml, "r.toml")) == rows


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("63.1,%", "约63,%", "r.csv:2：数值 '约63' 既不是数"),
        ("63.1,%", "63.1,", "r.csv:2：有数值而没有单位"),
        ("林草年报", "", "r.csv:2：缺少 依据"),
        ("张三", "", "r.csv:2：缺少 填报人"),
        ("江西", "无此地", "r.csv:2："),
        ("2022,63", "去年,63", "r.csv:2："),
        ("forest", "森林", "r.csv:2：指标 '森林' 不是代码"),
        (
            "reported.river_chief,南昌市,2022年,是,,,河长办〔2022〕3号",
            "forest,江西,2022,64,%,,年报",
            "r.csv:3：reported.forest 360000 2022 在同一份文件中填了两次",
        ),
        ("依据", "说明", "表头缺少 依据"),
    ],
)
def test_a_row_that_cannot_be_taken_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_reported(_write(tmp_path, CSV.replace(old, new, 1)))
    assert message in str(caught.value)


def test_who_signs_for_rows_that_name_nobody(tmp_path: Path) -> None:
    text = CSV.replace("林业局,张三", ",")
    assert read_reported(_write(tmp_path, text), by="王五", department="统计局")[0].by == "王五"


def test_words_other_than_yes_and_no_are_for_conditions_only(tmp_path: Path) -> None:
    (row, _) = read_reported(_write(tmp_path, CSV.replace("forest,江西,2022,63.1,%", "condition.terrain,江西,2022,hill,")))
    assert (row.key, row.word) == ("reported.condition.terrain", "hill")


def test_a_changed_value_is_a_new_revision_and_the_old_one_stays(tmp_path: Path, workspace: Workspace) -> None:
    rows = read_reported(_write(tmp_path, CSV))
    assert [each.revision for each in append(workspace, rows).recorded] == [1, 1]
    again = append(workspace, rows)
    assert (len(again.recorded), len(again.already)) == (0, 2)
    changed = append(workspace, read_reported(_write(tmp_path, CSV.replace("63.1", "63.2")))).recorded
    assert [(each.id, each.revision, each.value) for each in changed] == [("R000003", 2, Decimal("63.2"))]
    held = load(workspace)
    assert [each.value for each in held if each.key == "reported.forest"] == [Decimal("63.1"), Decimal("63.2")]
    assert [each.id for each in newest(held)] == ["R000003", "R000002"]
    first = held[0].recorded_at
    assert first is not None
    assert len(newest(held, received_by=first.replace(year=2000))) == 0


def test_values_of_different_scope_stand_side_by_side(tmp_path: Path, workspace: Workspace) -> None:
    append(workspace, read_reported(_write(tmp_path, CSV)))
    append(workspace, read_reported(_write(tmp_path, CSV.replace("63.1,%,", "60.0,%,含县级林场"))))
    assert [(each.scope, each.revision) for each in newest(load(workspace)) if each.key == "reported.forest"] == [
        ("", 1),
        ("含县级林场", 1),
    ]


@pytest.mark.parametrize("how", ["edit", "remove", "tear"])
def test_an_edited_list_is_found(tmp_path: Path, workspace: Workspace, how: str) -> None:
    append(workspace, read_reported(_write(tmp_path, CSV)))
    path = workspace.path / FILE
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    if how == "edit":
        held = json.loads(lines[0])
        held["row"]["value"] = "70"
        lines[0] = json.dumps(held, ensure_ascii=False) + "\n"
    elif how == "remove":
        del lines[0]
    else:
        lines[1] = lines[1][:40]
    path.write_text("".join(lines), encoding="utf-8")
    with pytest.raises(WorkspaceError, match=r"reported\.jsonl 第[12]行被改动"):
        load(workspace)
