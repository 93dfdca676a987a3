"""Messages to an organisation's own tool: shape, signature, retries and log, against a server on loopback; and where they may never go."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from web.plans.conftest import Town
from yangban.base.errors import NotAllowed
from yangban.web.plans import hooks, reports, sealing, sending
from yangban.web.plans.models import HookMessage, MessageHook

pytestmark = pytest.mark.django_db

SECRET = "a secret of this test"
MOMENT = datetime(2026, 3, 2, 1, tzinfo=UTC)
SECONDS = 1772413200
"""That moment as Unix counts, worked out by hand: 20514 days from 1970-01-01 to 2026-03-02, times 86400, and one hour."""


def test_the_moment_is_what_it_is_said_to_be() -> None:
    assert SECONDS == 20514 * 86400 + 3600
    assert int(MOMENT.timestamp()) == SECONDS


class Robot:
    """A server that keeps what it was sent and answers as it is told."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[tuple[int, bytes, dict[str, str]]] = []
        robot = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                robot.got.append((self.path, dict(self.headers), body))
                status, said, more = robot.answers.pop(0) if robot.answers else (200, b'{"errcode":0,"code":0}', {})
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def robot(settings: Any) -> Iterator[Robot]:
    made = Robot()
    settings.HOOK_HOSTS = [*settings.HOOK_HOSTS, made.address]
    settings.HOOK_PRIVATE = True
    yield made
    made.server.shutdown()
    made.server.server_close()


def hook(town: Town, robot: Robot, kind: str = "generic", *, path: str = "/in?key=k", secret: str = SECRET) -> MessageHook:
    return hooks.add(town.people["head.water"], town.units["head.water"], kind, "值班群", robot.address + path, secret)


def test_a_return_reaches_the_units_tool_signed(town: Town, robot: Robot, django_capture_on_commit_callbacks: Any) -> None:
    hook(town, robot)
    row = town.working()
    held = reports.fill(town.people["fill.water"], row.pk, "2026-01", progress="40", at=town.tick())
    assert robot.got == []
    with django_capture_on_commit_callbacks(execute=True):
        reports.step(town.people["head.water"], held.pk, "return", seen=held.step, facts={"reason": "佐证不足"}, at=town.tick())
    ((path, headers, body),) = robot.got
    assert path == "/in?key=k"
    told = json.loads(body)
    assert told["text"].endswith("进展报告被退回：佐证不足")
    assert told["task"] == {"number": row.number, "title": row.title, "demo": True}
    assert (told["organisation"], told["kind"]) == ("测试市水利局", "return")
    stamp, signed = (part.split("=")[1] for part in headers["X-Yangban-Signature"].split(","))
    assert signed == hmac.new(SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    kept = HookMessage.objects.get(kind="return")
    assert (kept.state, kept.status, kept.attempts, kept.said) == ("sent", 200, 1, "")
    # The message to the head goes out when the report is handed in, and that was not committed here.
    assert HookMessage.objects.get(kind="sign").state == "waiting"


def message(town: Town, robot: Robot, kind: str, **more: Any) -> HookMessage:
    held = hook(town, robot, kind, **more)
    return HookMessage.objects.create(hook=held, kind="remind", text="催报：请报 2 月进展", next_at=MOMENT)


def test_dingtalk_signs_in_the_address(town: Town, robot: Robot) -> None:
    """Milliseconds and secret, HMAC-SHA256 under the secret, Base64, in the address: as the maker's page on custom robots says."""
    row = message(town, robot, "dingtalk", path="/robot/send?access_token=x", secret="SECabc")
    address, body, headers = hooks.shaped(row, f"{robot.address}/robot/send?access_token=x", "SECabc", MOMENT)
    asked = parse_qs(urlsplit(address).query)
    assert asked["access_token"] == ["x"]
    assert asked["timestamp"] == [str(SECONDS * 1000)]
    wanted = base64.b64encode(hmac.new(b"SECabc", f"{SECONDS}000\nSECabc".encode(), hashlib.sha256).digest()).decode()
    assert asked["sign"] == [wanted]
    assert json.loads(body) == {"msgtype": "text", "text": {"content": "催报：请报 2 月进展"}}
    assert headers == {}


def test_feishu_signs_in_the_body(town: Town, robot: Robot) -> None:
    """Seconds and secret are the key, the signed text is empty: as the maker's page on custom robots says."""
    row = message(town, robot, "feishu", secret="abc")
    _, body, _ = hooks.shaped(row, robot.address, "abc", MOMENT)
    wanted = base64.b64encode(hmac.new(f"{SECONDS}\nabc".encode(), b"", hashlib.sha256).digest()).decode()
    assert json.loads(body) == {
        "timestamp": str(SECONDS), "sign": wanted, "msg_type": "text", "content": {"text": "催报：请报 2 月进展"},
    }  # fmt: skip


def test_wecom_takes_at_most_2048_bytes(town: Town, robot: Robot) -> None:
    row = message(town, robot, "wecom", secret="")
    row.text = "长" * 400
    _, body, _ = hooks.shaped(row, robot.address, "", MOMENT)
    told = json.loads(body)
    assert told["msgtype"] == "text"
    assert len(told["text"]["content"].encode()) <= 2048


@pytest.mark.parametrize("kind", ["dingtalk", "wecom", "feishu"])
def test_a_robot_that_refuses_with_200_is_tried_again(town: Town, robot: Robot, kind: str) -> None:
    robot.answers = [(200, b'{"errcode":310000,"errmsg":"sign not match","code":19021,"msg":"sign match fail"}', {}), (200, b"oops", {})]
    row = message(town, robot, kind)
    hooks.deliver.enqueue(row.pk)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("waiting", 1)
    assert "对方不收" in row.said
    HookMessage.objects.update(next_at=MOMENT)
    assert hooks.try_again() == 1
    row.refresh_from_db()
    assert (row.state, row.attempts, row.said) == ("waiting", 2, "对方的回答读不懂")
    HookMessage.objects.update(next_at=MOMENT)
    hooks.try_again()
    row.refresh_from_db()
    assert (row.state, row.attempts, row.said) == ("sent", 3, "")


def test_after_five_failures_it_is_given_up_and_a_mistake_of_ours_is_not_repeated(town: Town, robot: Robot) -> None:
    robot.answers = [(503, b"", {})] * 5 + [(404, b"", {})]
    row = message(town, robot, "generic")
    waits = []
    for _ in range(5):
        hooks.deliver.enqueue(row.pk)
        row.refresh_from_db()
        waits.append(row.next_at - timezone.now() if row.next_at else None)
        HookMessage.objects.filter(state="waiting").update(next_at=MOMENT)
    assert (row.state, row.attempts, row.status) == ("failed", 5, 503)
    assert waits[-1] is None
    assert [round(each / timedelta(minutes=1)) for each in waits[:4]] == [1, 10, 60, 360]
    other = HookMessage.objects.create(hook=row.hook, kind="remind", text="x", next_at=MOMENT)
    hooks.deliver.enqueue(other.pk)
    other.refresh_from_db()
    assert (other.state, other.attempts, other.said) == ("failed", 1, "对方回答 404")


def test_a_message_is_sent_once_whoever_asks_at_the_same_time(town: Town, robot: Robot) -> None:
    row = message(town, robot, "generic")
    hooks.deliver.enqueue(row.pk)
    hooks.deliver.enqueue(row.pk)
    assert len(robot.got) == 1


class TestWhereNothingGoes:
    @pytest.mark.parametrize(
        "address",
        [
            "http://oapi.dingtalk.com/robot/send", "https://example.org/x", "https://oapi.dingtalk.com:8443/x", "ftp://oapi.dingtalk.com/x",
            "https://oapi.dingtalk.com.example.org/x", "https://user:word@oapi.dingtalk.com/x", "https://127.0.0.1/x", "file:///etc/passwd",
            "https://oapi.dingtalk.com/x\r\nHost: a", "gopher://oapi.dingtalk.com", "https://[::1]/x", "", "https://oapi.dingtalk.com:x/",
            "http://169.254.169.254/latest/meta-data",
        ],
    )  # fmt: skip
    def test_an_address_that_is_not_listed_is_refused(self, town: Town, address: str) -> None:
        with pytest.raises(NotAllowed):
            hooks.add(town.people["head.water"], town.units["head.water"], "dingtalk", "群", address, "")
        assert not MessageHook.objects.exists()

    @pytest.mark.parametrize(
        "found", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fd00::1", "0.0.0.0", "224.0.0.1"]
    )
    def test_a_listed_name_that_points_inside_is_refused_when_it_is_sent_to(self, monkeypatch: Any, found: str) -> None:
        """One private address among public ones is enough, and nothing is connected to."""
        answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in ("203.0.114.5", found)]
        monkeypatch.setattr(sending.socket, "getaddrinfo", lambda *_, **__: answers)
        monkeypatch.setattr(sending.socket, "create_connection", lambda *_, **__: pytest.fail("connected"))
        with pytest.raises(NotAllowed, match="内部地址"):
            sending.post(sending.place_of("https://oapi.dingtalk.com/robot/send"), b"{}", {})

    def test_the_connection_goes_to_the_address_that_was_looked_at(self, monkeypatch: Any) -> None:
        answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443))]
        asked: list[Any] = []
        monkeypatch.setattr(sending.socket, "getaddrinfo", lambda *_, **__: answers)

        def connect(address: Any, **_: Any) -> Any:
            asked.append(address)
            raise ConnectionRefusedError

        monkeypatch.setattr(sending.socket, "create_connection", connect)
        with pytest.raises(OSError):  # noqa: PT011
            sending.post(sending.place_of("https://oapi.dingtalk.com/robot/send"), b"{}", {})
        assert asked == [("8.8.8.8", 443)]

    def test_a_redirect_is_not_followed(self, town: Town, robot: Robot) -> None:
        robot.answers = [(302, b"", {"Location": f"{robot.address}/elsewhere"})]
        row = message(town, robot, "generic")
        hooks.deliver.enqueue(row.pk)
        row.refresh_from_db()
        assert (row.state, row.said, len(robot.got)) == ("failed", "对方回答 302", 1)

    def test_a_hook_whose_host_is_no_longer_listed_sends_nothing(self, town: Town, robot: Robot, settings: Any) -> None:
        row = message(town, robot, "generic")
        settings.HOOK_HOSTS = ["oapi.dingtalk.com"]
        hooks.deliver.enqueue(row.pk)
        row.refresh_from_db()
        assert (row.state, robot.got) == ("failed", [])
        assert "不能发到 127.0.0.1" in row.said

    def test_a_long_answer_is_cut_and_a_slow_one_is_cut_off(self, robot: Robot, monkeypatch: Any) -> None:
        place = sending.place_of(f"{robot.address}/x")
        robot.answers = [(200, b"x" * 1_000_000, {})]
        assert len(sending.post(place, b"{}", {}).body) == sending.LARGEST_ANSWER
        with socket.socket() as slow:
            slow.bind(("127.0.0.1", 0))
            slow.listen()
            monkeypatch.setattr(sending, "LONGEST", 0.3)
            silent = sending.Place("http", "127.0.0.1", slow.getsockname()[1], "/")
            begun = time.monotonic()
            with pytest.raises(OSError):  # noqa: PT011
                sending.post(silent, b"{}", {})
            assert time.monotonic() - begun < 5

    def test_too_large_a_message_is_not_sent(self, robot: Robot) -> None:
        with pytest.raises(NotAllowed, match="超过"):
            sending.post(sending.place_of(f"{robot.address}/x"), b"x" * 20_000, {})


class TestKeeping:
    def test_address_and_secret_are_sealed_and_shown_nowhere(self, town: Town, robot: Robot, enter: Any, settings: Any) -> None:
        held = hook(town, robot, path="/in?key=very-secret-word")
        assert "very-secret-word" not in held.sealed
        assert sealing.opened(held.sealed)["secret"] == SECRET
        page = enter(town.people["head.water"]).get("/desk/tasks/hooks/").text
        assert "very-secret-word" not in page
        assert SECRET not in page
        assert "127.0.0.1" in page
        settings.SECRET_KEY = "another key of the site"
        with pytest.raises(NotAllowed, match="密钥已更换"):
            sealing.opened(held.sealed)

    def test_only_the_unit_itself_keeps_them(self, town: Town, robot: Robot, enter: Any) -> None:
        with pytest.raises(PermissionDenied):
            hooks.add(town.people["head.forest"], town.units["head.water"], "generic", "群", f"{robot.address}/x", SECRET)
        held = hook(town, robot)
        with pytest.raises(PermissionDenied):
            hooks.stop(town.people["office.city"], held.pk)
        assert enter(town.people["fill.water"]).get("/desk/tasks/hooks/").status_code == 403
        assert enter(town.people["head.forest"]).post("/desk/tasks/hooks/", {"stop": held.pk}).status_code == 404

    def test_the_page_adds_tries_and_stops(self, town: Town, robot: Robot, enter: Any, django_capture_on_commit_callbacks: Any) -> None:
        client = enter(town.people["office.city"])
        sent = {
            "organisation": town.units["office.city"].pk, "kind": "wecom", "name": "值班群", "address": f"{robot.address}/send?key=k",
        }  # fmt: skip
        assert client.post("/desk/tasks/hooks/", {**sent, "address": "https://example.org/"}).status_code == 422
        assert client.post("/desk/tasks/hooks/", sent).status_code == 302
        held = MessageHook.objects.get()
        with django_capture_on_commit_callbacks(execute=True):
            client.post("/desk/tasks/hooks/", {"try": held.pk})
        assert "试发" in json.loads(robot.got[0][2])["text"]["content"]
        assert "已送达" in client.get("/desk/tasks/hooks/").text
        waiting = HookMessage.objects.create(hook=held, kind="remind", text="x", next_at=MOMENT)
        client.post("/desk/tasks/hooks/", {"stop": held.pk})
        held.refresh_from_db()
        waiting.refresh_from_db()
        assert (held.active, held.sealed, waiting.state) == (False, "", "failed")
        assert hooks.announce("测试市委员会办公室", "remind", "x", None) == 0
