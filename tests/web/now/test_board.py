"""The page of the present hour: what arrives is seen in the next request, by the hourly clock, and late hours say so."""

from __future__ import annotations

import gzip
import io
import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.core.management import call_command

from web.api.conftest import _nothing_counted, make_key  # noqa: F401
from yangban.readings.lake import Lake
from yangban.readings.stations import Registry, Station
from yangban.readings.workspace import Workspace
from yangban.web.now import board, selectors, views
from yangban.web.now.models import NowHour, NowSubject

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_workspace")]

NOW = datetime(2026, 6, 1, 5, 20, tzinfo=UTC)
"""13:20 in Beijing: the last hour ended at 13:00."""

STATIONS = [f"station:{n}A" for n in range(1297, 1301)]


@pytest.fixture(autouse=True)
def _stations(own_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four evaluation stations of Nanchang, and the clock."""
    Registry(tuple(Station(station=each, name=f"点位{n}", city="360100") for n, each in enumerate(STATIONS, 1))).save(own_workspace)
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    caches["now"].clear()


def hour(subject: str, time: str = "2026-06-01T13:00", **values: str | None) -> dict[str, Any]:
    return {"subject": subject, "time": time, "pm25": "36", "pm10": "50", "so2": "6", "no2": "12", "co": "0.6", "o3": "120", **values}


@pytest.fixture
def push(client: Any, make_key: Any, django_capture_on_commit_callbacks: Any) -> Any:  # noqa: F811
    _, key = make_key("readings:write", region="360000")
    count = 0

    def go(*rows: dict[str, Any], word: str = "", work: bool = False) -> Any:
        nonlocal count
        count += 1
        headers = {"HTTP_AUTHORIZATION": f"Bearer {key}", "HTTP_IDEMPOTENCY_KEY": word or f"push-{count}"}
        with django_capture_on_commit_callbacks(execute=work):
            return client.post("/api/v1/hours", json.dumps({"rows": rows}), content_type="application/json", **headers)

    return go


def page(client: Any, **headers: str) -> str:
    answer = client.get("/now/", **headers)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_an_hour_is_on_the_page_in_the_first_request_after_its_sender_was_answered(client: Any, push: Any) -> None:
    assert "还没有实时数据" in page(client)
    answer = push(*(hour(each) for each in STATIONS))
    assert answer.status_code == 202
    # No work has been done in the background yet: the lake has nothing of it.
    found = page(client)
    assert "13:00" in found
    assert "点位1" in found
    city = NowSubject.objects.get(subject="360100")
    # By hand, HJ 633-2026 with the break-points of 2026: PM2.5 36 lies between 35 (50) and 60 (100): 50 / 25 + 50 = 52.
    assert (city.aqi, city.status, city.primary, city.stations, city.of) == (52, "ok", ["pm25"], 4, 4)
    assert city.edition == "gb3095-2026-transitional"
    assert ">52<" in found


def test_the_page_says_that_it_is_provisional_and_by_which_clock(client: Any, push: Any) -> None:
    push(*(hour(each) for each in STATIONS))
    found = page(client)
    assert "实时 · 未经审核" in found
    assert "不用于评价和考核" in found
    assert "小时时钟" in found
    assert "六项均取这一小时的平均" in found
    assert "按时" in found
    assert "20 分钟" in found
    english = client.get("/en/now/").content.decode()
    assert "not audited" in english
    assert "20 min" in english


def test_a_city_needs_enough_of_its_stations(client: Any, push: Any) -> None:
    push(*(hour(each, "2026-06-01T12:00") for each in STATIONS))
    push(*(hour(each, pm25="90") for each in STATIONS[:2]))
    # Two of four are fewer than 75 %: the city stays at 12:00, and the two stations are at 13:00.
    city = NowSubject.objects.get(subject="360100")
    assert city.ends == datetime(2026, 6, 1, 4, tzinfo=UTC)
    assert NowSubject.objects.get(subject=STATIONS[0]).ends == datetime(2026, 6, 1, 5, tzinfo=UTC)
    push(hour(STATIONS[2], pm25="90"))
    city.refresh_from_db()
    assert (city.ends, city.stations, city.values["pm25"]) == (datetime(2026, 6, 1, 5, tzinfo=UTC), 3, "90")


def test_a_late_hour_says_so(client: Any, push: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    push(*(hour(each) for each in STATIONS))
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(minutes=71))
    found = page(client)
    assert "迟到" in found
    assert "不代表此刻" in found
    assert "1 小时 31 分钟" in found


def test_a_correction_replaces_and_a_null_never_erases(client: Any, push: Any) -> None:
    push(*(hour(each) for each in STATIONS))
    push(hour(STATIONS[0], pm25="61.5", o3=None))
    assert NowHour.objects.get(subject=STATIONS[0]).values == {
        "pm25": 61_500, "pm10": 50_000, "so2": 6_000, "no2": 12_000, "co": 600, "o3": 120_000,
    }  # fmt: skip
    assert NowSubject.objects.get(subject=STATIONS[0]).aqi > 100


def test_a_clock_that_runs_ahead_changes_nothing(client: Any, push: Any) -> None:
    push(*(hour(each) for each in STATIONS))
    push(hour(STATIONS[0], "2027-01-01T00:00", pm25="500"), hour(STATIONS[1], pm25="-99"))
    assert NowSubject.objects.get(subject="360100").aqi == 52
    assert NowHour.objects.count() == 4


def test_a_page_is_made_once_for_an_arrival_and_a_minute(client: Any, push: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    push(*(hour(each) for each in STATIONS))
    first = client.get("/now/")
    made: list[int] = []
    monkeypatch.setattr("yangban.web.now.selectors.board", lambda *_: made.append(1))
    assert client.get("/now/").content == first.content
    again = client.get("/now/", HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again.content, made) == (304, b"", [])
    monkeypatch.undo()
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    push(hour(STATIONS[0], pm25="40"))
    assert client.get("/now/", HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 200


def test_the_pages_of_hours_gone_by_fill_no_memory(client: Any, push: Any) -> None:
    for n in range(30):
        push(hour(STATIONS[0], pm25=f"{n + 10}"))
        page = client.get("/now/")
        packed = client.get("/now/", HTTP_ACCEPT_ENCODING="gzip")
        assert gzip.decompress(packed.content) == page.content
    assert 0 < len(caches["now"]._cache) <= 8
    assert len(caches["pages"]._cache) == 0


def test_those_who_ask_at_once_wait_for_one_page(rf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def page(_request: Any, _moment: datetime) -> bytes:
        made.append(1)
        time.sleep(0.3)
        return b"a page"

    monkeypatch.setattr(views, "_page", page)
    monkeypatch.setattr(selectors, "stamp", lambda: (7, None))
    with ThreadPoolExecutor(4) as readers:
        answers = list(readers.map(lambda _: views.now(rf.get("/now/")).content, range(4)))
    assert (answers, made) == ([b"a page"] * 4, [1])


def test_what_the_lake_has_of_an_hour_stands_on_the_board(push: Any, own_workspace: Workspace) -> None:
    """The board after the readings are taken in is the lake's; what a person has excluded is gone from it."""
    from yangban.readings.events import Event
    from yangban.readings.events import append as append_events

    push(*(hour(each) for each in STATIONS), work=True)
    days = Lake(own_workspace).air(start=datetime(2026, 6, 1), end=datetime(2026, 6, 1)).collect()
    assert days.filter(subject=STATIONS[0])["pm25_13"].to_list() == [36_000]
    out = Event(
        kind="exclusion", subject=STATIONS[0], start=datetime(2026, 6, 1, 13), end=datetime(2026, 6, 1, 13), by="张三", reason="停电",
        pollutants=("pm25",),
    )  # fmt: skip
    append_events(own_workspace, [out], now=NOW)
    assert board.refresh(own_workspace) == 1
    assert "pm25" not in NowHour.objects.get(subject=STATIONS[0]).values


def test_the_old_clock_takes_running_means_of_particles(push: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before 2026-03-01 HJ 633-2012 holds: 24 hours of PM2.5 at 75 are AQI 100, whatever the last hour alone is."""
    moment = datetime(2026, 1, 10, 5, 20, tzinfo=UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
    ends = [datetime(2026, 1, 10, 13) - timedelta(hours=back) for back in range(24)]
    push(*(hour(STATIONS[0], f"{end:%Y-%m-%dT%H:00}", pm25="75", o3="10") for end in ends))
    found = NowSubject.objects.get(subject=STATIONS[0])
    assert (found.edition, found.aqi, found.primary) == ("gb3095-2012", 100, ["pm25"])


def test_a_file_in_a_watched_folder_is_on_the_page(client: Any, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    lines = [f"{each.removeprefix('station:')},2026-06-01 13:00,36,50,6,12,0.6,120" for each in STATIONS]
    (folder / "13.csv").write_text("station,time,pm25,pm10,so2,no2,co,o3\n" + "\n".join(lines) + "\n", encoding="utf-8")
    handlers = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        call_command("watch", str(folder), "--once", "--settle", "0.1", "--interval", "0.05", stdout=io.StringIO())
    finally:
        for each, handler in handlers.items():
            signal.signal(each, handler)
    assert NowSubject.objects.get(subject="360100").aqi == 52
    assert ">52<" in page(client)
    assert (folder / "done").is_dir()
    # Readings that came in by the command line are asked for by name, and nothing is done twice.
    out = io.StringIO()
    call_command("refresh_now", stdout=out)
    assert "更新 0 个小时" in out.getvalue()
