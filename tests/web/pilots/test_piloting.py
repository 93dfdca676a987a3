"""Pilots and titles on the site: taken over from the pack, support that its units report on, comparison from released Figures."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction

from yangban.base.errors import NotAllowed
from yangban.web.pilots import naming, piloting
from yangban.web.pilots.models import Pilot, PolicyStep
from yangban.web.public.models import PublishedFigure, PublishedRelease

pytestmark = pytest.mark.django_db


def test_the_pack_is_taken_over_once_and_changes_stay(db: None) -> None:
    assert len(piloting.take_over()) == 7
    Pilot.objects.filter(word="county-zixi").update(title="改过的名称")
    assert piloting.take_over() == []
    assert Pilot.objects.get(word="county-zixi").title == "改过的名称"
    assert piloting.take_over(region="430000") == []


def test_titles_show_counts_and_names_and_make_nothing_up(client: Any) -> None:
    piloting.take_over()
    page = client.get("/pilots/").text
    assert "靖安县" in page
    assert "未核实" in page
    held = {each.word: each for each in naming.families()}
    assert (held["two-mountains"].unnamed, held["demonstration-area"].unnamed) == (4, 28)
    assert len(held["demonstration-area"].holders) == 0
    assert naming.by_city(list(held.values()))["360700"].total == 1
    assert client.get("/en/pilots/").status_code == 200


def test_a_named_place_of_this_site_stands_in_the_list(town: Any, client: Any) -> None:
    row = town.reach("public_notice")
    town.moment = town.moment.replace(year=date.today().year + 1)
    row = town.act("province", row, "recommend", basis="推荐文")
    row = town.act("province", row, "name", basis="命名公告（虚构）", plate="试-9", day=town.moment.date())
    page = client.get("/pilots/").text
    assert "命名公告（虚构）" in page
    assert naming.by_city(naming.families())["360700"].total == 2


@pytest.fixture
def policy(town: Any) -> Any:
    piloting.take_over()
    pilot = Pilot.objects.get(word="beautiful-ganzhou")
    due = date.today() - timedelta(days=1)
    return piloting.add_policy(town.people["city"], pilot, title="支持（虚构）", unit=town.units["support"], due=due)


def test_a_policy_is_reported_on_by_its_unit_or_the_office(town: Any, policy: Any, enter: Any, client: Any) -> None:
    assert "过期" in client.get("/pilots/beautiful-ganzhou/").text
    for who in ("unit", "other", "else", "reader", "county"):
        with pytest.raises(PermissionDenied):
            piloting.report_policy(town.people[who], policy.pk, state="used")
    piloting.report_policy(town.people["support"], policy.pk, state="ready")
    with pytest.raises(NotAllowed, match="写明原因"):
        piloting.report_policy(town.people["city"], policy.pk, state="unused")
    with pytest.raises(NotAllowed, match="晚于今天"):
        piloting.report_policy(town.people["city"], policy.pk, state="used", day=date.today() + timedelta(days=1))
    desk = enter(town.people["support"])
    desk.post("/desk/pilots/beautiful-ganzhou/policies/1/", {"state": "used", "day": "", "note": "用于两个项目"})
    policy.refresh_from_db()
    assert (policy.state, policy.used_on) == ("used", date.today())
    assert [(each.before, each.state) for each in policy.steps.order_by("pk")] == [("planned", "ready"), ("ready", "used")]
    assert "用于两个项目" in desk.get("/desk/pilots/beautiful-ganzhou/").text


def test_only_the_office_of_the_place_keeps_a_pilot(town: Any, policy: Any) -> None:
    pilot = policy.pilot
    for who in ("support", "unit", "county", "else"):
        with pytest.raises(PermissionDenied):
            piloting.add_policy(town.people[who], pilot, title="x", unit=town.units["support"])
        with pytest.raises(PermissionDenied):
            piloting.show(town.people[who], pilot, False)
    piloting.show(town.people["province"], pilot, False)
    assert not Pilot.objects.get(pk=pilot.pk).public


def test_a_hidden_pilot_is_not_found(town: Any, policy: Any, client: Any) -> None:
    piloting.show(town.people["city"], policy.pilot, False)
    assert client.get("/pilots/beautiful-ganzhou/").status_code == 404
    assert "beautiful-ganzhou" not in client.get("/pilots/").text


@pytest.mark.parametrize("sql", ["UPDATE pilots_policystep SET note = 'x'", "DELETE FROM pilots_policystep"])
def test_the_history_of_support_only_grows(town: Any, policy: Any, sql: str) -> None:
    piloting.report_policy(town.people["support"], policy.pk, state="ready")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert PolicyStep.objects.count() == 1


def test_a_new_pilot_by_form(town: Any, enter: Any) -> None:
    client = enter(town.people["city"])
    sent = {"word": "county-new", "region": "360733", "title": "新试点（虚构）", "basis": "文", "started": "2025", "source": "虚构"}
    assert client.post("/desk/pilots/new/", sent).status_code == 302
    assert client.post("/desk/pilots/new/", sent).status_code == 422
    assert client.post("/desk/pilots/new/", {**sent, "word": "b", "region": "360000"}).status_code == 403
    assert enter(town.people["unit"]).get("/desk/pilots/new/").status_code == 403


@pytest.fixture
def two_years(db: None) -> PublishedRelease:
    """Figures of 2021 as the year before: of each city what 2023 says, plus a change typed here."""
    release = PublishedRelease.objects.get(number=1)
    rows = []
    for row in PublishedFigure.objects.filter(
        release=release, indicator="air.pm25.mean", period="2023", subject_level="city", edition="gb3095-2012", scope="as_monitored"
    ):
        change = {"360700": 6, "360100": 1}.get(row.subject, 2)
        before = int(row.display) + change
        rows.append(
            PublishedFigure(
                release=release, indicator=row.indicator, subject=row.subject, subject_name=row.subject_name, subject_level="city",
                period="2021", value=str(before), display=str(before), exact=str(before), unit=row.unit, edition=row.edition,
                scope=row.scope,
                basis=row.basis, network=row.network, synthetic=True, status="ok", n_valid=365, n_expected=365, roots=row.roots,
            )
        )  # fmt: skip
    PublishedFigure.objects.bulk_create(rows)
    return release


def test_a_pilot_is_compared_on_released_figures(two_years: PublishedRelease, client: Any) -> None:
    """By hand: the pilot falls by 6, 南昌 by 1, nine others by 2: −6 − (−1 − 18) / 10 = −4.1; one of eleven reaches 1 − 2/11."""
    piloting.take_over()
    found = piloting.compared("air.pm25.mean", level="city", before="2021", after="2023", pilots=Pilot.objects.filter(kind="city"))
    assert (len(found.pilots), len(found.others)) == (1, 10)
    assert found.difference is not None
    assert found.difference * 10 == -41
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == (-5, -4)
    page = client.get("/pilots/beautiful-ganzhou/?indicator=air.pm25.mean&before=2021&after=2023").text
    assert "−4.1" in page
    assert "81.8%" in page
    assert "不说明是试点带来的变化" in page
    assert "合成数据" in page
    english = client.get("/en/pilots/beautiful-ganzhou/?indicator=air.pm25.mean&before=2021&after=2023").text
    assert "does not say that the pilot caused them" in english


def test_places_only_inferred_to_be_pilots_stand_on_neither_side(two_years: PublishedRelease) -> None:
    piloting.take_over()
    Pilot.objects.filter(kind="city").update(confidence="unverified")
    found = piloting.compared("air.pm25.mean", level="city", before="2021", after="2023", pilots=Pilot.objects.filter(kind="city"))
    assert found.difference is None
    assert "360700" not in {each.subject for each in (*found.pilots, *found.others)}


@pytest.mark.parametrize(("before", "after"), [("2023", "2021"), ("2021", "2023-06"), ("2021-01", "2023-06"), ("x", "2023")])
def test_periods_that_cannot_be_set_side_by_side(two_years: PublishedRelease, client: Any, before: str, after: str) -> None:
    piloting.take_over()
    answer = client.get(f"/pilots/beautiful-ganzhou/?before={before}&after={after}")
    assert answer.status_code == 200
    assert 'class="empty"' in answer.text


def test_with_one_year_alone_the_page_says_what_is_missing(client: Any) -> None:
    piloting.take_over()
    assert "要有前后两年的发布结果才能比较" in client.get("/pilots/beautiful-ganzhou/").text
