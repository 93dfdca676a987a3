"""What the clock asks for by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from yangban.web.jobs.daily import tick

pytestmark = pytest.mark.django_db


def test_points_and_activities_are_swept_once_a_day() -> None:
    noon = timezone.localtime().replace(hour=12)
    assert {"points.sweep", "activities.sweep", "warnings.scan"} <= set(tick(noon))
    assert tick(noon + timedelta(minutes=5)) == []
    assert {"points.sweep", "activities.sweep"} <= set(tick(noon + timedelta(days=1)))
