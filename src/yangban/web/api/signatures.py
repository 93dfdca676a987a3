"""Signed requests: HTTP Message Signatures (RFC 9421) by ``hmac-sha256``, with a Content-Digest (RFC 9530) of the body.

A signature stands beside the key. It must cover method, path, query (where there is one) and the digest of the body (where there is one),
name the key by its first characters, and carry the moment and a nonce that was not used before. Whoever reads the traffic can then neither
change a request nor send it again. A key may demand signatures; one that is sent is always looked at.

The secret is made from the site's own key and is kept nowhere, so that a stolen table alone signs nothing.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from http_message_signatures import HTTPMessageSignaturesException, HTTPMessageVerifier, HTTPSignatureKeyResolver
from http_message_signatures.algorithms import HMAC_SHA256

from yangban.web.api import rates
from yangban.web.api.models import ApiKey, ApiNonce
from yangban.web.api.problems import Problem
from yangban.web.public.limits import address_of

TOLERANCE: Final = timedelta(minutes=5)
"""So far a signature's moment may lie from ours, in either direction."""
KEPT: Final = timedelta(minutes=15)
"""So long a nonce is kept; later the moment alone refuses the request."""
NONCE: Final = range(16, 65)
"""How many characters a nonce may have."""
_MULTIPART: Final = "multipart/"


@dataclass(frozen=True)
class Message:
    """What the library reads of a request."""

    method: str
    url: str
    headers: dict[str, str]


class _Secret(HTTPSignatureKeyResolver):
    """One key alone: a signature in another's name is none."""

    def __init__(self, name: str, secret: bytes) -> None:
        self.name, self.secret = name, secret

    def resolve_public_key(self, key_id: str) -> bytes | None:
        """The secret, for the very key that the request carries."""
        return self.secret if hmac.compare_digest(key_id.encode(), self.name.encode()) else None


def secret_of(row: ApiKey) -> str:
    """The secret with which a key's requests are signed, as text; its bytes are the key of the HMAC."""
    made = hmac.new(b"yangban.api.sign:" + settings.SECRET_KEY.encode(), row.digest.encode(), "sha256").digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def verifier(name: str, secret: bytes) -> HTTPMessageVerifier:
    """What verifies the signatures of one key; digests are compared in constant time."""
    made = HTTPMessageVerifier(signature_algorithm=HMAC_SHA256, key_resolver=_Secret(name, secret))
    made.max_clock_skew = TOLERANCE
    return made


def check(request: HttpRequest, row: ApiKey) -> None:
    """Look at the signature of a request, or refuse a request without one where the key demands it.

    Raises :class:`~yangban.web.api.problems.Problem`.
    """
    if "HTTP_SIGNATURE" not in request.META and "HTTP_SIGNATURE_INPUT" not in request.META:
        if row.signed:
            raise Problem(
                "signature-missing",
                f"密钥 {row.prefix}… 的请求须签名（RFC 9421，hmac-sha256）。Requests with this key must be signed",
            )
        return
    if request.content_type.startswith(_MULTIPART):
        raise Problem("signature-invalid", "文件报送不能签名；请以 JSON 报送。A file cannot be signed; send JSON")
    try:
        body = request.body
    except RequestDataTooBig:
        raise Problem("too-large", "请求体太大，不能签名；请拆分。The body is too large to be signed; split it") from None
    message = Message(
        str(request.method), f"{request.scheme}://{request.get_host()}{request.get_full_path()}", dict(request.headers.items())
    )
    covered = ("@method", "@path", *(("@query",) if request.META.get("QUERY_STRING") else ()))
    try:
        found = verifier(row.prefix, secret_of(row).encode()).verify(message, max_age=timedelta(0), require_components=covered, body=body)
    except HTTPMessageSignaturesException as told:
        raise _refused(request, f"签名不对：{str(told)[:200]}；请核对密钥、时间、覆盖的内容。The signature does not hold") from None
    if len(found) != 1:
        raise _refused(request, "应恰有一个签名。Exactly one signature is expected")
    _once(request, row, found[0].nonce)


def _once(request: HttpRequest, row: ApiKey, nonce: Any) -> None:
    """Use a nonce up."""
    if not isinstance(nonce, str) or len(nonce) not in NONCE:
        raise _refused(request, f"nonce 应有 {NONCE[0]} 至 {NONCE[-1]} 个字符。A nonce of {NONCE[0]} to {NONCE[-1]} characters is needed")
    now = timezone.now()
    try:
        with transaction.atomic():
            ApiNonce.objects.create(key=row, nonce=nonce, used_at=now)
    except IntegrityError:
        raise Problem("signature-replayed", "这个签名已用过；重发请重新签名。This signature was used; sign anew to send again") from None
    ApiNonce.objects.filter(key=row, used_at__lt=now - KEPT).delete()


def _refused(request: HttpRequest, text: str) -> Problem:
    rates.count("address", address_of(request), limit=settings.API_LIMITS["address"])
    return Problem("signature-invalid", text)
