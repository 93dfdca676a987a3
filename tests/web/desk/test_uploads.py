"""Uploads: what is refused at the door, the receipt, lists of refused lines, and a worker that is killed between two steps."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from yangban.readings.receipts import receipts
from yangban.web.accounts.models import AuditEntry
from yangban.web.jobs.models import Job
from yangban.web.monitor import files, uploads, work
from yangban.web.monitor.models import Upload

pytestmark = pytest.mark.django_db

HOURS = "城市,时间,PM2.5,PM10,SO2,NO2,CO,O3\n"


def hours(*lines: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("七月.csv", (HOURS + "".join(lines)).encode())


def hour(n: int, pm25: str = "20", city: str = "南昌市") -> str:
    return f"{city},2024-07-01 {n:02d}:00,{pm25},40,5,15,0.6,80\n"


@pytest.fixture
def send(enter: Any, django_capture_on_commit_callbacks: Any) -> Any:
    """Hand files in on the page; gives the answer and the upload."""

    def go(user: Any, *given: Any, place: str = "360100", **said: Any) -> tuple[Any, Upload | None]:
        client = enter(user)
        before = set(Upload.objects.values_list("pk", flat=True))
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(
                "/desk/uploads/", {"place": place, "basis": "realtime", "network": "state", "files": list(given), **said}, follow=True
            )
        made = Upload.objects.exclude(pk__in=before).first()
        # The page was made while the job still waited for the transaction's end; its reader asks again.
        return (answer if made is None else client.get(f"/desk/uploads/{made.pk}/")), made

    return go


def test_good_lines_are_taken_and_bad_ones_can_be_fixed_and_sent_again(small_workspace: Any, person: Any, send: Any, enter: Any) -> None:
    """18 values of three hours; one line has a word for PM2.5: five of its values and the other twelve are taken."""
    user = person("uploader", "360100")
    answer, upload = send(user, hours(hour(1), hour(2, "坏"), hour(3)))
    assert upload is not None
    assert upload.job.state == Job.State.SHORT
    assert (upload.receipt["accepted"], upload.receipt["rejected"]) == (17, 1)
    assert "坏" in answer.text
    assert str(small_workspace.path) not in answer.text
    (found,) = uploads.repairs(upload)
    text = b"".join(enter(user).get(f"/desk/uploads/{upload.pk}/repair-{found.digest}.csv")).decode("utf-8-sig")
    assert text.splitlines() == [HOURS.strip(), hour(2, "坏").strip()]
    _, again = send(user, SimpleUploadedFile("改.csv", text.replace("坏", "21").encode("utf-8-sig")))
    assert again is not None
    assert again.job.state == Job.State.DONE
    assert (again.receipt["accepted"], again.receipt["duplicate"], again.receipt["rejected"]) == (1, 5, 0)
    told = AuditEntry.objects.filter(action="readings.upload")
    assert [each.actor for each in told] == [user.username, user.username]


def test_the_list_of_refusals_runs_nothing_in_a_spreadsheet(small_workspace: Any, person: Any, send: Any, enter: Any) -> None:
    user = person("uploader", "360100")
    _, upload = send(user, hours(hour(1), hour(2, '"=HYPERLINK(""http://x"")"')))
    assert upload is not None
    text = b"".join(enter(user).get(f"/desk/uploads/{upload.pk}/refused.csv").streaming_content).decode("utf-8-sig")
    (row,) = list(csv.DictReader(io.StringIO(text)))
    assert row["行 line"] == "3"
    assert not any(cell.startswith(("=", "+", "@")) for cell in row.values())
    (found,) = uploads.repairs(upload)
    fixed = enter(user).get(f"/desk/uploads/{upload.pk}/repair-{found.digest}.csv").content.decode("utf-8-sig")
    assert all(not cell.startswith("=") for line in csv.reader(io.StringIO(fixed)) for cell in line)


def test_a_city_does_not_write_another_citys_readings(small_workspace: Any, person: Any, send: Any) -> None:
    answer, upload = send(person("uploader", "360100"), hours(hour(1), hour(1, city="九江市")))
    assert upload is not None
    assert upload.receipt["accepted"] == 0
    assert upload.receipt["rejections"][0]["rule"] == "outside_place"
    assert "九江市" in answer.text


def test_the_province_sends_all_its_cities(small_workspace: Any, person: Any, send: Any) -> None:
    _, upload = send(person("uploader"), hours(hour(1), hour(1, city="九江市")), place="360000")
    assert upload is not None
    assert upload.receipt["accepted"] == 12


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("a.exe", b"x", "不是可读入的类型"), ("a.csv", b"", "文件是空的"), ("a.pdf", b"%PDF", "不是可读入的类型")],
)
def test_what_cannot_be_read_is_refused_at_the_door(
    small_workspace: Any, person: Any, send: Any, name: str, content: bytes, words: str
) -> None:
    answer, upload = send(person("uploader", "360100"), SimpleUploadedFile(name, content))
    assert upload is None
    assert words in answer.text
    assert not (small_workspace.path / "site-files" / "handed-in").exists()


def test_a_file_over_the_limit_is_stopped(small_workspace: Any, person: Any, send: Any, settings: Any) -> None:
    settings.UPLOAD_LIMIT = 200_000
    answer, upload = send(person("uploader", "360100"), SimpleUploadedFile("large.csv", b"x" * 300_000))
    assert upload is None
    assert "large.csv" in answer.text


def test_a_place_that_is_not_ones_own_is_refused(small_workspace: Any, person: Any, send: Any) -> None:
    _, upload = send(person("uploader", "360100"), hours(hour(1)), place="360400")
    assert upload is None


def test_another_citys_receipt_is_closed(small_workspace: Any, person: Any, send: Any, enter: Any) -> None:
    _, upload = send(person("uploader", "360100"), hours(hour(1)))
    assert upload is not None
    other = enter(person("uploader", "360400"))
    for path in ("", "refused.csv", f"repair-{'0' * 64}.csv"):
        assert other.get(f"/desk/uploads/{upload.pk}/{path}").status_code == 403
    assert other.get(f"/desk/jobs/{upload.job_id}/").status_code == 403
    assert other.get(f"/desk/jobs/{upload.job_id}/status/").status_code == 403
    assert "七月.csv" not in other.get("/desk/uploads/").text
    assert enter(person("reader", "360000")).get(f"/desk/uploads/{upload.pk}/").status_code == 200


def test_a_worker_killed_after_the_workspace_had_the_readings_finds_its_receipt(
    small_workspace: Any, person: Any, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    """The receipt is that of the first try, with all accepted, and not of a second one that finds everything twice."""
    user = person("uploader", "360100")
    with django_capture_on_commit_callbacks():
        upload = uploads.hand_in(user, "360100", [hours(hour(1), hour(2))], said={})

    def killed(_receipt: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(uploads, "trimmed", killed)
        with pytest.raises(KeyboardInterrupt):
            work.ingest_upload(upload.job, lambda *_: None)
    assert not Upload.objects.get(pk=upload.pk).receipt
    before = len(list(receipts(small_workspace)))
    for _ in range(2):
        counts, well = work.ingest_upload(upload.job, lambda *_: None)
        assert (counts["accepted"], counts["duplicate"], well) == (12, 0, True)
    assert len(list(receipts(small_workspace))) == before
    assert AuditEntry.objects.filter(action="readings.received").count() == 1
    assert not files.folder_of(upload.job.payload["token"]).exists()
