"""Readings that partners hand in: kept before acknowledged, taken in once, within the key's region alone."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from yangban.readings.lake import Lake
from yangban.readings.workspace import Workspace

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_workspace")]

TABLE = "城市,时间,污染物,数值\n南昌市,2024-03-01 01:00,pm25,35\n南昌市,2024-03-01 02:00,pm25,-99\n"


def readings(subject: str = "360100", value: Any = "35", **more: Any) -> str:
    row = {"subject": subject, "time": "2024-03-01T01:00", "pollutant": "pm25", "value": value}
    return json.dumps({"rows": [row], **more}, ensure_ascii=False)


def file(content: bytes | str = TABLE, name: str = "readings.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def stored(workspace: Workspace) -> list[int | None]:
    from datetime import date

    frame = Lake(workspace).air(start=date(2024, 3, 1), end=date(2024, 3, 1)).collect()
    return frame["pm25_01"].to_list() if frame.height else []


def receipt(client: Any, key: str, answer: Any) -> dict[str, Any]:
    return client.get(answer.json()["receipt"], HTTP_AUTHORIZATION=f"Bearer {key}").json()


def test_rows_come_in_and_the_receipt_says_so(client: Any, post: Any, make_key: Any, own_workspace: Workspace) -> None:
    from yangban.web.accounts import audit
    from yangban.web.accounts.models import AuditEntry

    row, key = make_key("readings:write", region="360100")
    answer = post(key, json=readings())
    assert answer.status_code == 202
    assert answer["Location"] == answer.json()["receipt"]
    told = receipt(client, key, answer)
    assert (told["state"], told["result"]["accepted"], told["result"]["rejected"]) == ("done", 1, 0)
    assert stored(own_workspace) == [35_000]
    acts = AuditEntry.objects.filter(subject=f"key:{row.prefix}").values_list("action", flat=True)
    assert list(acts) == ["readings.delivered", "readings.settled"]
    assert audit.problems() == []


def test_a_file_comes_in_with_its_refused_values(client: Any, post: Any, make_key: Any, own_workspace: Workspace) -> None:
    _, key = make_key("readings:write")
    told = receipt(client, key, post(key, file=file(), basis="audited"))
    assert told["state"] == "short"
    assert (told["result"]["accepted"], told["result"]["rejected"]) == (1, 1)
    refused = told["result"]["rejections"][0]
    assert (refused["file"], refused["line"]) == ("readings.csv", 3)
    assert told["result"]["files"][0]["basis"] == "audited"
    assert str(own_workspace.path) not in json.dumps(told)
    # The original lies in the workspace, byte for byte, and no longer in the inbox.
    assert (own_workspace.raw / told["digest"]).read_bytes() == TABLE.encode()
    assert not list((own_workspace.path / "site-files" / "inbox").iterdir())


def test_what_is_acknowledged_lies_on_the_disk(post: Any, make_key: Any, own_workspace: Workspace) -> None:
    """Before any work is done the content is there, so that a kill loses nothing."""
    from yangban.web.api.models import Delivery

    _, key = make_key("readings:write")
    answer = post(key, work=False, file=file())
    kept = own_workspace.path / "site-files" / "inbox" / answer.json()["id"] / "readings.csv"
    assert kept.read_bytes() == TABLE.encode()
    assert kept.stat().st_mode & 0o077 == 0
    assert Delivery.objects.get().state == "waiting"


class TestIdempotency:
    def test_the_same_again_is_answered_the_same_and_changes_nothing(self, post: Any, make_key: Any, own_workspace: Workspace) -> None:
        _, key = make_key("readings:write")
        first = post(key, json=readings())
        version = Lake(own_workspace).version()
        again = post(key, json=readings())
        assert (again.status_code, again.content) == (202, first.content)
        assert Lake(own_workspace).version() == version

    @pytest.mark.parametrize("change", [{"value": "36"}, {"basis": "audited"}])
    def test_other_content_under_the_same_key_is_a_conflict(
        self, post: Any, make_key: Any, own_workspace: Workspace, change: dict[str, Any]
    ) -> None:
        _, key = make_key("readings:write")
        post(key, json=readings())
        answer = post(key, json=readings(**change))
        assert answer.status_code == 409
        assert answer.json()["type"] == "/api/#idempotency-conflict"
        assert stored(own_workspace) == [35_000]

    def test_two_partners_may_use_the_same_word(self, post: Any, make_key: Any) -> None:
        answers = {post(make_key("readings:write")[1], json=readings()).json()["id"] for _ in range(2)}
        assert len(answers) == 2

    @pytest.mark.parametrize("word", ["", "x" * 81, "a b", "é"])
    def test_a_word_is_needed(self, post: Any, make_key: Any, word: str) -> None:
        answer = post(make_key("readings:write")[1], word=word, json=readings())
        assert (answer.status_code, answer.json()["type"]) == (400, "/api/#no-idempotency-key")

    def test_work_that_failed_is_done_when_it_is_sent_again(
        self, client: Any, post: Any, make_key: Any, own_workspace: Workspace, monkeypatch: Any
    ) -> None:
        from yangban.base.errors import WorkspaceError
        from yangban.web.api import deliveries

        _, key = make_key("readings:write")
        monkeypatch.setattr(deliveries, "_PATIENCE", 0)
        monkeypatch.setattr(deliveries, "_PAUSE", 0)
        with own_workspace.writing():
            answer = post(key, json=readings())
            assert receipt(client, key, answer)["state"] == "failed"
        with pytest.raises(WorkspaceError), own_workspace.writing(), own_workspace.writing():
            pass
        again = post(key, json=readings())
        assert again.content == answer.content
        assert receipt(client, key, again)["state"] == "done"
        assert stored(own_workspace) == [35_000]


class TestRegion:
    def test_rows_of_another_region_are_refused_by_name(self, post: Any, make_key: Any) -> None:
        from yangban.web.api.models import Delivery

        _, key = make_key("readings:write", region="360100")
        answer = post(key, json=readings("九江市"))
        assert answer.status_code == 403
        assert answer.json()["subjects"] == ["360400"]
        assert not Delivery.objects.exists()

    def test_a_file_of_another_region_is_refused_by_name_and_nothing_comes_in(
        self, client: Any, post: Any, make_key: Any, own_workspace: Workspace
    ) -> None:
        _, key = make_key("readings:write", region="360100")
        before = Lake(own_workspace).version()
        told = receipt(client, key, post(key, file=file(TABLE + "九江市,2024-03-01 01:00,pm25,20\n")))
        assert (told["state"], told["problem"]["type"]) == ("refused", "/api/#outside-region")
        assert told["problem"]["subjects"] == ["360400"]
        assert Lake(own_workspace).version() == before

    def test_stations_count_where_they_are_registered(self, post: Any, make_key: Any, own_workspace: Workspace) -> None:
        from yangban.readings.stations import Registry, Station

        Registry((Station("station:1299A", "一站", "360100"), Station("station:1300A", "二站", "360400"))).save(own_workspace)
        _, key = make_key("readings:write", region="360100")
        assert post(key, word="a", json=readings("station:1299A")).status_code == 202
        for word, subject in (("b", "station:1300A"), ("c", "station:4711A")):
            answer = post(key, word=word, json=readings(subject))
            assert (answer.status_code, answer.json()["subjects"]) == (403, [subject])

    def test_sections_lie_in_their_province(self, client: Any, post: Any, make_key: Any) -> None:
        water = "省份,断面名称,监测时间,pH(无量纲),溶解氧(mg/L)\n{},某断面,2024-03-01 04:00,7.1,8.2\n"
        _, key = make_key("readings:write")
        told = receipt(client, key, post(key, word="a", file=file(water.format("湖南省"))))
        assert (told["state"], told["problem"]["subjects"]) == ("refused", ["section:430000:某断面"])
        told = receipt(client, key, post(key, word="b", file=file(water.format("江西省"))))
        assert told["state"] in {"done", "short"}, told
        assert told["result"]["accepted"] > 0


class TestBadContent:
    @pytest.mark.parametrize(
        "body",
        [
            "[]", "null", "{", '{"rows":[]}', '{"rows":[{}]}', '{"rows":"x"}', "\x00", '{"rows":[{"subject":"\\u0000"}]}', '"\\ud800"',
            readings(value=35), readings(value=35.1), readings(value="NaN"), readings(value="1e9"), readings("=1+1"),
            readings("360100\x07"),
            readings(extra=1), readings(value=10**400), readings("x" * 500), '{"rows":' + "[" * 5000,
        ],
    )  # fmt: skip
    def test_rows_that_are_none_are_refused_by_place(self, post: Any, make_key: Any, body: str) -> None:
        answer = post(make_key("readings:write")[1], json=body)
        assert answer.status_code == 422, answer.content
        assert answer["Content-Type"] == "application/problem+json"

    def test_rows_beyond_the_limit_are_413(self, post: Any, make_key: Any, settings: Any) -> None:
        settings.API_BODY = 1000
        answer = post(make_key("readings:write")[1], json=readings() + " " * 1000)
        assert (answer.status_code, answer.json()["type"]) == (413, "/api/#too-large")

    def test_a_file_beyond_the_limit_is_413_before_it_is_read(self, post: Any, make_key: Any, settings: Any) -> None:
        settings.UPLOAD_LIMIT = 1000
        assert post(make_key("readings:write")[1], file=file("x" * 1000)).status_code == 413

    @pytest.mark.parametrize("kind", ["text/csv", "application/x-www-form-urlencoded", ""])
    def test_another_media_type_is_415(self, client: Any, make_key: Any, kind: str) -> None:
        header = {"HTTP_AUTHORIZATION": f"Bearer {make_key('readings:write')[1]}", "HTTP_IDEMPOTENCY_KEY": "x"}
        assert client.post("/api/v1/readings", b"a=1", content_type=kind, **header).status_code == 415

    def test_a_broken_form_is_400(self, client: Any, make_key: Any) -> None:
        header = {"HTTP_AUTHORIZATION": f"Bearer {make_key('readings:write')[1]}", "HTTP_IDEMPOTENCY_KEY": "x"}
        answer = client.post("/api/v1/readings", b"--nothing", content_type="multipart/form-data", **header)
        assert answer.status_code == 400
        assert answer["Content-Type"] == "application/problem+json"

    @pytest.mark.parametrize("form", [{}, {"other": "x"}, {"file": "text"}, {"basis": "best"}, {"level": "moon"}, {"label": ""}])
    def test_a_form_with_other_fields_is_refused(self, post: Any, make_key: Any, form: dict[str, Any]) -> None:
        content = form if not form or "file" in form else {**form, "file": file()}
        assert post(make_key("readings:write")[1], **content).status_code == 422

    def test_a_bomb_is_refused_without_being_unpacked_whole(self, client: Any, post: Any, make_key: Any) -> None:
        """A hundred megabytes of zeros in a hundred kilobytes: refused by the rule, and nothing comes in."""
        out = io.BytesIO()
        with gzip.GzipFile(fileobj=out, mode="wb") as packed:
            packed.write(b"date,hour,type," + b"0" * 100)
            for _ in range(100):
                packed.write(b"\n" + b"0" * 1_000_000)
        _, key = make_key("readings:write")
        told = receipt(client, key, post(key, file=file(out.getvalue(), "readings.csv.gz")))
        assert told["state"] == "refused"
        assert {each["rule"] for each in told["result"]["rejections"]} & {"zip_bomb", "unknown_layout", "long_line"}

    @pytest.mark.parametrize(
        ("name", "kept"),
        [
            ("../../../etc/passwd", "passwd"),
            ("..\\..\\x.csv", "x.csv"),
            ("/abs/olute.csv", "olute.csv"),
            ("a\nb.csv", "a_b.csv"),
            ("=cmd|' /C calc'!A0.csv", "C calc__A0.csv"),
            ("..", "readings"),
            ("长" * 300 + ".csv", "长" * 76 + ".csv"),
        ],
    )
    def test_a_name_leads_nowhere(self, own_workspace: Workspace, name: str, kept: str) -> None:
        from yangban.web.api import inbox

        done = inbox.keep([b"x"], name)
        path = inbox.path_of(done.folder, done.name)
        assert done.name == kept
        assert path.resolve().parent.parent == (own_workspace.path / "site-files" / "inbox").resolve()
        assert "/" not in done.name
        assert len(done.name) <= 80

    def test_a_name_of_a_real_form_leads_nowhere(self, client: Any, make_key: Any, own_workspace: Workspace) -> None:
        body = (
            b'--B\r\nContent-Disposition: form-data; name="file"; filename="../../../../evil.csv"\r\n'
            b"Content-Type: text/csv\r\n\r\n" + TABLE.encode() + b"\r\n--B--\r\n"
        )
        header = {"HTTP_AUTHORIZATION": f"Bearer {make_key('readings:write')[1]}", "HTTP_IDEMPOTENCY_KEY": "x"}
        answer = client.post("/api/v1/readings", body, content_type="multipart/form-data; boundary=B", **header)
        assert answer.status_code == 202
        kept: list[Path] = list((own_workspace.path / "site-files").rglob("*.csv"))
        assert [path.name for path in kept] == ["evil.csv"]
        assert kept[0].parent.name == answer.json()["id"]


def test_one_does_not_see_the_receipts_of_another(client: Any, post: Any, make_key: Any, own_workspace: Workspace) -> None:
    answer = post(make_key("readings:write")[1], json=readings())
    other = client.get(answer.json()["receipt"], HTTP_AUTHORIZATION=f"Bearer {make_key('readings:write')[1]}")
    assert other.status_code == 404
