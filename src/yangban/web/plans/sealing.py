"""Secrets of organisations, kept so that the database alone does not give them away: sealed with a key that follows from the site's own.

A backup of the database without ``site.key`` opens nothing; when the key of the site is renewed, addresses and secrets are typed in again.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from yangban.base.errors import NotAllowed


def _key() -> Fernet:
    made = hashlib.sha256(b"yangban.plans.hooks:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(made))


def seal(content: dict[str, Any]) -> str:
    """Something to keep, as a text that only this site opens."""
    return _key().encrypt(json.dumps(content, ensure_ascii=False).encode()).decode("ascii")


def opened(sealed: str) -> dict[str, Any]:
    """What :func:`seal` kept; raises :class:`~yangban.base.errors.NotAllowed` when the site has another key now."""
    try:
        held: dict[str, Any] = json.loads(_key().decrypt(sealed.encode("ascii")))
    except InvalidToken:
        raise NotAllowed("facts", "站点密钥已更换，读不出地址和密钥；请重新填写") from None
    return held
