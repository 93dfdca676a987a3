"""Messages to an organisation's own tool: kept in a log, delivered by the worker, tried again when they do not arrive.

What goes out is what stands in the site already: a sentence, the number of the task, an address to open. Each kind has the shape that the
public pages of its maker describe; the plain one is signed, so that the receiver knows whence it comes:

``X-Yangban-Signature: t=<seconds>,v1=<hex of HMAC-SHA256(secret, "<seconds>." + body)>``
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote_plus

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django_tasks import task as background

from yangban.base.errors import NotAllowed, YangbanError
from yangban.web.accounts import audit
from yangban.web.accounts.models import Organisation, User
from yangban.web.accounts.permissions import demand
from yangban.web.jobs.daily import minutely
from yangban.web.plans import sealing, sending
from yangban.web.plans.models import HookMessage, MessageHook, Task

log = logging.getLogger(__name__)

GENERIC: Final = "generic"
DINGTALK: Final = "dingtalk"
WECOM: Final = "wecom"
FEISHU: Final = "feishu"

WAITS: Final = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
"""After the first, second, … failure; then it is given up."""
KEPT: Final = timedelta(days=92)
"""How long the log of messages is kept."""
_STALE: Final = timedelta(minutes=2)
_LONGEST: Final = 600
"""Characters of a sentence to a robot: WeCom takes 2048 bytes, three to a Chinese character."""


# ------------------------------------------------------------------------------------------------------------------------- keeping


@transaction.atomic
def add(user: User, organisation: Organisation, kind: str, name: str, address: str, secret: str) -> MessageHook:
    """Give an organisation a hook; the address must be one that may be written to."""
    demand(user, "tasks.hooks", organisation=organisation.pk)
    if kind not in MessageHook.Kind.values:
        raise NotAllowed("facts", f"种类 {kind!r} 不认识；可用 {'、'.join(MessageHook.Kind.values)}")
    place = sending.place_of(address)
    if kind == GENERIC and len(secret.strip()) < 16:
        raise NotAllowed("facts", "通用 JSON 要有至少 16 个字符的密钥，用来签名")
    if not name.strip():
        raise NotAllowed("facts", "请起个名字，如“值班群”")
    if organisation.message_hooks.filter(active=True).count() >= 5:
        raise NotAllowed("facts", "一个单位最多 5 个推送地址；请先停用一个")
    made = MessageHook.objects.create(
        organisation=organisation,
        kind=kind,
        name=name.strip()[:60],
        host=place.shown[:120],
        sealed=sealing.seal({"address": address.strip(), "secret": secret.strip()}),
        by=user,
    )
    audit.record(user, "hook.add", organisation.name, {"kind": kind, "host": made.host, "name": made.name})
    return made


@transaction.atomic
def stop(user: User, pk: int) -> None:
    """Stop a hook; its log stays, its address and secret are forgotten."""
    held = MessageHook.objects.select_for_update().get(pk=pk)
    demand(user, "tasks.hooks", organisation=held.organisation_id)
    held.active, held.sealed = False, ""
    held.save(update_fields=("active", "sealed"))
    held.messages.filter(state=HookMessage.State.WAITING).update(
        state=HookMessage.State.FAILED, said="推送地址已停用", done_at=timezone.now(), next_at=None
    )
    audit.record(user, "hook.stop", held.organisation.name, {"host": held.host, "name": held.name})


def try_out(user: User, pk: int) -> HookMessage:
    """Send a message that says that it is a trial."""
    held = MessageHook.objects.get(pk=pk, active=True)
    demand(user, "tasks.hooks", organisation=held.organisation_id)
    made = _ask(held, "test", f"{held.organisation.name}：这是一条试发的消息，收到即表示推送可用", None)
    made.refresh_from_db()
    return made


# ------------------------------------------------------------------------------------------------------------------------- sending


def announce(unit: str, kind: str, text: str, task: Task | None) -> int:
    """Say something to the hooks of the organisations of this name; it goes out when the act that says it is kept."""
    held = MessageHook.objects.filter(organisation__name=unit, active=True)
    return len([_ask(hook, kind, text, task) for hook in held])


def _ask(hook: MessageHook, kind: str, text: str, task: Task | None) -> HookMessage:
    made = HookMessage.objects.create(hook=hook, kind=kind, text=text[:400], task=task, next_at=timezone.now())
    transaction.on_commit(lambda: deliver.enqueue(made.pk))
    return made


@background()
def deliver(pk: int) -> None:
    """Send one message, once; whether it arrived and when it is tried again stands in its row."""
    with transaction.atomic():
        row = HookMessage.objects.select_for_update(of=("self",)).select_related("hook__organisation", "task").get(pk=pk)
        moment = timezone.now()
        if row.state != HookMessage.State.WAITING or row.next_at is None or row.next_at > moment:
            return
        # Whoever comes at the same time finds it taken; a worker that is killed now leaves it to be tried after a while.
        row.attempts, row.next_at = row.attempts + 1, moment + _STALE
        row.save(update_fields=("attempts", "next_at"))
    status, said, again = _send(row, moment)
    row.status, row.said = status, said[:300]
    if not said:
        row.state, row.done_at, row.next_at = HookMessage.State.SENT, timezone.now(), None
    elif not again or row.attempts > len(WAITS):
        row.state, row.done_at, row.next_at = HookMessage.State.FAILED, timezone.now(), None
    else:
        row.next_at = timezone.now() + WAITS[row.attempts - 1]
    row.save(update_fields=("state", "status", "said", "next_at", "done_at"))


def _send(row: HookMessage, moment: datetime) -> tuple[int | None, str, bool]:
    """Status, why it was not taken (empty: it was), and whether another try makes sense."""
    try:
        held = sealing.opened(row.hook.sealed)
        address, body, headers = shaped(row, held["address"], held["secret"], moment)
        answer = sending.post(sending.place_of(address), body, headers)
    except YangbanError as problem:
        return None, str(problem), False
    except OSError as problem:
        return None, f"没有送到：{problem}", True
    if not 200 <= answer.status < 300:
        # A redirect is no answer; what the other side calls our mistake stays one.
        return answer.status, f"对方回答 {answer.status}", answer.status >= 500 or answer.status in {408, 425, 429}
    return answer.status, *_taken(row.hook.kind, answer.body)


def _taken(kind: str, body: bytes) -> tuple[str, bool]:
    """Robots answer 200 also when they refuse: the code in the body says so."""
    if kind == GENERIC:
        return "", False
    try:
        told: Any = json.loads(body)
        code = told["code"] if kind == FEISHU else told["errcode"]
        words = told.get("msg") or told.get("errmsg") or ""
    except (ValueError, KeyError, TypeError, AttributeError):
        return "对方的回答读不懂", True
    return ("", False) if code == 0 else (f"对方不收：{code} {words}", True)


def shaped(row: HookMessage, address: str, secret: str, moment: datetime) -> tuple[str, bytes, Mapping[str, str]]:
    """Address, body and headers of a message, in the shape of its kind."""
    seconds = int(moment.timestamp())
    link = _link(row.task)
    mark = "【演示】" if row.task is not None and row.task.demo else ""
    sentence = mark + row.text[:_LONGEST] + (f"\n{link}" if link else "")
    if row.hook.kind == DINGTALK:
        if secret:
            stamp = str(seconds * 1000)
            signed = base64.b64encode(_hmac(secret, f"{stamp}\n{secret}")).decode()
            address += f"{'&' if '?' in address else '?'}timestamp={stamp}&sign={quote_plus(signed)}"
        return address, _json({"msgtype": "text", "text": {"content": sentence}}), {}
    if row.hook.kind == WECOM:
        return address, _json({"msgtype": "text", "text": {"content": sentence}}), {}
    if row.hook.kind == FEISHU:
        content: dict[str, Any] = {"msg_type": "text", "content": {"text": sentence}}
        if secret:
            # Feishu takes stamp and secret as the key and signs the empty message.
            content = {"timestamp": str(seconds), "sign": base64.b64encode(_hmac(f"{seconds}\n{secret}", "")).decode(), **content}
        return address, _json(content), {}
    body = _json(
        {
            "id": row.pk,
            "kind": row.kind,
            "organisation": row.hook.organisation.name,
            "text": row.text,
            "task": None if row.task is None else {"number": row.task.number, "title": row.task.title, "demo": row.task.demo},
            "address": link,
            "at": row.at.isoformat(),
        }
    )
    signed = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return address, body, {"X-Yangban-Signature": f"t={seconds},v1={signed}", "X-Yangban-Delivery": str(row.pk)}


def _hmac(key: str, text: str) -> bytes:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()


def _link(task: Task | None) -> str:
    """The address of a task, where the site knows how it is called from outside."""
    origin = next(iter(settings.CSRF_TRUSTED_ORIGINS), "")
    return f"{origin}{reverse('plans:task', args=(task.pk,))}" if task is not None and origin else ""


@minutely
def try_again() -> int:
    """Ask for the messages that are due once more, and drop what is older than the log is kept; returns how many were asked for."""
    moment = timezone.now()
    due = HookMessage.objects.filter(state=HookMessage.State.WAITING, next_at__lte=moment - timedelta(seconds=5))
    rows = list(due.order_by("next_at").values_list("pk", flat=True)[:200])
    for pk in rows:
        deliver.enqueue(pk)
    HookMessage.objects.filter(~Q(state=HookMessage.State.WAITING), at__lt=moment - KEPT).delete()
    return len(rows)
