"""Missing readings counted by hand, the assessment of a city, the search for strange readings, and a workspace that is busy."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from yangban.base.errors import UsageError
from yangban.readings.intake import ingest
from yangban.readings.workspace import Workspace
from yangban.run.local import read_manifest
from yangban.web.jobs.models import Job
from yangban.web.monitor import assessing, coverage, looking, records, work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small(small_workspace: Workspace) -> Workspace:
    return small_workspace


def quiet(*_: Any) -> None:
    pass


class TestCoverage:
    """The small workspace holds the hours of 42 days, 1 January to 11 February 2023, of a city and a county."""

    def test_months(self) -> None:
        rows = coverage.months("360000", 2023, "air", "realtime")
        assert [row["name"] for row in rows] == ["南昌市", "南昌县"]
        cells = [(each["missing"], each["of"], each["step"]) for each in rows[0]["months"]]
        # January is whole; February has 11 of 28 days, so 17 · 24 = 408 hours are missing of 672; March is empty.
        assert cells[:3] == [(0, 744, 0), (408, 672, 3), (744, 744, 4)]
        assert rows[0]["missing"] == 8760 - 42 * 24

    def test_a_place_sees_its_own(self, person: Any, enter: Any) -> None:
        assert coverage.months("360400", 2023, "air", "realtime") == []
        client = enter(person("reader", "360400"))
        assert client.get("/desk/coverage/?place=360100").status_code == 403
        assert client.get("/desk/coverage/?subject=360100&year=2023").status_code == 403

    def test_days(self) -> None:
        found = coverage.calendar("360100", 2023, "realtime")
        assert (found["whole"], found["partly"]) == (365 - 42, 0)
        assert str(found["holes"][0]["day"]) == "2023-02-12"
        assert found["holes"][0]["items"][0] == ("PM₂.₅", 24)

    def test_audited_readings_are_others(self) -> None:
        assert coverage.months("360000", 2023, "air", "audited") == []


class TestAssessment:
    def ask(self, user: Any, place: str, **more: Any) -> Job:
        return assessing.ask(
            user, place, **{"years": [2023], "medium": "all", "edition": "2012,2026-transitional", "straddle": "refuse", **more}
        )

    def test_a_city_has_it_computed_again_as_it_is_set(self, small: Workspace, person: Any) -> None:
        """The editions stay those of the province; the result lists the city and what lies in it; six weeks are too few for a year."""
        job = self.ask(person("data_reviewer", "360100"), "360100")
        result, well = work.assess(job, quiet)
        assert read_manifest(small)["2023"]["editions"] == "2012"
        assert {each["subject"][:4] for each in result["figures"]} == {"3601"}
        assert not well
        assert result["insufficient_total"] == len(result["insufficient"]) > 0
        assert all(each["reason"] for each in result["insufficient"])

    def test_the_province_chooses_the_editions(self, small: Workspace, person: Any) -> None:
        job = self.ask(person("drafter"), "360000")
        first, _ = work.assess(job, quiet)
        assert read_manifest(small)["2023"]["editions"] == "2012,2026-transitional"
        again, _ = work.assess(job, quiet)
        assert again == first

    def test_sound_is_assessed_too(self, small: Workspace, person: Any, tmp_path: Path) -> None:
        """By hand: two grid points at 52 and 54 have the plain mean 53.0."""
        (tmp_path / "area.csv").write_text(
            "网格编号,城市,监测日期,昼间\n甲,南昌,2023-05-01,52.0\n乙,南昌,2023-05-01,54.0\n", encoding="utf-8"
        )
        ingest(small, [tmp_path / "area.csv"])
        result, _ = work.assess(self.ask(person("data_reviewer", "360100"), "360100", medium="sound"), quiet)
        assert [(run["medium"], run["subjects"]) for run in result["runs"]] == [("sound", 2)]
        assert "53.0" in {each["display"] for each in result["figures"] if each["indicator"] == "sound.area_day"}

    def test_what_cannot_be_is_refused(self, person: Any) -> None:
        user = person("drafter", "360100")
        with pytest.raises(UsageError, match="没有读数"):
            self.ask(user, "360100", years=[1999])
        with pytest.raises(UsageError):
            self.ask(user, "360100", edition="2050")
        with pytest.raises(PermissionDenied):
            self.ask(user, "360400")


def test_a_look_lists_signals_of_the_place(person: Any) -> None:
    """The made-up hours repeat after 31 hours, never after 24: no copied block; a look at a place without readings says so."""
    user = person("data_reviewer", "360100")
    job = looking.ask(user, "360100", period="2023-01", basis="realtime")
    result, _ = work.look(job, quiet)
    assert "copied_block" not in {each["rule"] for each in result["signals"]}
    assert {each["subject"] for each in result["signals"]} <= {"360100", "360121"}
    with pytest.raises(PermissionDenied):
        looking.ask(user, "360400", period="2023-01", basis="realtime")


def test_signals_wait_on_the_first_page_until_somebody_judges(person: Any, enter: Any) -> None:
    user, other = person("data_reviewer", "360100"), person("data_reviewer", "360400")
    job = looking.ask(user, "360100", period="2023-01", basis="realtime")
    Job.objects.filter(pk=job.pk).update(
        state="short", finished_at=timezone.now(), result={"period": "2023-01", "signals_total": 3, "signals": []}
    )
    assert "3 条线索" in enter(user).get("/desk/").text
    assert "3 条线索" not in enter(other).get("/desk/").text
    said = {"subject": "南昌市", "start": "2023-01-09", "end": "2023-01-09", "reason": "仪器故障"}
    records.propose(user, "exclusion", said)
    assert "3 条线索" not in enter(user).get("/desk/").text


def test_a_busy_workspace_is_waited_for(small: Workspace, person: Any) -> None:
    job = assessing.ask(person("drafter"), "360000", years=[2023], medium="air", edition="2012", straddle="refuse")
    held, free = threading.Event(), threading.Event()

    def another() -> None:
        with small.writing():
            held.set()
            free.wait(10)

    thread = threading.Thread(target=another)
    thread.start()
    held.wait(10)
    told: list[str] = []

    def say(message: str, *_: Any) -> None:
        told.append(message)
        if "等待" in message:
            free.set()

    work.assess(job, say)
    thread.join()
    assert any("等待" in each for each in told)
