"""Keys of partners: made, found, used and taken back. Their scopes lead to the actions of the one permission table."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import timezone

from yangban.web.accounts import audit
from yangban.web.accounts.models import Organisation, User
from yangban.web.accounts.permissions import demand
from yangban.web.api.models import ApiKey
from yangban.web.api.rates import impatient
from yangban.web.words import say

SCOPES: Final = {
    "readings:write": say("报送监测数据，查看自己的回执", "Deliver readings, and see the receipts of one's own"),
    "points:report": say("报送积分事件", "Report events that earn points"),
    "internal:read": say("读取内部发布的结果", "Read results that were published internally"),
}
"""What a key may do beyond reading what everyone reads."""

_SHAPE: Final = re.compile(r"yb_[A-Za-z0-9]{8}_[A-Za-z0-9_-]{43}")
_PREFIX: Final = 11
LONGEST: Final = timedelta(days=731)
"""No key is given for longer than two years: partners change, and a forgotten key is a door."""

_USED: Final = timedelta(minutes=1)
_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"


def digest_of(key: str) -> str:
    """The digest under which a key is kept, keyed with the site's own key: a stolen table alone tells nothing."""
    return hmac.new(b"yangban.api.key:" + settings.SECRET_KEY.encode(), key.encode(), "sha256").hexdigest()


@transaction.atomic
def make(
    user: User, *, name: str, organisation: Organisation, region: str, scopes: Collection[str], expires_at: datetime, signed: bool = False
) -> tuple[ApiKey, str]:
    """Make a key, and give the row with the key itself, which nobody can read again. ``signed``: its requests must be signed.

    Raises :class:`~django.core.exceptions.PermissionDenied` outside the person's own places.
    """
    demand(user, "keys.manage", region=region)
    demand(user, "keys.manage", region=organisation.region)
    assert set(scopes) <= set(SCOPES), scopes
    key = f"yb_{''.join(secrets.choice(_LETTERS) for _ in range(8))}_{secrets.token_urlsafe(32)}"
    row = ApiKey.objects.create(
        name=name,
        organisation=organisation,
        region=region,
        scopes=sorted(scopes),
        prefix=key[:_PREFIX],
        digest=digest_of(key),
        created_by=user,
        expires_at=expires_at,
        signed=signed,
    )
    detail = {
        "name": name, "organisation": organisation.name, "region": region, "scopes": row.scopes, "expires": expires_at.isoformat(),
        "signed": signed,
    }  # fmt: skip
    audit.record(user, "key.made", row.prefix, detail)
    return row, key


@transaction.atomic
def revoke(user: User, row: ApiKey) -> None:
    """Take a key back, at once and for good; one that was taken back stays as it is."""
    demand(user, "keys.manage", region=row.region)
    demand(user, "keys.manage", region=row.organisation.region)
    if ApiKey.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=timezone.now(), revoked_by=user):
        audit.record(user, "key.revoked", row.prefix, {"name": row.name})


def find(key: str) -> ApiKey | None:
    """The row of a key, also of one that has ended; ``None`` for a stranger."""
    if not _SHAPE.fullmatch(key):
        return None
    return ApiKey.objects.select_related("organisation").filter(digest=digest_of(key)).first()


def used(row: ApiKey) -> None:
    """Note that a key was used, at most once a minute."""
    now = timezone.now()
    if row.last_used_at is None or now - row.last_used_at > _USED:
        # Nobody is turned away because this could not be noted: the next request notes it.
        with suppress(OperationalError), impatient():
            ApiKey.objects.filter(pk=row.pk).update(last_used_at=now)
