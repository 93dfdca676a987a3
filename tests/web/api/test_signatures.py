"""Signed requests: the published vector, the example of the guide as it stands there, and what a forger may try."""

from __future__ import annotations

import base64
import json
import re
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from http_message_signatures import HTTPMessageSigner, InvalidSignature, MappingKeyResolver
from http_message_signatures.algorithms import HMAC_SHA256

from yangban.web.accounts.models import Organisation
from yangban.web.api import keys, rates, signatures
from yangban.web.api.models import ApiNonce
from yangban.web.points import people
from yangban.web.points.models import Program

PATH = "/api/v1/points/example/events"
SITE = "http://testserver"
ROOT = Path(__file__).parents[3]


def test_the_vector_of_the_standard() -> None:
    """RFC 9421, appendix B.2.5, with the shared secret of B.1.5 and the request of B.2."""
    secret = base64.b64decode("uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==")
    message = signatures.Message(
        "POST", "https://example.com/foo?param=Value&Pet=dog",
        {
            "Host": "example.com", "Date": "Tue, 20 Apr 2021 02:07:55 GMT", "Content-Type": "application/json",
            "Signature-Input": 'sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
            "Signature": "sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:",
        },
    )  # fmt: skip
    held = signatures.verifier("test-shared-secret", secret)
    (found,) = held.verify(message, max_age=None)
    assert found.parameters["created"] == 1618884473
    with pytest.raises(InvalidSignature):
        signatures.verifier("test-shared-secret", secret[:-1]).verify(message, max_age=None)
    with pytest.raises(InvalidSignature):
        held.verify(replace(message, headers={**message.headers, "Content-Type": "text/plain"}), max_age=None)
    with pytest.raises(InvalidSignature):
        held.verify(message, max_age=timedelta(0))  # five years old


@pytest.fixture
def guide() -> Any:
    """The functions of the guide's own example."""
    text = (ROOT / "docs" / "how-to" / "api.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(# sign\.py\n.*?)```", text, re.DOTALL)
    assert code
    names: dict[str, Any] = {}
    exec(compile(code[1], "sign.py", "exec"), names)
    return names["signed"]


@pytest.fixture
def partner(person: Any, bureau: Any) -> Any:
    """A key that demands signatures, its secret, and a member who consented."""
    rates.forget()
    Program.objects.create(scheme="example", organisation=bureau("360000", kind="operator", name="示例积分运营中心"))
    body = Organisation.objects.create(name="示例骑行", region="360000", kind="operator")
    row, key = keys.make(
        person("security"), name="骑行", organisation=body, region="360000", scopes=["points:report"],
        expires_at=timezone.now() + timedelta(days=9), signed=True,
    )  # fmt: skip
    member = people.join("13900000001", "seven green lanterns")
    people.consent(member, people.channel_of(body))
    return row, key, signatures.secret_of(row), member


@pytest.fixture
def send(client: Any, partner: Any) -> Any:
    """Send one event with headers; give status, name of the problem, and the answers."""

    def go(headers: dict[str, str], body: bytes, path: str = PATH) -> tuple[int, str, Any]:
        answer = client.post(path, body, content_type="application/json", headers=headers)
        told = answer.json()
        return answer.status_code, str(told.get("type", "")).rpartition("#")[2], told.get("data")

    return go


def _body(member: Any, number: str = "r1", act: str = "1") -> bytes:
    at = timezone.localtime().isoformat(timespec="seconds")
    event = {"id": number, "member": member.number, "behaviour": "parked", "happened_at": at, "amounts": {"act": act}}
    return json.dumps({"events": [event]}).encode()


pytestmark = pytest.mark.django_db


def test_the_guides_example_is_taken(guide: Any, partner: Any, send: Any) -> None:
    row, key, secret, member = partner
    body = _body(member)
    status, _, data = send(guide("POST", SITE + PATH, body, key, secret), body)
    assert (status, data[0]["status"], data[0]["points"]) == (200, "awarded", "10.0")
    # Signed anew, the same event has its old answer; an address with a query is covered with it.
    assert send(guide("POST", SITE + PATH, body, key, secret), body)[2][0]["status"] == "already"
    assert ApiNonce.objects.filter(key=row).count() == 2
    assert secret not in row.digest
    assert signatures.secret_of(row) == secret


def test_what_a_forger_may_try(guide: Any, partner: Any, send: Any) -> None:
    """Forged, altered, old, of the future, replayed, of another key, without what must be covered: each is refused by name."""
    _row, key, secret, member = partner
    body, other = _body(member), _body(member, act="9")
    good = guide("POST", SITE + PATH, body, key, secret)

    def refused(headers: dict[str, str], content: bytes = body, path: str = PATH) -> str:
        status, name, data = send(headers, content, path)
        assert (status, data) == (401, None)
        return name

    assert refused({"Authorization": f"Bearer {key}"}) == "signature-missing"
    assert refused(guide("POST", SITE + PATH, body, key, secret[:-1] + "!")) == "signature-invalid"
    assert refused(good, other) == "signature-invalid"
    digest = guide("POST", SITE + PATH, other, key, secret)["Content-Digest"]
    assert refused({**good, "Content-Digest": digest}, other) == "signature-invalid"
    assert refused({**good, "Content-Digest": "sha-256=::"}) == "signature-invalid"
    assert refused(guide("POST", f"{SITE}/api/v1/points/other/events", body, key, secret)) == "signature-invalid"
    assert refused(guide("PUT", SITE + PATH, body, key, secret)) == "signature-invalid"
    assert refused(good, path=f"{PATH}?x=1") == "signature-invalid"
    assert refused(guide("POST", f"{SITE}{PATH}?x=2", body, key, secret), path=f"{PATH}?x=1") == "signature-invalid"
    assert refused({**good, "Signature": good["Signature"].replace("sig=", "gis=")}) == "signature-invalid"
    assert refused({each: value for each, value in good.items() if each != "Signature"}) == "signature-invalid"
    assert refused({**good, "Signature-Input": "nonsense("}) == "signature-invalid"
    # Nothing of all that used the nonce up, and nothing was taken in.
    assert not ApiNonce.objects.exists()
    assert send(good, body)[0] == 200
    assert refused(good) == "signature-replayed"
    now = int(time.time())  # the clock stands: a signature says whole seconds, and 300 of them are allowed
    for seconds, name in ((-300, ""), (300, ""), (-301, "signature-invalid"), (301, "signature-invalid")):
        with time_machine.travel(now + seconds, tick=False):
            headers = guide("POST", SITE + PATH, body, key, secret)
        with time_machine.travel(now, tick=False):
            assert send(headers, body)[1] == name, seconds


def test_what_must_be_covered_and_carried(partner: Any, send: Any) -> None:
    """Signatures that hold, and cover too little or carry no nonce or another's name."""
    row, key, secret, member = partner
    body = _body(member)
    held = secret.encode()

    def made(covered: tuple[str, ...], *, nonce: str | None = "n" * 16, name: str = row.prefix, digest: bool = True) -> str:
        message = signatures.Message("POST", SITE + PATH, {"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
        resolver = MappingKeyResolver(public_keys={}, private_keys={name: held})
        signer = HTTPMessageSigner(signature_algorithm=HMAC_SHA256, key_resolver=resolver)
        signer.sign(message, key_id=name, nonce=nonce, covered_component_ids=covered, body=body if digest else None)
        return str(send(message.headers, body)[1])

    assert made(("@method",)) == "signature-invalid"
    assert made(("@path",)) == "signature-invalid"
    assert made(("@method", "@path"), digest=False) == "signature-invalid"
    assert made(("@method", "@path"), nonce=None) == "signature-invalid"
    assert made(("@method", "@path"), nonce="n" * 15) == "signature-invalid"
    assert made(("@method", "@path"), name="yb_other000") == "signature-invalid"
    assert made(("@method", "@path", "@authority", "content-type")) == ""
    assert made(("@method", "@path")) == "signature-replayed"


def test_old_nonces_go_and_a_key_without_demand_may_sign(guide: Any, partner: Any, send: Any) -> None:
    row, key, secret, member = partner
    ApiNonce.objects.create(key=row, nonce="o" * 20, used_at=timezone.now() - signatures.KEPT - timedelta(seconds=1))
    type(row).objects.update(signed=False)
    body = _body(member)
    assert send({"Authorization": f"Bearer {key}"}, body)[0] == 200
    assert send(guide("POST", SITE + PATH, body, key, secret), body)[0] == 200
    assert send(guide("POST", SITE + PATH, body, key, secret[1:]), body)[1] == "signature-invalid"
    assert not ApiNonce.objects.filter(nonce="o" * 20).exists()


def test_a_signed_key_is_made_on_the_desk(client: Any, enter: Any, person: Any, bureau: Any) -> None:
    body = bureau("360000", kind="operator", name="示例公交")
    enter(person("security"))
    page = client.post(
        "/desk/keys/new/",
        {"name": "公交", "organisation": body.pk, "region": "360000", "scopes": ["points:report"], "days": "90", "signed": "on"},
    ).content.decode()
    assert "签名密钥" in page
    row = keys.ApiKey.objects.get()
    assert row.signed
    assert signatures.secret_of(row) in page
    assert "须签名" in client.get("/desk/keys/").content.decode()
