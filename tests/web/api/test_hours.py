"""Hours pushed in: what is acknowledged is kept, taken in once and together, and a queue that is full says when to come again."""

from __future__ import annotations

import json
import uuid
from datetime import date
from typing import Any

import pytest

from yangban.readings.lake import Lake
from yangban.readings.receipts import receipts
from yangban.readings.stations import Registry, Station
from yangban.readings.workspace import Workspace

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_workspace")]

BURST = 40


@pytest.fixture(autouse=True)
def _stations(own_workspace: Workspace) -> None:
    Registry(tuple(Station(station=f"station:{1000 + n}A", city="360100") for n in range(BURST))).save(own_workspace)


def body(number: int, value: Any = "35", **more: Any) -> str:
    row = {"subject": f"station:{1000 + number}A", "time": "2024-03-01T01:00", "pm25": value, **more}
    return json.dumps({"rows": [row]})


@pytest.fixture
def push(client: Any, django_capture_on_commit_callbacks: Any) -> Any:
    def go(key: str, content: str, *, word: str = "one", work: bool = True) -> Any:
        headers = {"HTTP_AUTHORIZATION": f"Bearer {key}", "HTTP_IDEMPOTENCY_KEY": word}
        with django_capture_on_commit_callbacks(execute=work):
            return client.post("/api/v1/hours", content, content_type="application/json", **headers)

    return go


def stored(workspace: Workspace) -> dict[str, int]:
    rows = Lake(workspace).air(start=date(2024, 3, 1), end=date(2024, 3, 1), level="station").select("subject", "pm25_01").collect()
    return dict(rows.iter_rows())


def run_jobs() -> int:
    """What the worker does: every job that waits."""
    from yangban.web.jobs.models import Job
    from yangban.web.jobs.work import run_job

    waiting = list(Job.objects.filter(state=Job.State.QUEUED).values_list("pk", flat=True))
    for pk in waiting:
        run_job.call(str(pk))
    return len(waiting)


def test_an_hour_comes_in_and_the_receipt_says_so(client: Any, push: Any, make_key: Any, own_workspace: Workspace) -> None:
    _, key = make_key("readings:write")
    answer = push(key, body(0))
    assert answer.status_code == 202
    told = client.get(answer.json()["receipt"], HTTP_AUTHORIZATION=f"Bearer {key}").json()
    assert (told["state"], told["result"]["accepted"], told["result"]["blank"]) == ("done", 1, 5)
    assert stored(own_workspace) == {"station:1000A": 35_000}


def test_a_burst_is_kept_and_taken_in_by_one_commit(push: Any, make_key: Any, own_workspace: Workspace) -> None:
    """Stations push one by one; a crash after the commit of the lake and before the receipts doubles nothing and loses nothing."""
    from yangban.web.api import deliveries
    from yangban.web.api.models import Delivery
    from yangban.web.jobs.models import Job
    from yangban.web.jobs.work import resume

    _, key = make_key("readings:write")
    for number in range(BURST):
        assert push(key, body(number, str(number + 1)), word=f"push-{number}", work=False).status_code == 202
    # Acknowledged means: on the disk, and in the tables with work that is asked for.
    inbox = own_workspace.path / "site-files" / "inbox"
    assert len(list(inbox.glob("*/hours.csv"))) == BURST
    assert Delivery.objects.filter(state="waiting").count() == BURST
    assert Job.objects.filter(kind=deliveries.HOURS).count() == 1
    version = Lake(own_workspace).version()
    job = Job.objects.get(kind=deliveries.HOURS)
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING, attempts=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deliveries, "_settled", _killed)
        with pytest.raises(KeyboardInterrupt):
            deliveries.take_in_hours(job, lambda *_: None)
    assert Delivery.objects.filter(state="waiting").count() == BURST
    # The site starts again: the job that was running is queued once more, and sends find their own deliveries.
    assert resume() >= 1
    assert push(key, body(3, "4"), word="push-3", work=False).status_code == 202
    run_jobs()
    assert Delivery.objects.count() == BURST
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}
    assert stored(own_workspace) == {f"station:{1000 + n}A": (n + 1) * 1000 for n in range(BURST)}
    assert Lake(own_workspace).version() == version + 1
    assert sum(receipt["accepted"] for receipt in receipts(own_workspace) if receipt["files"][0]["path"].endswith("hours.csv")) == BURST
    assert not list(inbox.iterdir())


def _killed(*_: Any) -> Any:
    raise KeyboardInterrupt


def test_a_full_queue_says_when_to_come_again(push: Any, make_key: Any, settings: Any) -> None:
    from yangban.web.api.models import Delivery

    settings.API_QUEUE = 2
    _, key = make_key("readings:write")
    assert [push(key, body(n), word=f"w{n}", work=False).status_code for n in range(3)] == [202, 202, 503]
    answer = push(key, body(2), word="w2", work=False)
    assert (answer.status_code, answer.json()["type"], int(answer["Retry-After"])) == (503, "/api/#busy", 10)
    assert Delivery.objects.count() == 2
    run_jobs()
    assert push(key, body(2), word="w2", work=False).status_code == 202


def test_a_full_disk_acknowledges_nothing(push: Any, make_key: Any, own_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from yangban.web.api import inbox
    from yangban.web.api.models import Delivery

    _, key = make_key("readings:write")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(inbox, "sync", full)
    answer = push(key, body(0))
    assert (answer.status_code, answer.json()["type"]) == (503, "/api/#busy")
    assert "No space left" in answer.json()["detail"]
    assert Delivery.objects.count() == 0
    assert not list((own_workspace.path / "site-files" / "inbox").iterdir())
    monkeypatch.undo()
    assert push(key, body(0)).status_code == 202


def test_a_busy_database_turns_nobody_away_for_a_note(push: Any, make_key: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """That a key was used need not be noted; but a delivery that cannot be kept is not acknowledged."""
    from django.db import OperationalError

    from yangban.web.api import deliveries, keys

    _, key = make_key("readings:write")

    class Locked:
        @staticmethod
        def filter(**_: Any) -> Any:
            raise OperationalError("database is locked")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys.ApiKey.objects, "filter", Locked.filter)
        keys.used(keys.ApiKey(prefix="yb_x"))
    monkeypatch.setattr(deliveries, "refuse_when_full", Locked.filter)
    answer = push(key, body(0))
    assert (answer.status_code, answer.json()["type"], answer["Retry-After"]) == (503, "/api/#busy", "10")


def test_one_that_stands_in_the_way_does_not_hold_up_the_others(push: Any, make_key: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from yangban.web.api import deliveries
    from yangban.web.api.models import Delivery

    _, key = make_key("readings:write")
    for number in range(3):
        push(key, body(number), word=f"w{number}", work=False)
    bad = str(Delivery.objects.order_by("received_at")[1].pk)
    real = deliveries.ingest

    def ingest(workspace: Any, paths: Any, **options: Any) -> Any:
        if any(bad in str(path) for path in paths):
            raise ValueError("a fault of ours")
        return real(workspace, paths, **options)

    monkeypatch.setattr(deliveries, "ingest", ingest)
    run_jobs()
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["done", "done", "failed"]


@pytest.mark.parametrize(
    ("content", "status", "kind"),
    [
        ('{"rows": []}', 422, "invalid"),
        ('{"rows": [{"subject": "station:1000A", "time": "2024-02-30T01:00"}]}', 422, "invalid"),
        ('{"rows": [{"subject": "station:1000A", "time": "2024-03-01T01:30", "pm25": "1"}]}', 422, "invalid"),
        ('{"rows": [{"subject": "station:1000A", "time": "2024-03-01T01:00", "pm25": 35}]}', 422, "invalid"),
        ('{"rows": [{"subject": "Atlantis", "time": "2024-03-01T01:00", "pm25": "35"}]}', 422, "invalid"),
        ('{"rows": [{"subject": "110000", "time": "2024-03-01T01:00", "pm25": "35"}]}', 403, "outside-region"),
    ],
)
def test_what_cannot_be_taken_is_told(push: Any, make_key: Any, content: str, status: int, kind: str) -> None:
    _, key = make_key("readings:write")
    answer = push(key, content)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/api/#{kind}")


def test_hours_left_without_a_job_get_one_when_the_worker_starts(push: Any, make_key: Any, own_workspace: Workspace) -> None:
    from yangban.web.api import deliveries
    from yangban.web.jobs.models import Job

    _, key = make_key("readings:write")
    push(key, body(0), work=False)
    Job.objects.filter(kind=deliveries.HOURS).update(state=Job.State.FAILED)
    deliveries.tidy()
    run_jobs()
    assert stored(own_workspace) == {"station:1000A": 35_000}


def test_files_that_nobody_was_told_of_are_swept(own_workspace: Workspace) -> None:
    import os

    from yangban.web.api import deliveries, inbox

    kept = inbox.keep([b"x"], "hours.csv")
    folder = inbox.path_of(kept.folder, kept.name).parent
    deliveries.tidy()
    assert folder.exists()
    os.utime(folder, (0, 0))
    deliveries.tidy()
    assert not folder.exists()


def test_a_file_swept_up_before_its_commit_is_not_acknowledged_and_comes_with_the_next_sending(
    push: Any, make_key: Any, own_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker whose clock jumped ahead takes a file of this moment for one that was abandoned; it cannot see what is not committed."""
    from yangban.web.api import deliveries, inbox

    _, key = make_key("readings:write")
    record, swept = deliveries.audit.record, []

    def sweeping(*words: Any, **more: Any) -> Any:
        if not swept:
            swept.append(inbox.sweep(lambda _folder: False, older=-1))
        return record(*words, **more)

    monkeypatch.setattr(deliveries.audit, "record", sweeping)
    answer = push(key, body(0), work=False)
    assert (answer.status_code, swept) == (503, [1])
    assert push(key, body(0), work=False).status_code == 202
    run_jobs()
    assert stored(own_workspace) == {"station:1000A": 35_000}
    assert list(inbox.path_of(uuid.UUID(int=0), "x").parent.parent.iterdir()) == []


def test_what_is_committed_while_it_is_swept_is_put_back(own_workspace: Workspace) -> None:
    from yangban.web.api import inbox

    kept = inbox.keep([b"x"], "hours.csv")
    answers = iter([False, True])
    assert inbox.sweep(lambda _folder: next(answers), older=-1) == 0
    assert inbox.path_of(kept.folder, kept.name).read_bytes() == b"x"
    # A sweep that was killed in the middle leaves its folder aside: the next one ends it.
    aside = inbox.path_of(kept.folder, kept.name).parent
    aside.rename(aside.with_name(f"aside-{aside.name}"))
    assert inbox.sweep(lambda _folder: True, older=3600) == 0
    assert inbox.path_of(kept.folder, kept.name).read_bytes() == b"x"
    assert inbox.sweep(lambda _folder: False, older=-1) == 1
