"""Who may what: every route has its line in the truth table, keys open only their own doors, and rate limits hold."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from yangban.web.accounts.permissions import PUBLIC, RULES

pytestmark = pytest.mark.django_db

UUID = "0d9f5a1e-0000-4000-8000-000000000000"
CALLERS = ("nobody", "stranger", "expired", "revoked", "no scope", "internal", "writer", "person")
TABLE: dict[tuple[str, str], tuple[str, str, tuple[int, ...]]] = {
    # route: action, an address, and the status for each of the callers
    ("GET", "/figures"): (PUBLIC, "/figures?limit=1", (200, 401, 401, 401, 200, 200, 200, 200)),
    ("GET", "/figures/explain"): (
        PUBLIC,
        "/figures/explain?indicator=air.pm25.mean&subject=360100&period=2023&edition=gb3095-2012",
        (200, 401, 401, 401, 200, 200, 200, 200),
    ),
    ("GET", "/rankings"): (PUBLIC, "/rankings?indicator=air.pm25.mean&period=2023", (200, 401, 401, 401, 200, 200, 200, 200)),
    ("GET", "/regions"): (PUBLIC, "/regions?limit=1", (200, 401, 401, 401, 200, 200, 200, 200)),
    ("GET", "/stations"): (PUBLIC, "/stations", (200, 401, 401, 401, 200, 200, 200, 200)),
    ("GET", "/sections"): (PUBLIC, "/sections", (200, 401, 401, 401, 200, 200, 200, 200)),
    ("GET", "/releases"): (PUBLIC, "/releases", (200, 401, 401, 401, 200, 200, 200, 200)),
    ("GET", "/releases/{number}"): (PUBLIC, "/releases/1", (200, 401, 401, 401, 200, 200, 200, 200)),
    ("GET", "/files"): (PUBLIC, "/files", (200, 401, 401, 401, 200, 200, 200, 200)),
    # A delivery without an Idempotency-Key is refused (400) only to one who may deliver.
    ("POST", "/readings"): ("readings.upload", "/readings", (401, 401, 401, 401, 403, 403, 400, 401)),
    ("POST", "/hours"): ("readings.upload", "/hours", (401, 401, 401, 401, 403, 403, 400, 401)),
    ("GET", "/readings/{number}"): ("readings.upload", f"/readings/{UUID}", (401, 401, 401, 401, 403, 403, 404, 401)),
    # No caller here has a key that may report events; what those do stands in tests/web/points.
    ("POST", "/points/{scheme}/events"): ("points.run", "/points/none/events", (401, 401, 401, 401, 403, 403, 403, 401)),
    ("POST", "/points/{scheme}/connectors/{connector}"): (
        "points.run",
        "/points/none/connectors/werun",
        (401, 401, 401, 401, 403, 403, 403, 401),
    ),
}


def routes() -> list[tuple[str, str, str]]:
    from yangban.web.api.routes import api

    return [
        (method, path, operation.view_func.action)
        for router in api._get_bound_routers()
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
        if method != "HEAD"
    ]


def test_every_route_has_its_line_in_the_table() -> None:
    found = {(method, path): action for method, path, action in routes()}
    assert found == {route: line[0] for route, line in TABLE.items()}
    assert set(found.values()) <= {PUBLIC, *RULES}


def test_the_interface_names_every_connector() -> None:
    from yangban.points.connectors import CONNECTORS
    from yangban.web.api.routes import api

    told = api.get_openapi_schema(path_prefix="/api/v1/")["paths"]["/api/v1/points/{scheme}/connectors/{connector}"]["post"]["parameters"]
    (connector,) = [each for each in told if each["name"] == "connector"]
    assert sorted(connector["schema"]["enum"]) == sorted(CONNECTORS)


@pytest.mark.parametrize("caller", CALLERS)
def test_the_table_is_true(caller: str, client: Any, make_key: Any, bearer: Any, person: Any, enter: Any) -> None:
    from yangban.web.api import keys

    header: dict[str, str] = {}
    if caller == "person":
        # Being logged in opens nothing here: sessions are for pages.
        client = enter(person("security"))
    elif caller != "nobody":
        scopes = {"internal": ["internal:read"], "no scope": [], "writer": ["readings:write"]}.get(
            caller, ["readings:write", "internal:read"]
        )
        row, key = make_key(*scopes)
        if caller == "expired":
            row.expires_at = timezone.now() - timedelta(seconds=1)
            row.save()
        elif caller == "revoked":
            keys.revoke(row.created_by, row)
        elif caller == "stranger":
            key = key[:-4] + ("AAAA" if not key.endswith("AAAA") else "BBBB")
        header = bearer(key)
    wrong = {}
    for (method, path), (_, address, statuses) in TABLE.items():
        answer = client.generic(method, f"/api/v1{address}", "{}", content_type="application/json", **header)
        if answer.status_code != statuses[CALLERS.index(caller)]:
            wrong[method, path] = (answer.status_code, answer.content[:200])
    assert not wrong


class TestKeys:
    def test_a_key_is_kept_nowhere(self, make_key: Any) -> None:
        row, key = make_key("readings:write")
        row.refresh_from_db()
        from yangban.web.accounts.models import AuditEntry

        held = json.dumps([str(getattr(row, field.name)) for field in row._meta.fields] + [e.detail for e in AuditEntry.objects.all()])
        assert key not in held
        assert key[len(row.prefix) + 1 :] not in held
        assert key.startswith(row.prefix)

    @pytest.mark.parametrize(
        "said",
        ["Bearer", "Bearer ", "Basic abc", "Bearer yb_x", "Bearer " + "x" * 9000, "Bearer \x00", "yb_aaaaaaaa", "Bearer ' OR 1=1 --"],
    )
    def test_what_is_no_key_opens_nothing(self, client: Any, said: str) -> None:
        answer = client.get("/api/v1/figures?limit=1", HTTP_AUTHORIZATION=said)
        assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
        assert "Bearer" in answer["WWW-Authenticate"]

    def test_a_key_of_somebody_who_left_opens_nothing(self, client: Any, make_key: Any, bearer: Any) -> None:
        row, key = make_key("internal:read")
        row.created_by.is_active = False
        row.created_by.save()
        assert client.get("/api/v1/releases", **bearer(key)).status_code == 401

    def test_when_it_was_last_used_is_seen(self, client: Any, make_key: Any, bearer: Any) -> None:
        row, key = make_key()
        client.get("/api/v1/releases", **bearer(key))
        row.refresh_from_db()
        assert timezone.now() - row.last_used_at < timedelta(seconds=30)


class TestKeyPages:
    def fill(self, bureau: Any, region: str = "360100", **more: Any) -> dict[str, Any]:
        body = bureau(region if region.isdigit() else "360100")
        said = {"name": "运维单位", "organisation": body.pk, "region": region, "scopes": ["readings:write"], "days": 365}
        return said | more

    def test_it_is_shown_once_and_can_be_revoked(self, person: Any, enter: Any, bureau: Any, bearer: Any) -> None:
        from yangban.web.accounts.models import AuditEntry
        from yangban.web.api.models import ApiKey

        client = enter(person("security"))
        page = client.post("/desk/keys/new/", self.fill(bureau))
        row = ApiKey.objects.get()
        key = page.text.partition('value="yb_')[2].partition('"')[0]
        assert page.status_code == 200
        assert "no-store" in page["Cache-Control"]
        assert client.get("/api/v1/releases", **bearer(f"yb_{key}")).status_code == 200
        listed = client.get("/desk/keys/")
        assert row.prefix in listed.text
        assert key not in listed.text
        assert client.post(f"/desk/keys/{row.pk}/revoke/").status_code == 302
        assert client.get("/api/v1/releases", **bearer(f"yb_{key}")).status_code == 401
        assert list(AuditEntry.objects.values_list("action", flat=True)) == ["key.made", "key.revoked"]
        assert "Revoked" in client.get("/en/desk/keys/").text

    def test_nobody_makes_or_takes_back_keys_elsewhere(self, person: Any, enter: Any, bureau: Any, make_key: Any) -> None:
        from yangban.web.api.models import ApiKey

        elsewhere, _ = make_key(region="360400")
        above, _ = make_key(region="360000")
        client = enter(person("security", "360100"))
        for wrong in ({"region": "360400"}, {"region": "360000"}, {"organisation": bureau("360400").pk}):
            assert client.post("/desk/keys/new/", self.fill(bureau, **wrong)).status_code == 422, wrong
        for row in (elsewhere, above):
            assert client.post(f"/desk/keys/{row.pk}/revoke/").status_code == 403
            assert row.prefix not in client.get("/desk/keys/").text
        assert ApiKey.objects.count() == 2
        assert client.post("/desk/keys/new/", self.fill(bureau)).status_code == 200

    @pytest.mark.parametrize(
        "wrong", [{"name": "a\x00b"}, {"name": ""}, {"scopes": ["all"]}, {"days": 10_000}, {"region": "\x00"}, {"organisation": "x"}]
    )
    def test_a_form_that_is_wrong_makes_no_key(self, person: Any, enter: Any, bureau: Any, wrong: dict[str, Any]) -> None:
        assert enter(person("security")).post("/desk/keys/new/", self.fill(bureau, **wrong)).status_code == 422

    @pytest.mark.parametrize("role", ["uploader", "signer", "data_reviewer", "reader"])
    def test_others_do_not_manage_keys(self, person: Any, enter: Any, role: str) -> None:
        client = enter(person(role))
        assert [client.get(each).status_code for each in ("/desk/keys/", "/desk/keys/new/")] == [403, 403]
        assert client.post("/desk/keys/1/revoke/").status_code == 403


class TestRates:
    @pytest.fixture(autouse=True)
    def _limits(self, settings: Any, monkeypatch: Any) -> None:
        from yangban.web.api import rates

        settings.API_LIMITS = {"address": 5, "key": 8, "write": 3}
        monkeypatch.setattr(rates.time, "time", lambda: 1_800_000_030.0)

    def statuses(self, client: Any, times: int, **header: str) -> list[int]:
        return [client.get(f"/api/v1/releases?limit={n + 1}", **header).status_code for n in range(times)]

    def test_an_address_is_stopped_and_told_when_to_come_again(self, client: Any) -> None:
        assert self.statuses(client, 7) == [200] * 5 + [429] * 2
        answer = client.get("/api/v1/stations")
        assert answer.json()["type"] == "/api/#too-many-requests"
        assert answer["Retry-After"] == "31"
        assert self.statuses(client, 1, REMOTE_ADDR="203.0.113.9") == [200]

    def test_a_key_has_a_limit_of_its_own(self, client: Any, make_key: Any, bearer: Any) -> None:
        header = bearer(make_key()[1])
        assert self.statuses(client, 10, **header) == [200] * 8 + [429] * 2
        assert self.statuses(client, 1, **bearer(make_key()[1])) == [200]

    def test_wrong_keys_count_for_the_address(self, client: Any) -> None:
        assert self.statuses(client, 7, HTTP_AUTHORIZATION="Bearer wrong") == [401] * 5 + [429] * 2

    def test_deliveries_have_the_smallest_limit(self, client: Any, make_key: Any, bearer: Any) -> None:
        header = bearer(make_key("readings:write")[1])
        codes = [client.post("/api/v1/readings", "{}", content_type="application/json", **header).status_code for _ in range(5)]
        assert codes == [400] * 3 + [429] * 2

    def test_the_next_minute_begins_anew(self, client: Any, monkeypatch: Any) -> None:
        from yangban.web.api import rates

        assert self.statuses(client, 6)[-1] == 429
        monkeypatch.setattr(rates.time, "time", lambda: 1_800_000_070.0)
        assert self.statuses(client, 1) == [200]

    def test_an_address_that_proxies_wrote_down_counts_only_when_they_are_ours(self, client: Any, settings: Any) -> None:
        forged = [client.get(f"/api/v1/releases?limit={n + 1}", HTTP_X_FORWARDED_FOR=f"203.0.113.{n}").status_code for n in range(6)]
        assert forged[-1] == 429
        settings.TRUSTED_PROXIES = 1
        for n in range(6):
            said = f"198.51.100.1, 203.0.113.{n}"
            assert client.get(f"/api/v1/releases?limit={n + 1}", HTTP_X_FORWARDED_FOR=said).status_code == 200

    def test_workers_count_together(self, client: Any) -> None:
        """What one worker counted is known to another that begins with nothing in its own memory."""
        from yangban.web.api import rates

        codes = []
        for _ in range(7):
            rates.forget()
            codes += self.statuses(client, 1, HTTP_X_A="")
            from django.core.cache import caches

            caches["answers"].clear()
        assert codes == [200] * 5 + [429] * 2


class TestAbuse:
    @pytest.mark.parametrize(
        "query",
        [
            "subject=%00", "subject=" + "x" * 5000, "indicator=air.pm25.mean;DROP TABLE x", "indicator=" + "a." * 4000,
            "period=2023%0d%0aX: y", "period=99999999", "limit=0", "limit=1001", "limit=9" * 40, "limit=1e3", "limit=-1", "limit=NaN",
            "release=99999999999999999999", "release=0", "scope=all", "basis=x", "level=moon", "format=xml", "cursor=" + "A" * 601,
            "subject=a&subject=b", "nothing=1", "%ff=1", "edition=../../etc/passwd", "subject=" + ",".join(map(str, range(300))),
            "period=", "subject=%ED%A0%80%00", "cursor=%00",
        ],
    )  # fmt: skip
    def test_strange_parameters_are_refused(self, client: Any, query: str) -> None:
        answer = client.get(f"/api/v1/figures?{query}")
        assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json"), answer.content

    @pytest.mark.parametrize(
        "query",
        ["subject=' OR 1=1 --", "subject=%ff", "subject=🐘", "subject=\u202eabc", "subject==1%2B1", "period=2023-99-99", "indicator=a.b"],
    )
    def test_what_might_be_and_is_not_is_an_empty_answer(self, client: Any, query: str) -> None:
        answer = client.get(f"/api/v1/figures?{query}")
        assert (answer.status_code, answer.json()["data"]) == (200, [])

    def test_a_cursor_that_was_touched_is_refused(self, client: Any) -> None:
        cursor = client.get("/api/v1/figures?limit=1").json()["next"]
        for n in range(len(cursor)):
            other = cursor[:n] + ("A" if cursor[n] != "A" else "B") + cursor[n + 1 :]
            answer = client.get(f"/api/v1/figures?limit=1&cursor={other}")
            assert (answer.status_code, answer.json()["type"]) == (400, "/api/#bad-cursor")
        for other in (cursor[:-5], cursor + "AAAA", "A", "A" * 500):
            assert client.get(f"/api/v1/figures?limit=1&cursor={other}").status_code == 400
        # A cursor of another list, and of another question.
        assert client.get(f"/api/v1/releases?cursor={cursor}").status_code == 400
        assert client.get(f"/api/v1/figures?limit=1&subject=360100&cursor={cursor}").status_code == 400
        # The size of the pages may change on the way.
        assert client.get(f"/api/v1/figures?limit=2&cursor={cursor}").status_code == 200

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "X" * 40])
    def test_other_methods_are_405(self, client: Any, method: str) -> None:
        answer = client.generic(method, "/api/v1/figures")
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, OPTIONS")
        assert answer["Content-Type"] == "application/problem+json"

    def test_options_says_what_is_allowed(self, client: Any) -> None:
        answer = client.options("/api/v1/readings")
        assert (answer.status_code, answer["Allow"]) == (204, "OPTIONS, POST")

    @pytest.mark.parametrize(
        "path",
        [
            "/api/v1/",
            "/api/v1/nothing",
            "/api/v1/figures/",
            "/api/v1/../desk",
            "/api/v1/releases/x",
            "/api/v1/releases/%00",
            "/api/v1/readings/x",
        ],
    )
    def test_other_addresses_are_problems_too(self, client: Any, path: str, make_key: Any, bearer: Any) -> None:
        answer = client.get(path, **(bearer(make_key("readings:write")[1]) if "readings" in path else {}))
        assert answer.status_code in {404, 422}
        assert answer["Content-Type"] == "application/problem+json"

    def test_a_fault_of_the_program_is_a_problem_that_tells_nothing(self, client: Any, monkeypatch: Any) -> None:
        from yangban.web.api import reads

        def fail(*_: Any, **__: Any) -> None:
            raise RuntimeError("secret place")

        monkeypatch.setattr(reads, "standing", fail)
        client.raise_request_exception = False
        answer = client.get("/api/v1/figures")
        assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
        assert "secret" not in answer.text
