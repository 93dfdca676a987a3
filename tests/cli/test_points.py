"""`yangban points` as people type it."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from points.store import Store
from yangban.base.errors import YangbanError
from yangban.cli.main import app
from yangban.points.ledger import COLUMNS, Earn, Spend, member, merchant, rows_of

RUNNER = CliRunner()
EVENTS = """编号,会员,行为,发生时间,收到时间,步,公里,kg,备注
1,m1,步行,2024-05-01 20:00,2024-05-01 21:00,7250,,,晚饭后
2,m1,乘公交,2024-05-01 08:00,,,5,,
3,m1,metro,2024/05/01 08:05,,,5,,
4,m2,旧衣回收,2024-05-02T00:05:00+00:00,,,,3.5,
5,m2,steps,昨天,,9000,,,
6,m2,steps,2024-05-03 20:00,,九千,,,
"""


def run(*words: str) -> Result:
    return RUNNER.invoke(app, ["points", *words])


def test_schemes_and_show() -> None:
    rows = json.loads(run("schemes", "--json").output)
    assert {row["id"] for row in rows} >= {"fuzhou-lvbao", "luzhou-lvya", "beijing-maas", "example"}
    assert "示例方案" in run("schemes").output
    shown = run("show", "fuzhou-lvbao", "--on", "2018-03-04").output
    assert "满 6000" in shown
    assert "2000" not in shown
    methods = json.loads(run("show", "fuzhou-lvbao", "--on", "2022-03-04", "--json").output)["methods"]
    assert {each["key"] for each in methods} >= {"steps-2021", "volunteering-2022"}
    assert "0.5836" in run("show", "grid-cn").output
    assert json.loads(run("show", "grid-cn", "--json").output)["rows"]["360000"][2]["value"] == "0.5836"


def test_a_sheet_of_events(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_bytes(EVENTS.encode("gb18030"))
    found = json.loads(run("award", "-s", "example", "-s", "wuhan-tantan-planet", "-e", str(file), "--json").output)
    example, wuhan = found["schemes"]
    assert [(each["line"], each["status"], each.get("points"), each.get("code")) for each in example["events"]] == [
        (3, "awarded", "40.0", None), (4, "refused", None, "same_act"), (2, "awarded", "5.0", None), (5, "awarded", "105.0", None),
    ]  # fmt: skip
    assert (example["points"], example["grams"], example["example"]) == ("150.0", "5145", True)
    assert (wuhan["points"], wuhan["grams"]) == ("145", "145")
    assert wuhan["refused"] == {"evidence_not_accepted": 2, "no_behaviour": 1}
    assert [(each["line"], each["reason"].split(" ")[0]) for each in found["rejected"]] == [(6, "happened_at"), (7, "步")]
    text = run("award", "-s", "example", "-e", str(file), "--working").output
    assert "5 公里" in text
    assert "第6条 不是事件" in text


def test_one_event_in_json() -> None:
    one = {"id": "1", "member": "m", "behaviour": "steps", "happened_at": "2023-06-01T20:00", "amounts": {"step": 7250}}
    found = json.loads(run("award", "-s", "wuhan-tantan-planet", "-e", json.dumps(one), "--json").output)["schemes"][0]["events"][0]
    assert (found["points"], found["units"], found["grams"]) == ("145", 145, "145")
    assert found["working"][0]["working"] == "7250 步 × 0.02 积分/步"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["award", "-s", "none", "-e", "{}"], "没有积分方案 'none'"),
        (["award", "-s", "example", "-e", "missing.csv"], "没有这个文件"),
        (["award", "-s", "example", "-e", "{oops"], "不是 JSON"),
        (["award", "-s", "example", "-e", '[{"a": {"b": {"c": 1}}}]'], "嵌得太深"),
        (["show", "example", "--on", "yesterday"], "应为日期"),
        (["verify", "missing.csv"], "没有这个文件"),
        (["verify", "missing.csv", "--head", "abc"], "应为 链名=64位哈希"),
    ],
)
def test_unusable_arguments_say_why(words: list[str], says: str) -> None:
    made = run(*words)
    assert isinstance(made.exception, YangbanError)
    assert says in str(made.exception)


def exported(path: Path) -> str:
    store, start = Store(), datetime(2024, 1, 1, tzinfo=UTC)
    ann = member("example", "a")
    store.post(Earn(key="e1", holder=ann, amount=100, happened_at=start, expires_at=start + timedelta(days=9)), start)
    store.post(Spend(key="s1", holder=ann, merchant=merchant("example", "s"), amount=30, about="，订单\n二"), start)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(row for each in store.operations for row in rows_of(each))
    return store.head.hash


def test_verify_an_export(tmp_path: Path) -> None:
    file = tmp_path / "ledger.csv"
    head = exported(file)
    made = run("verify", str(file), "--head", f"example={head}")
    assert made.exit_code == 0
    assert "✓ 账本完好" in made.output
    assert "发行 -100　会员 70" in made.output
    assert json.loads(run("verify", str(file), "--json").output)["heads"] == {"example": {"number": 2, "hash": head}}
    file.write_text(file.read_text(encoding="utf-8").replace(",100,", ",900,"), encoding="utf-8")
    broken = run("verify", str(file))
    assert broken.exit_code == 1
    assert "哈希" in broken.output
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    assert "缺少列" in str(run("verify", str(file)).exception)


def test_check_own_files(tmp_path: Path) -> None:
    from yangban.standards.points import shipped_points

    text = (
        next(path for path in shipped_points() if path.stem == "example")
        .read_text(encoding="utf-8")
        .replace('id = "example"', 'id = "mine"')
    )
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    assert run("check", str(file)).output == "✓ 无误  mine.toml\n"
    file.write_text(text.replace('rounding = "down"', 'rounding = "x"'), encoding="utf-8")
    made = run("check", str(file))
    assert (made.exit_code, "rounding" in made.output) == (1, True)
    photos = text.replace('key = "own-cup"\nbehaviour = "own_cup"\n', 'key = "own-cup"\nbehaviour = "own_cup"\nevidence = ["screenshot"]\n')
    file.write_text(photos, encoding="utf-8")
    made = run("check", str(file))
    assert (made.exit_code, "不得强制上传照片" in made.output) == (1, True)
