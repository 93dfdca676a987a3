"""Why a result is short of data, in English: every reason of a release, and each kind of sentence."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from yangban.web.public.models import PublishedFigure
from yangban.web.public.reasons import said


@pytest.mark.parametrize(
    ("reason", "english"),
    [
        ("有效日 300 天，全年至少 324 天", "300 valid days, at least 324 needed in a year"),
        ("有效小时 0 个，至少 20 个", "0 valid hours, at least 20 needed"),
        ("2 个月有效日不足，每月至少 27 天（2 月 25 天）", "months with too few valid days: 2; at least 27 needed in each, 25 in February"),
        (
            "11 个地级及以上城市中 4 个数据充足；不足：南昌市、景德镇市 等 7 个",
            "4 of 11 cities at or above prefecture level have enough data; too few in: Nanchang, Jingdezhen and others, 7 in all",
        ),
        (
            "缺 细颗粒物(PM2.5)、臭氧8小时(O3-8h)，且其余各项 AQI 不高于 100",
            "missing: PM2.5, O3-8h; by the others the AQI is not above 100",
        ),
        (
            "缺 co.p95；pm25.mean：有效日 3 天，全年至少 324 天；…",
            "missing: co.p95; pm25.mean: 3 valid days, at least 324 needed in a year; …",
        ),
        ("未达到Ⅲ类：氨氮、总磷", "class Ⅲ not reached: ammonia nitrogen, total phosphorus"),
        ("对比期 2021：没有有效日", "compared with 2021: no valid day"),
        ("没有人知道的一句话", "没有人知道的一句话"),
        ("", ""),
    ],
)
def test_sentences(reason: str, english: str) -> None:
    with translation.override("en"):
        assert said(reason).casefold() == english.casefold()
    with translation.override("zh-hans"):
        assert said(reason) == reason


@pytest.mark.django_db
def test_every_reason_of_a_release_is_said_in_english() -> None:
    reasons = set(PublishedFigure.objects.exclude(reason="").values_list("reason", flat=True))
    assert len(reasons) > 3
    with translation.override("en"):
        assert [told for told in map(said, reasons) if re.search("[\u4e00-\u9fff]", told)] == []
