"""Bulletins and data files: written by a job that may be run again, listed, read in the frame of the site, handed out."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from typing import Any

import pytest
from django.conf import settings

from yangban.publish import release
from yangban.readings.intake import ingest
from yangban.readings.sample import write_sample
from yangban.readings.workspace import Workspace
from yangban.run.local import assess_air
from yangban.web.jobs.models import Job
from yangban.web.jobs.work import Reporter
from yangban.web.public.files import KIND, ask_files, make_files
from yangban.web.public.models import PublishedFile, PublishedRelease
from yangban.web.public.publishing import publish

pytestmark = pytest.mark.django_db


def run(number: int) -> tuple[Any, bool]:
    job = Job.objects.create(kind=KIND, title="文件", payload={"release": number})
    return make_files(job, Reporter(job))


def test_a_month_becomes_files_that_are_read_and_kept(own_workspace: Workspace, client: Any) -> None:
    publish(own_workspace, release.create(own_workspace, periods=["2023-01"], note="一月"))
    result, well = run(2)
    assert well, result
    files = {each.path: each.sha256 for each in PublishedFile.objects.filter(release=2)}
    assert {path.rpartition(".")[2] for path in files} == {"docx", "xlsx", "html", "csv", "json", "jsonld", "geojson"}
    again, _ = run(2)
    assert again == result
    assert {each.path: each.sha256 for each in PublishedFile.objects.filter(release=2)} == files

    listed = client.get("/bulletins/").text
    assert "/bulletins/0002/monthly-2023-01/" in listed
    page = client.get("/bulletins/0002/monthly-2023-01/").text
    assert "合成数据" in page
    assert "<table" in page
    assert not re.search(r"\sstyle=|<style", page)
    word = client.get("/files/0002/bulletins/monthly-2023-01.docx")
    content = b"".join(word.streaming_content)
    assert word["Content-Type"].endswith("wordprocessingml.document")
    assert word["Content-Disposition"].startswith("attachment")
    assert "filename*=UTF-8''" in word["Content-Disposition"]
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    assert hashlib.sha256(content).hexdigest() == files["releases/0002/bulletins/monthly-2023-01.docx"]
    table = b"".join(client.get("/files/0002/data/figures.csv").streaming_content).decode()
    assert table.splitlines()[0].startswith("indicator,")
    assert len(table.splitlines()) - 1 == PublishedRelease.objects.get(number=2).rows
    assert "/files/0002/data/figures.csv" in client.get("/data/").text
    assert client.get("/files/0002/bulletins/../../../site.key").status_code == 404
    assert client.get("/files/0002/data/nothing.csv").status_code == 404


def test_no_bulletin_is_written_of_results_that_are_no_longer_those_of_the_release(own_workspace: Workspace, tmp_path: Any) -> None:
    publish(own_workspace, release.create(own_workspace, periods=["2023-01"], note="一月"))
    write_sample("360000", year=2023, out=tmp_path / "other", seed=2, one_file=True)
    ingest(own_workspace, [tmp_path / "other"])
    assess_air(own_workspace, [2023], editions="2012,2026-transitional")
    result, well = run(2)
    assert not well
    assert "不再" in str(result["problems"]) or "不是" in str(result["problems"])
    assert not PublishedFile.objects.filter(release=2, kind="bulletin").exists()
    assert PublishedFile.objects.filter(release=2, kind="data").exists()


def test_files_are_asked_for_once(django_capture_on_commit_callbacks: Any) -> None:
    row = PublishedRelease.objects.get(number=1)
    with django_capture_on_commit_callbacks() as asked:
        ask_files(row)
        ask_files(row)
    assert len(asked) == 1
    assert Job.objects.filter(kind=KIND, payload__release=1).count() == 1


def test_the_walk_to_hours_is_refused_when_readings_have_changed(own_workspace: Workspace, tmp_path: Any, client: Any) -> None:
    """First the way down to hour, file and line; it stays readable; of another number it is refused once readings have changed."""
    assert own_workspace.path == settings.WORKSPACE
    page = client.get("/how/0001/air.aqi/360100/2023-01-14/chain/?edition=gb3095-2012")
    assert page.status_code == 200
    assert "小时值（µg/m³）及出处" in page.text
    assert "核对一致" in page.text
    assert str(own_workspace.path) not in page.text
    assert str(own_workspace.path.parent) not in page.text
    write_sample("360000", year=2023, out=tmp_path / "other", seed=2, one_file=True)
    ingest(own_workspace, [tmp_path / "other"])
    assess_air(own_workspace, [2023], editions="2012,2026-transitional")
    assert "小时值（µg/m³）及出处" in client.get("/how/0001/air.aqi/360100/2023-01-14/chain/?edition=gb3095-2012").text
    other = client.get("/how/0001/air.aqi/360200/2023-01-14/chain/?edition=gb3095-2012")
    assert "变动" in other.text
    assert "小时值" not in other.text
    assert client.get("/how/0001/air.pm25.mean/360000/2023/chain/").status_code == 404


def test_one_walk_at_a_time(own_workspace: Workspace, client: Any) -> None:
    from django.core.cache import caches

    caches["default"].add("public-walk", "1", 60)
    try:
        answer = client.get("/how/0001/air.aqi/360300/2023-01-14/chain/")
    finally:
        caches["default"].delete("public-walk")
    assert answer.status_code == 503
    assert answer["Retry-After"]
