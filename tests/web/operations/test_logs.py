"""What those who keep the site running see: a line for every request, numbers of what waits, and traces where they are asked for."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from yangban.web.config.logs import Lines
from yangban.web.jobs.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines(caplog: Any) -> Any:
    caplog.set_level(logging.INFO, "yangban.request")
    return lambda: [json.loads(Lines().format(each)) for each in caplog.records if each.name == "yangban.request"]


def test_a_request_is_a_line_with_a_number_and_without_a_name(person: Any, enter: Any, lines: Any) -> None:
    user = person("reader", "360100")
    answer = enter(user).get("/desk/account/?q=张三的电话")
    (told,) = lines()
    assert told["request"] == answer["X-Request-Id"]
    assert (told["method"], told["route"], told["status"], told["action"], told["user"]) == (
        "GET",
        "desk/account/",
        200,
        "signed_in",
        user.pk,
    )
    assert told["ms"] > 0
    assert user.username not in json.dumps(told, ensure_ascii=False)
    assert "张三" not in json.dumps(told, ensure_ascii=False)


@pytest.mark.parametrize(
    ("address", "secret"),
    [("/calendar/0123456789abcdef0123456789abcdef.ics", "0123456789"), ("/accounts/password/reset/key/1a-c0ffee-5ec2e7/", "5ec2e7")],
)
def test_a_secret_in_an_address_is_not_written(client: Client, lines: Any, address: str, secret: str) -> None:
    client.get(address)
    (told,) = lines()
    assert told["route"]
    assert secret not in json.dumps(told)


def test_a_number_is_taken_from_ones_own_proxy_alone(client: Client, settings: Any) -> None:
    given = "0a1b2c3d-proxy"
    assert client.get("/healthz", HTTP_X_REQUEST_ID=given)["X-Request-Id"] != given
    settings.TRUSTED_PROXIES = 1
    assert client.get("/healthz", HTTP_X_REQUEST_ID=given)["X-Request-Id"] == given
    assert client.get("/healthz", HTTP_X_REQUEST_ID='x"\n{"level": "forged"}')["X-Request-Id"] != given


def test_a_fault_is_one_line(caplog: Any) -> None:
    try:
        raise ValueError("一\n二")
    except ValueError:
        logging.getLogger("x").exception("a\nb")
    line = Lines().format(caplog.records[-1])
    assert "\n" not in line
    assert "ValueError: 一\n二" in json.loads(line)["fault"]


def test_metrics_say_what_waits_and_how_long(client: Client) -> None:
    Job.objects.create(kind="points.import", title="x", created_at=timezone.now() - timedelta(seconds=90))
    told = dict(line.rsplit(" ", 1) for line in client.get("/metrics").text.splitlines() if not line.startswith("#"))
    assert told['yangban_jobs{state="queued"}'] == "1"
    assert 89 <= int(told["yangban_job_oldest_seconds"]) <= 120
    assert told["yangban_points_jobs_waiting"] == "1"
    assert told["yangban_deliveries_waiting"] == "0"


def test_traces_are_not_imported_when_nobody_asks() -> None:
    code = (
        "from yangban.web.config.traces import begin; import sys; assert begin() is None; "
        "assert not any('opentelemetry' in each for each in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin:/bin"})


def test_a_page_is_a_trace_where_somebody_asks() -> None:
    pytest.importorskip("opentelemetry.instrumentation.django", reason="the extra otel is not installed")
    from opentelemetry.instrumentation.django import DjangoInstrumentor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from yangban.web.config.traces import begin

    kept = InMemorySpanExporter()
    provider = begin(kept)
    try:
        assert Client().get("/healthz").status_code == 200
        Client().get("/calendar/0123456789abcdef0123456789abcdef.ics")
    finally:
        DjangoInstrumentor().uninstrument()
        provider.shutdown()
    (span,) = kept.get_finished_spans()
    assert "healthz" in span.name
    assert span.resource.attributes["service.name"] == "yangban"
