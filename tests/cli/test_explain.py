"""``yangban explain`` as a person calls it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from yangban.cli.main import app

Ask = Callable[..., Result]


@pytest.fixture(scope="module")
def ask(synthetic_year: Path, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """A synthetic year of Jiangxi, and the command on it."""
    place = tmp_path_factory.mktemp("explain") / "w"
    shutil.copytree(synthetic_year, place)
    return lambda *words: CliRunner().invoke(app, ["explain", "-w", str(place), *words])


def test_text_leads_from_the_number_to_the_lines_and_back(ask: Ask) -> None:
    done = ask("-i", "air.good_day_ratio", "-s", "江西", "-p", "2023")
    assert done.exit_code == 0, done.output
    parts = ["江西省 2023 优良天数比例：", "一、江西省", "二、", "三、", "小时值", "回程：从小时到结果", "所依的条文"]
    places = [done.stdout.index(part) for part in parts]
    assert places == sorted(places)
    assert "合成数据：由程序生成的示例读数算出，不是监测结果。" in done.stdout


def test_json_is_a_list_with_one_entry_an_edition(ask: Ask) -> None:
    done = ask("-i", "air.pm25.mean", "-s", "360100", "-p", "2023-06", "--edition", "2012,2026-transitional", "--json", "--depth", "2")
    assert [each["figure"]["edition"] for each in json.loads(done.stdout)] == ["gb3095-2012", "gb3095-2026-transitional"]
    assert [each["example"] for each in json.loads(done.stdout)] == [None, None]


def test_a_page_beside_json(ask: Ask, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = ask("-i", "air.aqi", "-s", "南昌", "-p", "2023-06-13", "--html", str(page), "--json")
    assert json.loads(done.stdout)[0]["example"]["day"] == "2023-06-13"
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert ask("-i", "air.aqi", "-s", "南昌", "-p", "2023-06-13", "--html", str(page)).stdout == f"已写出 {page}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-i", "air.pm25.avg", "-s", "南昌", "-p", "2023"), "unknown indicator"),
        (("-i", "air.pm25.mean", "-s", "无此地", "-p", "2023"), "无此地"),
        (("-i", "air.pm25.mean", "-s", "南昌", "-p", "2023", "--day", "2022-01-01"), "不在时段"),
    ],
)
def test_wrong_arguments_are_said_in_words(ask: Ask, words: tuple[str, ...], said: str) -> None:
    done = ask(*words)
    assert said in str(done.exception)
