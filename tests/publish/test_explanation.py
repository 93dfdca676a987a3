"""The text, the page and the JSON of an explanation say the same, and the page stands alone."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from yangban.base.periods import parse
from yangban.publish.explanation import Table, as_html, as_text, blocks, to_json, write_html
from yangban.readings.intake import ingest
from yangban.readings.workspace import Workspace
from yangban.run.explain import explain
from yangban.run.explained import Explained
from yangban.run.local import assess_air

CELLS = {"PM2.5": "30", "PM10": "160", "SO2": "8", "NO2": "20", "CO": "0.60", "O3": "90"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Explained:
    """Three days of 南昌, the last of them with 19 hours; the file's name holds what a page must not take for markup."""
    folder = tmp_path_factory.mktemp("page")
    lines = ["date,hour,type,南昌"]
    for n in range(72 - 5):
        label = datetime(2022, 6, 1) + timedelta(hours=n + 1)
        lines += [f"{label:%Y%m%d},{label.hour},{kind},{cell}" for kind, cell in CELLS.items()]
    path = folder / "a<b>&c.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    workspace = Workspace.open(folder / "w", create=True)
    ingest(workspace, [path])
    assess_air(workspace, [2022])
    (found,) = explain(workspace, indicator="air.good_day_ratio", subject="360100", period=parse("2022-06-01/2022-06-03"))
    return found


class _Reader(HTMLParser):
    """Tags that are open and those that were ever opened, with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "br", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_alone_and_is_well_formed(made: Explained) -> None:
    page = as_html([made])
    reader = _Reader()
    reader.feed(page)
    assert reader.open == []
    tags = {tag for tag, _ in reader.seen}
    assert tags & {"script", "link", "img", "iframe", "object"} == set()
    assert not [attrs for _, attrs in reader.seen if set(attrs) & {"src", "href", "onclick", "style"}]
    assert "url(" not in page
    assert "prefers-color-scheme:dark" in page
    assert "@media print" in page
    assert "a&lt;b&gt;&amp;c.csv" in page
    assert "a<b>" not in page


def test_every_table_has_a_title_and_rows_as_wide_as_its_head(made: Explained) -> None:
    tables = [block for block in blocks(made) if isinstance(block, Table)]
    assert len(tables) > 8
    assert all(table.title and all(len(row) == len(table.heads) for row in table.rows) for table in tables)


def test_text_and_page_hold_the_same_sums(made: Explained) -> None:
    text, page = as_text(made), as_html([made])
    for line in (
        "0 ÷ 2 × 100 = 0",
        "Σ ÷ n = 3840 ÷ 24 = 160",
        "IAQI = (150 − 100) ÷ (250 − 150) × (160 − 150) + 100 = 105，向上取整 → 105",
    ):
        assert line in text
        assert line in page
    assert "有效小时 19 个，至少 20 个" in text


def test_json_gives_fractions_whole(made: Explained) -> None:
    content = json.loads(json.dumps(to_json(made), ensure_ascii=False))
    assert content["figure"]["indicator"] == "air.good_day_ratio"
    assert {key: content["how"][key] for key in ("step", "condition", "hits", "n", "ratio")} == {
        "step": "DaysCount",
        "condition": "AQI ≤ 100（优、良）",
        "hits": 0,
        "n": 2,
        "ratio": True,
    }
    assert content["how"]["value"] == {"fraction": "0/1", "value": "0"}
    assert [row["day"] for row in content["days"]] == ["2022-06-01", "2022-06-02", "2022-06-03"]
    item = next(each for each in content["example"]["items"] if each["item"] == "co")
    assert (item["hours"][23]["ends"], item["hours"][23]["value"], item["hours"][23]["origins"][0]["text"]) == (
        "2022-06-02T00:00:00", "0.6", "0.60",
    )  # fmt: skip
    assert item["value"] == {"fraction": "3/5", "value": "0.6"}


def test_text_tables_stand_straight(made: Explained) -> None:
    lines = as_text(made).splitlines()
    start = next(i for i, line in enumerate(lines) if "PM10 小时值" in line)
    places = {re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", line).start() for line in lines[start + 4 : start + 28]}  # type: ignore[union-attr]
    assert places == {8}


def test_the_page_is_written_whole(made: Explained, tmp_path: Path) -> None:
    write_html([made, made], tmp_path / "new" / "page.html")
    assert (tmp_path / "new" / "page.html").read_text(encoding="utf-8") == as_html([made, made])
    assert as_html([made, made]).count("<article>") == 2
