"""From a Figure of sound, species or ecology down to the line of the file."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from yangban.base.errors import Inconsistent, UsageError
from yangban.base.periods import parse
from yangban.readings.intake import ingest
from yangban.readings.reported import append, reported_of
from yangban.readings.workspace import Workspace
from yangban.run.explain_nature import walk
from yangban.run.sound import assess_sound, read_manifest


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    place = Workspace.open(tmp_path / "w", create=True)
    start = datetime(2022, 6, 1, 6)
    lines = [f"甲,南昌,2,{start + timedelta(hours=n + 1):%Y-%m-%d %H:%M},{50 + n % 5}.5" for n in range(24)]
    (tmp_path / "hours.csv").write_text("\n".join(["站点名称,城市,功能区类别,监测时间,Leq", *lines]) + "\n", encoding="utf-8")
    birds = "调查编号,调查日期,湖区,省份,物种,数量\n"
    birds += "a,2022-01-10,甲湖,江西,白鹤,5\na,2022-01-10,甲湖,江西,白鹤,7\nb,2022-02-10,甲湖,江西,白鹤,9\n"
    (tmp_path / "birds.csv").write_text(birds, encoding="utf-8")
    ingest(place, [tmp_path / "hours.csv", tmp_path / "birds.csv"])
    row = {
        "key": "forest_cover",
        "subject": "360000",
        "period": "2022",
        "value": "63.1",
        "unit": "%",
        "evidence": "年报",
        "department": "林业局",
    }
    append(place, [reported_of({**row, "department": "林业局", "by": "张三"})])
    assess_sound(place, [2022])
    return place


def test_sound_down_to_the_lines_of_the_hours(workspace: Workspace) -> None:
    found = walk(workspace, indicator="sound.ln", subject="sound:360100:zone:甲", period=parse("2022-06-01"))
    text = found.text()
    # Night-time begins with the seventeenth row of hours, on line 18 of the file, and has eight.
    assert [f"第 {line} 行" in text for line in range(17, 27)] == [False, *[True] * 8, False]
    assert "8/8 小时" in text
    assert found.to_dict()["figure"]["indicator"] == "sound.ln"


def test_a_level_that_does_not_follow_from_its_hours_is_refused(workspace: Workspace) -> None:
    table = workspace.figures / read_manifest(workspace)["2022"]["folder"] / "visits.parquet"
    pl.read_parquet(table).with_columns(pl.lit("60").alias("level")).write_parquet(table)
    with pytest.raises(Inconsistent, match="by its hours"):
        walk(workspace, indicator="sound.ln", subject="sound:360100:zone:甲", period=parse("2022-06-01"))


def test_species_down_to_the_surveys(workspace: Workspace) -> None:
    text = walk(workspace, indicator="biodiversity.individuals.siberian_crane", subject="360000", period=parse("2022")).text()
    assert "2022-01-10 5+7 = 12" in text
    assert "第 2、3 行　← 取这一次" in text
    assert "2022-02-10 9 = 9" in text


def test_a_reported_value_names_who_stands_for_it(workspace: Workspace) -> None:
    text = walk(workspace, indicator="ecology.forest_cover", subject="360000", period=parse("2022")).text()
    assert "部门填报，不是监测结果" in text
    assert "evidence：年报" in text
    with pytest.raises(UsageError, match="没有"):
        walk(workspace, indicator="ecology.eqi", subject="360000", period=parse("2022"))
