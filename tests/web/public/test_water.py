"""The page of water, from published Figures in the shape that releases hold."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest

from yangban.readings.workspace import Workspace
from yangban.web.public.models import FigureRoots, PublishedFigure, PublishedRelease, ReleasePeriod
from yangban.web.public.summaries import summarise

pytestmark = pytest.mark.django_db
SECTIONS = (
    ("外洲", "2", "ok", ""),
    ("滁槎", "4", "ok", ""),
    ("生米", "6", "ok", ""),
    ("八一桥", "2", "insufficient", "9 个月有数据，至少 12 个月"),
    ("大港", None, "insufficient", "没有监测数据"),
)
NUMERALS = {"2": "Ⅱ", "4": "Ⅳ", "6": "劣Ⅴ"}


@pytest.fixture
def water(own_workspace: Workspace) -> PublishedRelease:
    """A release of five sections and the shares of a province in one month."""
    subjects = ["360000", *(f"section:360000:{name}" for name, *_ in SECTIONS)]
    row = PublishedRelease.objects.create(
        number=7, digest="d", figures_digest="f", created=datetime(2023, 2, 1, tzinfo=UTC), audience="public", through=date(2023, 1, 31),
        synthetic=True, program="test", editions=["gb3838-2002"], subjects=subjects, complete=True,
    )  # fmt: skip
    ReleasePeriod.objects.create(release=row, period="2023-01")
    roots = FigureRoots.objects.create(digest="water", documents=["gb3838-2002", "assess-2011"], unverified=[], inputs="x")

    def keep(indicator: str, subject: str, level: str, display: str | None, unit: str, **more: Any) -> None:
        PublishedFigure.objects.create(
            release=row, indicator=indicator, subject=subject, subject_name=subject.rpartition(":")[2], subject_level=level,
            period="2023-01",
            value=display, display=display, exact=display,
            unit=unit, edition="gb3838-2002", scope="as_monitored", basis="realtime",
            network="state", synthetic=True, n_valid=1, n_expected=1, roots=roots, **{"status": "ok", "reason": "", **more},
        )  # fmt: skip

    for name, klass, status, reason in SECTIONS:
        detail = {
            "class": NUMERALS.get(klass or "", ""),
            "state": "轻度污染" if klass == "4" else "",
            "main": ["tp"] if klass == "4" else [],
            "deciding": ["tp"],
        }
        keep("water.class", f"section:360000:{name}", "section", klass, "1", status=status, reason=reason, detail=detail)
    keep("water.good_ratio", "360000", "province", "50.0", "%")
    keep("water.sections", "360000", "province", "4", "section")
    summarise(own_workspace, row, say=lambda *_: None)
    return row


def test_sections_stand_worst_first_with_numeral_and_word(water: PublishedRelease, client: Any) -> None:
    text = client.get("/water/").text
    assert text.count("<h1") == 1
    names = re.findall(r'<th scope="row"><a href="/water/section:360000:[^"]+">([^<]+)</a>', text)
    assert names == ["生米", "滁槎", "八一桥", "外洲", "大港"]
    assert "劣Ⅴ" in text
    assert "轻度污染" in text
    assert "总磷" in text
    assert "4 个断面有类别，1 个没有数据；其中 2 个数据不足" in text
    assert "没有可信的坐标" in text


def test_a_section_by_month_and_how_its_class_came(water: PublishedRelease, client: Any) -> None:
    page = client.get("/water/section:360000:八一桥/")
    assert page.status_code == 200
    assert "9 个月有数据，至少 12 个月" in page.text
    how = client.get("/how/0007/water.class/section:360000:八一桥/2023-01/")
    assert how.status_code == 200
    assert "数据不足，不作正式使用" in how.text
    assert '<span class="big">Ⅱ</span>' in how.text
    share = client.get("/how/0007/water.good_ratio/360000/2023-01/").text
    assert "所辖断面" in share
    assert share.count("/how/0007/water.class/section:360000:") == len(SECTIONS)


def test_air_is_not_hidden_by_a_newer_release_of_water(water: PublishedRelease, client: Any) -> None:
    assert "/how/0001/" in client.get("/air/2023-01/").text
    assert client.get("/").status_code == 200
    assert "优良天数比例" in client.get("/").text


def test_without_water_the_page_says_so(client: Any) -> None:
    assert "还没有水环境质量结果" in client.get("/water/").text
    assert client.get("/water/2023-01/").status_code == 404
