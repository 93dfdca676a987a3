"""Spreadsheets of days: what is understood, what is refused and why, and how they go out again."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from yangban.base.errors import InputError
from yangban.base.pollutants import AIR_SIX
from yangban.readings.sheets import DaySheet, Result, output_headers, read_days, save, write_csv

HEADER = "日期,城市,PM2.5,PM10,二氧化硫,二氧化氮,CO(mg/m³),臭氧8小时"
DAY = "2022-01-05,南昌,75,120,8,30,0.9,161"


def csv_file(folder: Path, text: str, *, name: str = "days.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding=encoding, newline="")
    return path


def workbook(folder: Path, rows: Sequence[Sequence[Any]], *, name: str = "days.xlsx", more: Sequence[Sequence[Any]] = ()) -> Path:
    path = folder / name
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        hours = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for title, table in (("表一", rows), ("表二", more)):
            page = book.add_worksheet(title)
            for line, cells in enumerate(table):
                for column, cell in enumerate(cells):
                    if isinstance(cell, datetime):
                        page.write_datetime(line, column, cell, hours)
                    elif isinstance(cell, date):
                        page.write_datetime(line, column, cell, days)
                    elif cell is not None:
                        page.write(line, column, cell)
    return path


def result(sheet: DaySheet, row: int = 0, **changes: Any) -> Result:
    plain: dict[str, Any] = {
        "row": sheet.rows[row], "edition": "hj633-2012", "iaqi": {"pm25": 100, "o3_8h": 101}, "aqi": 101, "category": "轻度污染",
        "level": "三级", "colour": "#ff7e00", "primary": ("o3_8h",), "status": "ok", "reason": "",
    }  # fmt: skip
    return Result(**(plain | changes))


def written(sheet: DaySheet, *results: Result) -> list[str]:
    stream = io.StringIO()
    write_csv(stream, sheet, results, AIR_SIX)
    return stream.getvalue().splitlines()


class TestReading:
    def test_values_are_exact_and_in_the_units_of_the_standards(self, tmp_path: Path) -> None:
        sheet = read_days(csv_file(tmp_path, f"{HEADER}\n{DAY}\n"))
        (row,) = sheet.rows
        assert row.values == {
            "pm25": Decimal(75), "pm10": Decimal(120), "so2": Decimal(8), "no2": Decimal(30), "co": Decimal("0.9"), "o3_8h": Decimal(161)
        }  # fmt: skip
        assert (row.number, row.day, row.notes, sheet.chinese, sheet.dated) == (2, date(2022, 1, 5), (), True, True)
        assert row.cells == ("2022-01-05", "南昌", "75", "120", "8", "30", "0.9", "161")

    @pytest.mark.parametrize(
        ("heading", "text", "word", "value"),
        [
            ("CO(μg/m³)", "900", "co", "0.9"),
            ("CO(ug/m3)", "1234.5", "co", "1.2345"),
            ("PM2.5(mg/m³)", "0.075", "pm25", "75"),
            ("SO2 (ng/m3)", "8500", "so2", "8.5"),
        ],
    )
    def test_a_unit_in_the_heading_is_converted_exactly(self, tmp_path: Path, heading: str, text: str, word: str, value: str) -> None:
        sheet = read_days(csv_file(tmp_path, f"{heading}\n{text}\n"))
        assert sheet.rows[0].values == {word: Decimal(value)}

    def test_a_unit_that_cannot_be_converted_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"列“CO\(ppm\)”的单位不能换算为 mg/m³"):
            read_days(csv_file(tmp_path, "CO(ppm)\n1\n"))

    def test_plain_ozone_in_a_table_of_days_is_refused_with_what_to_do(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"列“O3”没有写明.*O3_8h.*--hourly"):
            read_days(csv_file(tmp_path, "PM2.5,O3\n75,161\n"))

    def test_plain_ozone_is_left_aside_where_the_8_hour_column_is_there(self, tmp_path: Path) -> None:
        sheet = read_days(csv_file(tmp_path, "PM2.5,O3,O3_8h\n75,200,161\n"))
        assert sheet.rows[0].values == {"pm25": Decimal(75), "o3_8h": Decimal(161)}
        assert [note.column for note in sheet.notes] == ["列 O3"]

    def test_ozone_of_an_hour_is_clear(self, tmp_path: Path) -> None:
        sheet = read_days(csv_file(tmp_path, "PM2.5_24h,O3\n75,161\n"), hourly=True)
        assert sheet.rows[0].values == {"pm25_24h": Decimal(75), "o3": Decimal(161)}

    def test_two_columns_of_one_pollutant_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"“PM2\.5”和“细颗粒物”都是细颗粒物\(PM2\.5\)"):
            read_days(csv_file(tmp_path, "PM2.5,细颗粒物\n1,2\n"))

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
    def test_encodings(self, tmp_path: Path, encoding: str) -> None:
        sheet = read_days(csv_file(tmp_path, f"{HEADER}\r\n{DAY}\r\n", encoding=encoding))
        assert sheet.headers[:2] == ("日期", "城市")
        assert sheet.rows[0].cells[1] == "南昌"

    @pytest.mark.parametrize("delimiter", [",", "\t", ";"])
    def test_delimiters(self, tmp_path: Path, delimiter: str) -> None:
        sheet = read_days(csv_file(tmp_path, f"{HEADER}\n{DAY}\n".replace(",", delimiter)))
        assert sheet.rows[0].values["o3_8h"] == Decimal(161)

    @pytest.mark.parametrize(
        ("cell", "reason"),
        [
            ("--", "缺测标记，按无数据处理"),
            ("-;", "缺测标记，按无数据处理"),
            ("*", "缺测标记，按无数据处理"),
            ("NA", "缺测标记，按无数据处理"),
            ("-99", "缺测代码，按无数据处理"),
            ("-999.0", "缺测代码，按无数据处理"),
            ("-5", "浓度不能为负，按无数据处理"),
            ("设备故障", "不是数字，按无数据处理"),
            ("35μg/m³", "不是数字，按无数据处理"),
            ("<3", "不是数字，按无数据处理"),
            ("1e999", "不是数字，按无数据处理"),
            ("=1+1", "不是数字，按无数据处理"),
        ],
    )
    def test_a_bad_cell_is_no_value_and_is_named(self, tmp_path: Path, cell: str, reason: str) -> None:
        sheet = read_days(csv_file(tmp_path, f"PM2.5,SO2\n75,8\n{cell},9\n"))
        assert [row.values for row in sheet.rows] == [{"pm25": Decimal(75), "so2": Decimal(8)}, {"so2": Decimal(9)}]
        (note,) = sheet.rows[1].notes
        assert (note.row, note.column, note.text, note.reason) == (3, "PM2.5", cell, reason)

    @pytest.mark.parametrize(
        ("cell", "value"), [("0", "0"), ("75.50", "75.5"), ("+3", "3"), ("７５", "75"), (" 12 ", "12"), (".5", "0.5"), ("1e1", "10")]
    )
    def test_numbers_as_people_write_them(self, tmp_path: Path, cell: str, value: str) -> None:
        sheet = read_days(csv_file(tmp_path, f"PM2.5\n{cell}\n"))
        assert sheet.rows[0].values == {"pm25": Decimal(value)}
        assert sheet.rows[0].notes == ()

    def test_a_blank_is_no_value_without_a_note(self, tmp_path: Path) -> None:
        sheet = read_days(csv_file(tmp_path, "城市,PM2.5,SO2\n南昌,,8\n九江,  ,9\n"))
        assert [dict(row.values) for row in sheet.rows] == [{"so2": Decimal(8)}, {"so2": Decimal(9)}]
        assert list(sheet.all_notes()) == []

    def test_short_and_long_rows_keep_their_cells(self, tmp_path: Path) -> None:
        sheet = read_days(csv_file(tmp_path, "城市,PM2.5\n南昌\n\n九江,3,多余\n"))
        assert sheet.headers == ("城市", "PM2.5", "")
        assert [row.cells for row in sheet.rows] == [("南昌", "", ""), ("九江", "3", "多余")]
        assert [row.number for row in sheet.rows] == [2, 4]

    def test_a_table_without_pollutants_says_what_it_saw(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"没有污染物列；看到的是 日期、数量。表头请用 pm25 pm10"):
            read_days(csv_file(tmp_path, "日期,数量\n2022-01-01,3\n"))

    def test_a_date_that_is_none_is_named(self, tmp_path: Path) -> None:
        sheet = read_days(csv_file(tmp_path, "日期,PM2.5\n2022-02-30,3\n"))
        assert sheet.rows[0].day is None
        assert [str(note) for note in sheet.all_notes()] == ["第2行 日期“2022-02-30”：不是日期（请写成 2022-01-05）"]


class TestWorkbooks:
    def test_title_rows_dates_and_floats(self, tmp_path: Path) -> None:
        rows = [
            [None, "南昌市2022年1月空气质量"],
            [],
            [None, "日期", "点位", "PM2.5", "CO"],
            [None, date(2022, 1, 5), "=SUM(A1)", 35.0, 0.3],
            [None, datetime(2022, 1, 6, 13, 30), "360102", 74.5, 1.15],
        ]
        sheet = read_days(workbook(tmp_path, rows))
        assert sheet.headers == ("日期", "点位", "PM2.5", "CO")
        assert [row.number for row in sheet.rows] == [4, 5]
        assert sheet.rows[0].cells == ("2022-01-05", "=SUM(A1)", Decimal(35), Decimal("0.3"))
        assert sheet.rows[1].cells[0] == "2022-01-06 13:30"
        assert [row.values for row in sheet.rows] == [
            {"pm25": Decimal(35), "co": Decimal("0.3")}, {"pm25": Decimal("74.5"), "co": Decimal("1.15")}
        ]  # fmt: skip

    def test_a_heading_of_two_rows_is_joined_and_its_units_count(self, tmp_path: Path) -> None:
        rows = [["日期", "PM2.5", None, "CO"], [None, "浓度", "分指数", "μg/m³"], ["2022-01-05", 35, 50, 900]]
        sheet = read_days(workbook(tmp_path, rows))
        assert sheet.headers == ("日期", "PM2.5(浓度)", "分指数", "CO(μg/m³)")
        assert [row.values for row in sheet.rows] == [{"pm25": Decimal(35), "co": Decimal("0.9")}]

    def test_the_header_is_the_row_that_names_most_pollutants(self, tmp_path: Path) -> None:
        rows = [["以 PM2.5 为主", "PM2.5"], ["日期", "PM2.5", "PM10", "首要污染物"], ["2022-01-05", 35, 50, "PM2.5"]]
        sheet = read_days(workbook(tmp_path, rows))
        assert sheet.headers == ("日期", "PM2.5", "PM10", "首要污染物")

    def test_a_header_below_the_tenth_row_is_not_looked_for(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="前10行中没有污染物列"):
            read_days(workbook(tmp_path, [["说明"]] * 10 + [["PM2.5"], [35]]))

    def test_the_first_fitting_sheet_is_read_and_the_others_are_named(self, tmp_path: Path) -> None:
        sheet = read_days(workbook(tmp_path, [["PM2.5"], [35]], more=[["PM10"], [50]]))
        assert sheet.rows[0].values == {"pm25": Decimal(35)}
        assert [str(note) for note in sheet.notes] == ["工作表 表二：也有污染物列，但只读取了第一张"]

    def test_a_sheet_without_pollutants_is_passed_over(self, tmp_path: Path) -> None:
        sheet = read_days(workbook(tmp_path, [["封面"]], more=[["PM10"], [50]]))
        assert sheet.source == "days.xlsx[表二]"
        assert sheet.rows[0].values == {"pm10": Decimal(50)}

    @pytest.mark.parametrize("content", [b"hello", b"PK\x03\x04 cut short", b""])
    def test_a_damaged_workbook_is_an_input_error(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "bad.xlsx"
        path.write_bytes(content)
        with pytest.raises(InputError, match="不能作为工作簿打开"):
            read_days(path)

    def test_a_zip_bomb_is_not_unpacked(self, tmp_path: Path) -> None:
        path = workbook(tmp_path, [["PM2.5"], [35]])
        data = bytearray(path.read_bytes())
        # The directory at the end of a zip file claims the unpacked size of each entry: bytes 24 to 27 of its record.
        entry = data.index(b"PK\x01\x02")
        data[entry + 24 : entry + 28] = (3 << 30).to_bytes(4, "little")
        path.write_bytes(data)
        with pytest.raises(InputError, match="压缩炸弹"):
            read_days(path)

    def test_a_workbook_named_csv_is_told(self, tmp_path: Path) -> None:
        path = workbook(tmp_path, [["PM2.5"], [35]])
        with pytest.raises(InputError, match="Excel 工作簿而不是 CSV"):
            read_days(path.rename(tmp_path / "days.csv"))

    def test_bytes_that_are_no_text_are_told(self, tmp_path: Path) -> None:
        path = tmp_path / "days.csv"
        path.write_bytes(b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X")
        with pytest.raises(InputError, match="不是文本"):
            read_days(path)

    @pytest.mark.parametrize(("name", "told"), [("none.csv", "no such file"), ("days.pdf", "不认识的文件类型")])
    def test_what_cannot_be_read(self, tmp_path: Path, name: str, told: str) -> None:
        if name.endswith(".pdf"):
            (tmp_path / name).write_bytes(b"%PDF")
        with pytest.raises(InputError, match=told):
            read_days(tmp_path / name)


class TestWriting:
    def test_chinese_in_chinese_out(self, tmp_path: Path) -> None:
        sheet = read_days(csv_file(tmp_path, f"{HEADER}\n{DAY}\n"))
        assert written(sheet, result(sheet)) == [
            f"{HEADER},标准版本,PM2.5分指数,PM10分指数,SO2分指数,NO2分指数,CO分指数,O3-8h分指数,AQI,级别,类别,首要污染物,状态,说明",
            f"{DAY},hj633-2012,100,,,,,101,101,三级,轻度污染,臭氧8小时(O3-8h),有效,",
        ]

    def test_english_in_english_out(self, tmp_path: Path) -> None:
        sheet = read_days(csv_file(tmp_path, "day,pm25,o3_8h\n2022-01-05,75,161\n"))
        assert written(sheet, result(sheet, primary=("pm25", "o3_8h"), status="insufficient", reason="x")) == [
            "day,pm25,o3_8h,edition,iaqi_pm25,iaqi_pm10,iaqi_so2,iaqi_no2,iaqi_co,iaqi_o3_8h,aqi,level,category,primary,status,reason",
            "2022-01-05,75,161,hj633-2012,100,,,,,101,101,三级,轻度污染,pm25;o3_8h,insufficient,x",
        ]

    def test_notes_on_cells_stand_in_the_reason(self, tmp_path: Path) -> None:
        sheet = read_days(csv_file(tmp_path, "city,pm25\nx,--\n"))
        assert written(sheet, result(sheet, reason="缺"))[1].endswith(",缺；第2行 pm25“--”：缺测标记，按无数据处理")

    def test_a_column_that_came_in_under_an_added_name_is_kept_under_another(self, tmp_path: Path) -> None:
        sheet = read_days(csv_file(tmp_path, "日期,aqi,原表aqi,PM2.5\n2022-01-05,99,98,75\n"))
        names = output_headers(sheet, AIR_SIX)
        assert names[:4] == ["日期", "原表aqi", "原表aqi", "PM2.5"]
        assert names.count("AQI") == 1

    def test_formulas_are_disarmed_in_csv(self, tmp_path: Path) -> None:
        text = 'note,+x,pm25,n\n"=HYPERLINK(""http://x"")",@SUM(A1),3,-7.5\n"\tcmd",--,4,-1+1\n'
        sheet = read_days(csv_file(tmp_path, text))
        lines = written(sheet, result(sheet, 0), result(sheet, 1))
        assert lines[0].startswith("note,'+x,pm25,n,")
        assert lines[1].startswith('"\'=HYPERLINK(""http://x"")",\'@SUM(A1),3,-7.5,')
        assert lines[2].startswith("'\tcmd,--,4,'-1+1,")

    def test_the_csv_file_has_a_mark_only_when_it_is_chinese(self, tmp_path: Path) -> None:
        for header, mark in (("日期,PM2.5", b"\xef\xbb\xbf"), ("day,pm25", b"day")):
            sheet = read_days(csv_file(tmp_path, f"{header}\n2022-01-05,75\n"))
            save(tmp_path / "out.csv", sheet, [result(sheet)], AIR_SIX)
            assert (tmp_path / "out.csv").read_bytes().startswith(mark)

    def test_a_workbook_for_people(self, tmp_path: Path) -> None:
        sheet = read_days(csv_file(tmp_path, f"{HEADER},备注\n{DAY},=1+1\n"))
        path = tmp_path / "out.xlsx"
        save(path, sheet, [result(sheet)], AIR_SIX, remarks=[("hj633-2012", "HJ 633-2012")])
        book = CalamineWorkbook.from_path(str(path))
        assert book.sheet_names == ["AQI", "说明"]
        header, row = book.get_sheet_by_name("AQI").to_python()
        assert header == output_headers(sheet, AIR_SIX)
        assert row[:9] == ["2022-01-05", "南昌", 75.0, 120.0, 8.0, 30.0, 0.9, 161.0, "=1+1"]
        assert row[9:] == ["hj633-2012", 100.0, "", "", "", "", 101.0, 101.0, "三级", "轻度污染", "臭氧8小时(O3-8h)", "有效", ""]
        remarks = book.get_sheet_by_name("说明").to_python()
        assert ["hj633-2012", "HJ 633-2012"] in remarks
        with zipfile.ZipFile(path) as archive:
            page = archive.read("xl/worksheets/sheet1.xml").decode()
            styles = archive.read("xl/styles.xml").decode()
        assert "<f>" not in page
        assert 'state="frozen"' in page
        assert "FFFF7E00" in styles
        assert 'quotePrefix="1"' in styles

    def test_a_parquet_table_keeps_its_types(self, tmp_path: Path) -> None:
        came = pl.DataFrame(
            {"day": [date(2022, 1, 5)], "city": ["南昌"], "pm25": [75.5], "co": [None]}, schema_overrides={"co": pl.Float64}
        )
        came.write_parquet(tmp_path / "in.parquet")
        sheet = read_days(tmp_path / "in.parquet")
        assert (sheet.rows[0].number, sheet.rows[0].day, dict(sheet.rows[0].values)) == (1, date(2022, 1, 5), {"pm25": Decimal("75.5")})
        save(tmp_path / "out.parquet", sheet, [result(sheet), result(sheet, edition="hj633-2026")], AIR_SIX)
        out = pl.read_parquet(tmp_path / "out.parquet")
        assert out.select(came.columns).equals(pl.concat([came, came]))
        assert out["edition"].to_list() == ["hj633-2012", "hj633-2026"]
        assert out.schema["aqi"] == pl.Int64

    def test_a_csv_becomes_a_parquet_table_of_texts(self, tmp_path: Path) -> None:
        sheet = read_days(csv_file(tmp_path, "code,code,pm25\n001,x,75.0\n"))
        save(tmp_path / "out.parquet", sheet, [result(sheet)], AIR_SIX)
        out = pl.read_parquet(tmp_path / "out.parquet")
        assert out.select("code", "code_2", "pm25").rows() == [("001", "x", "75.0")]

    @pytest.mark.parametrize(("name", "told"), [("out.docx", "不认识的输出类型"), ("none/out.csv", "不存在")])
    def test_a_target_that_cannot_be_written_is_refused(self, tmp_path: Path, name: str, told: str) -> None:
        sheet = read_days(csv_file(tmp_path, "pm25\n75\n"))
        with pytest.raises(InputError, match=told):
            save(tmp_path / name, sheet, [result(sheet)], AIR_SIX)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["days.csv"]
