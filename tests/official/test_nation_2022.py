"""The nation 2022 from real readings: 375 places of the archive, the six central provinces, the national mean.

Published: 86.5 % good days as monitored in 2022 (339 cities; national bulletin). ../shared/data/README.md describes the file.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from yangban.base import regions
from yangban.cli.main import app

pytestmark = pytest.mark.shared
CENTRAL = "140000,340000,360000,410000,420000,430000"


@pytest.fixture(scope="module")
def workspace(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("nation") / "workspace"
    receipt = _run("ingest", str(shared_data / "air" / "national_city_hourly_2022.csv.gz"), "-w", str(place), "--json")
    assert not [r for r in receipt["rejections"] if r["rule"] == "unknown_place"]
    _run("assess", "--year", "2022", "-w", str(place), "--json", code=1)
    return place


def _run(*words: str, code: int = 0) -> Any:
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code in {0, code}, result.output
    return json.loads(result.stdout)


def _ranks(workspace: Path, word: str) -> list[tuple[str, int, str]]:
    rows = _run(
        "rank", "-w", str(workspace), "-i", word, "-p", "2022", "--level", "province", "--among", CENTRAL, "--edition", "2012", "--json"
    )
    return [(row["subject_name"], row["rank"], row["display"]) for row in rows]


def test_six_central_provinces(workspace: Path) -> None:
    """Jiangxi is first on both, as the article says of 2023."""
    assert _ranks(workspace, "air.pm25.mean") == [
        ("江西省", 1, "27"),
        ("湖南省", 2, "34"),
        ("安徽省", 3, "36"),
        ("湖北省", 4, "37"),
        ("山西省", 5, "39"),
        ("河南省", 6, "49"),
    ]
    assert [name for name, _, _ in _ranks(workspace, "air.good_day_ratio")] == ["江西省", "湖南省", "湖北省", "安徽省", "山西省", "河南省"]


def test_national_mean(workspace: Path) -> None:
    (ratio,) = _run(
        "figures", "-w", str(workspace), "-i", "air.good_day_ratio", "-s", "100000", "-p", "2022", "--edition", "2012", "--json"
    )
    assert abs(Decimal(ratio["value"]) - Decimal("86.5")) <= Decimal("0.2")
    assert ratio["status"] == "insufficient"
    assert ratio["n_expected"] == len(regions.prefecture_places("100000")) == 337
    assert "三沙" not in ratio["reason"] or ratio["reason"].startswith("337 个")


def test_every_place_is_known(workspace: Path) -> None:
    rows = _run("figures", "-w", str(workspace), "-i", "air.valid_days", "-p", "2022", "--edition", "2012", "--json")
    assert len([row for row in rows if row["subject_level"] == "city"]) > 330
    for row in rows:
        assert regions.subject_name(row["subject"]) == row["subject_name"]
