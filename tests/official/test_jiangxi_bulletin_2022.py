"""June 2022 and the year 2022 of Jiangxi from the real files, as documents: the sentences that a reader meets first.

The department published 97.6 % good days, 15 µg/m³ PM2.5 (15.15) and 96.2 % good water for June; the unreviewed readings of 73 of 82
sections give 94.5 %, and the briefing says that they may not be used.
"""

from __future__ import annotations

from pathlib import Path

import docx
import pytest
from typer.testing import CliRunner

from yangban.cli.main import app

pytestmark = pytest.mark.shared


def _run(*words: object) -> None:
    result = CliRunner().invoke(app, [str(each) for each in words], catch_exceptions=False)
    assert result.exit_code in {0, 1}, result.output


@pytest.fixture(scope="module")
def workspace(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("jiangxi") / "w"
    files = [shared_data / "air" / "jiangxi_city_hourly_2022.csv.gz", shared_data / "water" / "jiangxi_water_auto_2022_snapshots.csv.gz"]
    _run("ingest", *files, "-w", place)
    _run("assess", "--year", 2022, "--medium", "all", "-w", place)
    return place


def _text(workspace: Path, kind: str, period: str, out: Path) -> str:
    _run("report", kind, "-r", "江西", "-p", period, "-w", workspace, "-o", out)
    document = docx.Document(str(out))
    cells = "".join(f"{cell.text}|" for table in document.tables for row in table.rows for cell in row.cells)
    return "".join(f"{p.text}\n" for p in document.paragraphs) + cells


def test_june(workspace: Path, tmp_path: Path) -> None:
    text = _text(workspace, "monthly", "2022-06", tmp_path / "june.docx")
    assert text.startswith("江西省2022年6月生态环境质量月报\n")
    assert "PM2.5平均浓度为15微克/立方米" in text
    assert "应评价国控地表水断面（点位）82个，有数据可评价的73个" in text
    assert "水质优良（Ⅰ～Ⅲ类）比例为94.5%" in text
    assert "82个断面中73个数据充足，以上水质结果不作正式使用。" in text
    assert "|水质优良（Ⅰ～Ⅲ类）比例|%|94.5*|96.2|-1.7|江西省生态环境厅" in text, "beside what was published"


def test_the_year(workspace: Path, tmp_path: Path) -> None:
    text = _text(workspace, "annual", "2022", tmp_path / "year.docx")
    assert text.startswith("江西省2022年生态环境质量公报\n")
    assert "优良天数比例为92.1%；PM2.5平均浓度为27微克/立方米" in text
    assert "应评价国控地表水断面（点位）82个，有数据可评价的79个" in text
    assert "82个断面中0个数据充足，以上水质结果不作正式使用。" in text
    assert "GB 3838-2002" in text
