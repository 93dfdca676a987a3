"""``yangban aqi`` as it is typed: one day, and a spreadsheet of days."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from yangban.cli.main import run
from yangban.standards import load_book

Answer = tuple[int, str, str]
TABLE = "日期,城市,PM2.5,PM10,二氧化硫,二氧化氮,CO(μg/m³),臭氧8小时\n"


@pytest.fixture
def yangban(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Run the real command: exit code, output, messages."""

    def call(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["yangban", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            run()
        printed = capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), printed.out, printed.err

    return call


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


class TestOneDay:
    def test_the_same_day_under_both_editions(self, yangban: Callable[..., Answer]) -> None:
        code, out, _ = yangban("aqi", "--edition", "2012,2026", "pm25=75", "pm10=120", "so2=8", "no2=30", "co=0.9", "o3_8h=161", "--json")
        old, new = json.loads(out)
        assert code == 0
        # HJ 633-2012 table 1: PM2.5 75 and PM10 150 are IAQI 100; HJ 633-2026: 60 and 120. IAQI are rounded up.
        assert old == {
            "edition": "hj633-2012",
            "concentrations": {"pm25": "75", "pm10": "120", "so2": "8", "no2": "30", "co": "0.9", "o3_8h": "161"},
            "iaqi": {"pm25": 100, "pm10": 85, "so2": 8, "no2": 38, "co": 23, "o3_8h": 101},
            "aqi": 101,
            "level": "三级",
            "category": "轻度污染",
            "primary": ["o3_8h"],
            "exceeding": ["o3_8h"],
            "status": "ok",
            "reason": "",
            "unverified": [],
        }
        assert (new["edition"], new["aqi"], new["primary"]) == ("hj633-2026", 114, ["pm25"])
        assert new["iaqi"] == {"pm25": 114, "pm10": 100, "so2": 8, "no2": 38, "co": 23, "o3_8h": 101}
        assert new["exceeding"] == ["pm25", "o3_8h"]

    def test_missing_items_are_named_and_the_index_is_given_all_the_same(self, yangban: Callable[..., Answer]) -> None:
        code, out, _ = yangban("aqi", "--edition", "2012", "pm25=40", "--json")
        (day,) = json.loads(out)
        assert (code, day["aqi"], day["status"]) == (0, 57, "insufficient")
        assert "臭氧8小时(O3-8h)" in day["reason"]
        assert day["iaqi"]["o3_8h"] is None

    def test_for_people(self, yangban: Callable[..., Answer]) -> None:
        code, out, _ = yangban("aqi", "--edition", "2012", "pm25=75", "o3_8h=161")
        assert code == 0
        for text in ("HJ 633-2012", "75 µg/m³", "101", "三级 轻度污染", "首要污染物  臭氧8小时(O3-8h)", "无数据"):
            assert text in out

    def test_the_edition_of_today_is_the_default_and_is_named(self, yangban: Callable[..., Answer]) -> None:
        code, out, _ = yangban("aqi", "pm25=75")
        number = load_book().document(load_book().air_on(date.today()).index).number
        assert code == 0
        assert f"{number}（今天 {date.today().isoformat()} 有效的版本）" in out

    def test_two_phases_with_one_index_give_one_answer(self, yangban: Callable[..., Answer]) -> None:
        _, out, _ = yangban("aqi", "--edition", "2026-transitional,2026,2012", "pm25=75", "--json")
        assert [day["edition"] for day in json.loads(out)] == ["hj633-2026", "hj633-2012"]

    @pytest.mark.parametrize(
        ("given", "word", "used"),
        [("co=900ug/m3", "co", "0.9"), ("PM2.5=75.5", "pm25", "76"), ("细颗粒物=74.5", "pm25", "74"), ("pm25=0.075 mg/m³", "pm25", "75")],
    )
    def test_words_and_units_as_people_write_them(self, yangban: Callable[..., Answer], given: str, word: str, used: str) -> None:
        _, out, _ = yangban("aqi", "--edition", "2012", given, "--json")
        assert json.loads(out)[0]["concentrations"] == {word: used}

    def test_an_hour(self, yangban: Callable[..., Answer]) -> None:
        # HJ 633-2026, hourly: 1-h ozone 200 is IAQI 100 and 300 is 150; 1-h PM2.5 by the daily break-points.
        _, out, _ = yangban("aqi", "--hourly", "--edition", "2026", "o3=222", "pm25=60", "--json")
        (hour,) = json.loads(out)
        assert (hour["iaqi"]["o3"], hour["iaqi"]["pm25"], hour["aqi"]) == (111, 100, 111)

    def test_what_an_edition_has_no_use_for_is_said(self, yangban: Callable[..., Answer]) -> None:
        _, out, _ = yangban("aqi", "--hourly", "--edition", "2012", "o3=222", "pm25=60")
        assert "未用：细颗粒物(PM2.5)（HJ633-2012 的小时报不用）" in out

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["pm25=abc"], "不是数字"),
            (["pm25="], "不是数字"),
            (["pm25=nan"], "不是数字"),
            (["pm25=-1"], "不能为负"),
            (["pm25"], "应写成 名称=数值"),
            (["tsp=3"], "pm25 pm10 so2 no2 co o3_8h"),
            (["o3=100"], "o3_8h="),
            (["pm25=1", "PM2.5=2"], "两次"),
            (["co=3ppm"], "单位不能换算为 mg/m³"),
            (["pm25=3", "--edition", "1996"], "1996"),
            (["pm25=3", "--edition", ","], "--edition"),
            ([], "pm25=75"),
            (["pm25=3", "--csv"], "--input"),
            (["pm25=3", "--input", "x.csv"], "不能同时"),
            (["--input", "x.csv", "--csv", "--json"], "只能选一个"),
            (["--input", "none.csv"], "no such file"),
            (["--input", "none.csv", "--out", "none.docx"], "不认识的输出类型"),
        ],
    )
    def test_unusable_arguments_end_with_2_and_say_what_to_do(
        self, yangban: Callable[..., Answer], arguments: list[str], told: str
    ) -> None:
        code, out, err = yangban("aqi", *arguments)
        assert (code, out) == (2, "")
        assert told in err

    def test_one_day_is_answered_without_the_table_engines(self) -> None:
        program = (
            "import sys\nsys.argv = ['yangban', 'aqi', 'pm25=75', 'o3_8h=161']\nfrom yangban.cli.main import run\n"
            "try:\n    run()\nexcept SystemExit as ended:\n    assert not ended.code, ended.code\n"
            "print(sorted({'polars', 'pyarrow', 'deltalake', 'python_calamine', 'xlsxwriter'} & set(sys.modules)))\n"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, encoding="utf-8")
        assert done.stdout.splitlines()[-1] == "[]"


class TestSpreadsheets:
    @pytest.fixture
    def table(self, tmp_path: Path) -> Path:
        path = tmp_path / "days.csv"
        path.write_text(
            TABLE
            + "2026-02-28,南昌,75,120,8,30,900,161\n"
            + "2026-03-01,南昌,75,120,8,30,900,150\n"
            + "2022/1/5,九江,--,80,8,-99,900,60\n"
            + "1990-01-01,上饶,10,20,8,30,900,60\n",
            encoding="gb18030",
        )
        return path

    def test_each_row_is_judged_by_the_edition_of_its_day(self, yangban: Callable[..., Answer], table: Path) -> None:
        code, out, err = yangban("aqi", "--input", table, "--csv")
        found = rows(out)
        assert code == 0
        assert [row["标准版本"] for row in found] == ["hj633-2012", "hj633-2026", "hj633-2012", ""]
        assert [row["AQI"] for row in found] == ["101", "114", "65", ""]
        assert [row["类别"] for row in found] == ["轻度污染", "轻度污染", "良", ""]
        assert [row["状态"] for row in found] == ["有效", "有效", "数据不足", "不适用"]
        assert "第4行 PM2.5“--”：缺测标记" in found[2]["说明"]
        assert "1990-01-01 没有有效的标准版本" in found[3]["说明"]
        assert "按各行日期有效的版本" in err

    def test_one_row_a_row_and_edition_in_order(self, yangban: Callable[..., Answer], table: Path) -> None:
        _, out, err = yangban("aqi", "--input", table, "--edition", "2012,2026-transitional", "--csv")
        found = rows(out)
        assert [(row["日期"], row["标准版本"], row["AQI"]) for row in found[:4]] == [
            ("2026-02-28", "hj633-2012", "101"),
            ("2026-02-28", "hj633-2026", "114"),
            ("2026-03-01", "hj633-2012", "100"),
            ("2026-03-01", "hj633-2026", "114"),
        ]
        assert len(found) == 8
        assert "指定的版本" in err

    def test_contract_names_for_english_headers(self, yangban: Callable[..., Answer], tmp_path: Path) -> None:
        path = tmp_path / "days.csv"
        path.write_text("id,pm25,pm10,so2,no2,co,o3_8h\n007,75,150,8,30,0.9,100\n", encoding="utf-8")
        _, out, _ = yangban("aqi", "--input", path, "--edition", "hj633-2012", "--csv")
        (row,) = rows(out)
        assert (row["id"], row["edition"], row["iaqi_pm25"], row["iaqi_o3_8h"], row["aqi"]) == ("007", "hj633-2012", "100", "50", "100")
        assert (row["level"], row["category"], row["primary"], row["status"]) == ("二级", "良", "pm25;pm10", "ok")

    def test_json(self, yangban: Callable[..., Answer], table: Path) -> None:
        _, out, _ = yangban("aqi", "--input", table, "--json")
        found = json.loads(out)
        assert [(row["row"], row["edition"], row.get("aqi"), row["status"]) for row in found] == [
            (2, "hj633-2012", 101, "ok"), (3, "hj633-2026", 114, "ok"), (4, "hj633-2012", 65, "insufficient"),
            (5, None, None, "not_applicable"),
        ]  # fmt: skip
        assert found[0]["input"]["城市"] == "南昌"
        assert found[0]["concentrations"]["co"] == "0.9"

    def test_a_workbook_for_the_office(self, yangban: Callable[..., Answer], table: Path, tmp_path: Path) -> None:
        code, out, _ = yangban("aqi", "--input", table, "--out", tmp_path / "out.xlsx")
        assert (code, "4 行，4 条结果" in out) == (0, True)
        book = CalamineWorkbook.from_path(str(tmp_path / "out.xlsx"))
        page: list[list[Any]] = book.get_sheet_by_name("AQI").to_python()
        place = page[0].index("AQI")
        assert [row[place : place + 3] for row in page[1:3]] == [[101.0, "三级", "轻度污染"], [114.0, "三级", "轻度污染"]]
        remarks = "\n".join(" ".join(map(str, row)) for row in book.get_sheet_by_name("说明").to_python())
        for text in ("HJ 633-2012", "HJ 633-2026", "按每行的日期取当日有效的版本", "第4行 PM2.5“--”", "不得公布"):
            assert text in remarks

    def test_the_input_is_never_overwritten(self, yangban: Callable[..., Answer], table: Path) -> None:
        before = table.read_bytes()
        code, _, err = yangban("aqi", "--input", table, "--out", table)
        assert (code, table.read_bytes()) == (2, before)
        assert "不能覆盖输入文件" in err

    def test_on_the_screen(self, yangban: Callable[..., Answer], table: Path) -> None:
        table.write_text(TABLE + "2022-01-05,[red]南昌,75,120,8,30,900,161\n", encoding="utf-8")
        code, out, err = yangban("aqi", "--input", table)
        assert code == 0
        for text in ("[red]南昌", "hj633-2012", "101", "轻度污染", "臭氧8小时(O3-8h)", "有效"):
            assert text in out
        assert "CO(μg/m³)→co(mg/m³)" in err

    def test_absent_columns_are_named(self, yangban: Callable[..., Answer], table: Path) -> None:
        table.write_text("日期,PM2.5\n2022-01-05,75\n", encoding="utf-8")
        _, _, err = yangban("aqi", "--input", table, "--csv")
        assert "表中没有这些列：可吸入颗粒物(PM10)、二氧化硫(SO2)、二氧化氮(NO2)、一氧化碳(CO)、臭氧8小时(O3-8h)" in err

    def test_hours(self, yangban: Callable[..., Answer], table: Path) -> None:
        table.write_text("时间,PM2.5,O3\n2026-06-01 13:00,60,222\n", encoding="utf-8")
        _, out, _ = yangban("aqi", "--hourly", "--input", table, "--csv")
        (row,) = rows(out)
        assert (row["标准版本"], row["PM2.5分指数"], row["O3-1h分指数"], row["AQI"]) == ("hj633-2026", "100", "111", "111")
