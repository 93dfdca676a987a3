"""Cursors: where the next page begins, sealed so that nobody makes one up, and bound to the question that it belongs to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings

from yangban.web.api.problems import Problem

_SEAL: Final = 16
LONGEST: Final = 600


def _seal(content: bytes) -> bytes:
    return hmac.new(b"yangban.api.cursor:" + settings.SECRET_KEY.encode(), content, hashlib.sha256).digest()[:_SEAL]


def _of(question: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(question, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def write(question: Mapping[str, Any], place: Any) -> str:
    """The cursor of a place in the answer to a question."""
    content = json.dumps([_of(question), place], ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_seal(content) + content).rstrip(b"=").decode()


def read(cursor: str, question: Mapping[str, Any]) -> Any:
    """The place that a cursor names; raises the problem ``bad-cursor`` for one that was changed, or belongs to another question."""
    try:
        whole = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        content = whole[_SEAL:]
        if not hmac.compare_digest(whole[:_SEAL], _seal(content)):
            raise ValueError
        of, place = json.loads(content)
    except (ValueError, UnicodeError):
        raise Problem(
            "bad-cursor", "cursor 读不出；请用上一页的 next，不要自己构造。Take the cursor from the page before, as it stands"
        ) from None
    if of != _of(question):
        raise Problem(
            "bad-cursor",
            "cursor 属于另一次查询；翻页时请保持其他参数不变。The cursor belongs to another question; keep the other parameters",
        )
    return place
