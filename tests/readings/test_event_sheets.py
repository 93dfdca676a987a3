"""Lists of events as offices keep them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from yangban.base.errors import InputError
from yangban.readings.event_sheets import read_events
from yangban.readings.events import Event

STATIONS = frozenset({"station:1299A"})
HEAD = ("类型", "地区/点位", "污染物", "开始", "结束", "通知编号/原因", "经手人")
ROWS = (
    ("沙尘", "南昌市", "", "2022-03-08 14", "2022-03-09 03", "沙尘通知〔2022〕1号", "张三"),
    ("剔除", "1299A", "PM10、PM2.5", "2022-03-10 01:00", "2022-03-10 24:00", "采样管脱落", "李四"),
    ("日志：停电", "station:1299A", "全部", "2022-03-11", "2022-03-11", "", "李四"),
)
EXPECTED = (
    Event("dust", "360100", datetime(2022, 3, 8, 14), datetime(2022, 3, 9, 3), "张三", ("pm25", "pm10"), notice="沙尘通知〔2022〕1号"),
    Event("exclusion", "station:1299A", datetime(2022, 3, 10, 1), datetime(2022, 3, 11), "李四", ("pm25", "pm10"), reason="采样管脱落"),
    Event("log:power", "station:1299A", datetime(2022, 3, 11, 1), datetime(2022, 3, 12), "李四"),
)


def text(*rows: tuple[str, ...], head: tuple[str, ...] = HEAD) -> str:
    return "".join(",".join(row) + "\n" for row in (head, *rows))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(("\n" + text(*ROWS)).encode(encoding))
    assert read_events(path, stations=STATIONS) == EXPECTED


def workbook(path: Path, *rows: tuple[object, ...]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        page, dated = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for line, row in enumerate((HEAD, *rows)):
            for column, cell in enumerate(row):
                if isinstance(cell, datetime):
                    page.write_datetime(line, column, cell, dated)
                else:
                    page.write(line, column, cell)
    return path


def test_workbook_with_texts_and_with_times(tmp_path: Path) -> None:
    first = (*ROWS[0][:3], datetime(2022, 3, 8, 14), datetime(2022, 3, 9, 3), *ROWS[0][5:])
    assert read_events(workbook(tmp_path / "a.xlsx", first, *ROWS[1:]), stations=STATIONS) == EXPECTED


def test_a_bare_date_in_a_workbook_is_refused_since_midnight_looks_the_same(tmp_path: Path) -> None:
    row = (*ROWS[0][:3], datetime(2022, 3, 8, 14), datetime(2022, 3, 9), *ROWS[0][5:])
    with pytest.raises(InputError, match=r"a\.xlsx:2：结束 是不带钟点的日期单元格"):
        read_events(workbook(tmp_path / "a.xlsx", row), stations=STATIONS)


def test_toml(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(
        """
        [[event]]
        kind = "dust"
        subject = "360100"
        from = 2022-03-08T14:00:00
        to = 2022-03-09T03:00:00
        notice = "沙尘通知〔2022〕1号"
        by = "张三"
        [[event]]
        "类型" = "剔除"
        "点位" = "1299A"
        "污染物" = ["pm25", "pm10"]
        "开始" = "2022-03-10 01"
        "结束" = "2022-03-10 24"
        "原因" = "采样管脱落"
        [[event]]
        kind = "log:power"
        subject = "1299A"
        from = 2022-03-11
        to = 2022-03-11
        """,
        encoding="utf-8",
    )
    assert read_events(path, stations=STATIONS, by="李四") == EXPECTED


def test_a_review_in_chinese_words(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    head = ("类型", "点位", "开始", "结束", "级别", "结论", "代码", "原因", "审核人")
    path.write_text(
        text(("审核", "1299A", "2022-03-08", "2022-03-08", "市级审核", "无效", "RM", "漏气", "张三"), head=head), encoding="utf-8"
    )
    (event,) = read_events(path, stations=STATIONS)
    assert (event.state, event.verdict, event.code, event.reason, event.by) == ("city", "invalid", "RM", "漏气", "张三")


def test_every_bad_row_is_named_and_nothing_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    bad = (
        ("剔除", "1300A", "", "2022-03-10 01", "2022-03-10 02", "故障", "李四"),
        ("沙尘", "亚特兰蒂斯", "", "2022-03-10 01", "2022-03-10 02", "1号", "李四"),
        ("下雪", "南昌", "", "2022-03-10 01", "2022-03-10 02", "1号", "李四"),
        ("日志", "南昌", "", "2022-03-10 01", "2022-03-10 02", "", "李四"),
        ("剔除", "1299A", "一氧化氮", "2022-03-10 01", "2022-03-10 02", "故障", "李四"),
        ("剔除", "1299A", "", "3月10日", "2022-03-10 02", "故障", "李四"),
        ("剔除", "", "", "2022-03-10 01", "2022-03-10 02", "故障", "李四"),
    )
    path.write_text(text(ROWS[0], *bad), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_events(path, stations=STATIONS)
    told = str(caught.value).splitlines()
    assert "7 条不能登记，整份文件未登记" in told[0]
    for line, word in zip(told[1:], ("1300A", "亚特兰蒂斯", "下雪", "写得不完整", "一氧化氮", "3月10日", "缺少 地区/点位"), strict=True):
        assert word in line
    assert [line.split("：")[0].strip() for line in told[1:]] == [f"a.csv:{n}" for n in range(3, 10)]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", "类型,开始,结束\n沙尘,1,2\n", "表头缺少 地区/点位"),
        ("a.csv", "类型,地区,点位,开始,结束\n", "同一项"),
        ("a.csv", "类型,地区,开始,结束\n", "没有一条事件"),
        ("a.toml", "event = 1\n", "应有"),
        ("a.toml", "[[event]]\nkind = 'dust'\nwhere = 'x'\n", "不认识的键 where"),
        ("a.toml", "[[event]\n", "不是 TOML"),
        ("a.xlsx", "no workbook", "不能作为工作簿读取"),
    ],
)
def test_files_that_are_no_list(tmp_path: Path, name: str, content: str, told: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        read_events(tmp_path / name, stations=STATIONS)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="找不到"):
        read_events(tmp_path / "a.csv", stations=STATIONS)
