"""A message over the network, and nothing else: to listed hosts alone, never to a private address unless allowed, without redirects.

The name is resolved once and the connection goes to the very address that was looked at, so that a name which changes in between opens
nothing. Time and size of the answer are bounded; proxies of the environment are not asked.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from yangban.base.errors import NotAllowed

SECONDS: Final = 6.0
"""Of each step of a connection: to connect, to send, to wait for the answer."""
LONGEST: Final = 20.0
"""Seconds of all steps together."""
LARGEST_ANSWER: Final = 16 * 1024
"""Bytes of an answer that are read."""
LARGEST_BODY: Final = 16 * 1024
"""Bytes of a message that is sent."""


@dataclass(frozen=True)
class Answer:
    """What came back: the status and the beginning of the body."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Place:
    """An address that may be written to."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def shown(self) -> str:
        """The host as a page shows it, without what is secret in the rest."""
        usual = {"https": 443, "http": 80}[self.scheme]
        return self.host if self.port == usual else f"{self.host}:{self.port}"


def place_of(address: str) -> Place:
    """The place that an address names.

    Raises :class:`~yangban.base.errors.NotAllowed` for anything but https to a listed host (or exactly what is listed as ``http://…``).
    """
    try:
        parts = urlsplit(address.strip())
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        raise NotAllowed("facts", "地址不是网址；应为 https://…") from None
    host = (parts.hostname or "").lower()
    if not host or parts.scheme not in {"https", "http"} or parts.username or parts.password or any(each in address for each in "\r\n\t "):
        raise NotAllowed("facts", "地址应为 https://主机/路径，不带用户名和空格")
    listed = {each.lower().rstrip("/") for each in settings.HOOK_HOSTS}
    plain = f"http://{host}:{port}" in listed or (port == 80 and f"http://{host}" in listed)
    secure = (port == 443 and host in listed) or f"{host}:{port}" in listed
    if not (plain if parts.scheme == "http" else secure):
        allowed = "、".join(settings.HOOK_HOSTS)
        raise NotAllowed("facts", f"不能发到 {host}；允许的主机：{allowed}。其他主机请系统管理员在 YANGBAN_HOOK_HOSTS 中列出")
    return Place(parts.scheme, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def _addresses(place: Place) -> list[str]:
    """The addresses behind a name, all of which must be allowed: one private among them refuses the name."""
    try:
        found = {str(each[4][0]) for each in socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)}
    except OSError as problem:
        raise ConnectionError(f"找不到主机 {place.host}（{problem}）") from None
    for each in found:
        address = ipaddress.ip_address(each.partition("%")[0])
        held = getattr(address, "ipv4_mapped", None) or address
        if (not held.is_global or held.is_multicast) and not settings.HOOK_PRIVATE:
            raise NotAllowed("facts", f"{place.host} 指向内部地址，不能发送；政务内网的主机须由系统管理员设置 YANGBAN_HOOK_PRIVATE=1")
    return sorted(found, key=lambda each: ":" in each)


def post(place: Place, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send a message and read the answer; raises :class:`OSError` when nobody answers in time."""
    if len(body) > LARGEST_BODY:
        raise NotAllowed("facts", f"消息有 {len(body)} 字节，超过 {LARGEST_BODY}")
    address = _addresses(place)[0]
    raw = socket.create_connection((address, place.port), timeout=SECONDS)
    # Whoever answers a byte at a time is cut off as a whole.
    held = [raw]
    watch = threading.Timer(LONGEST, _cut, (held,))
    watch.start()
    try:
        if place.scheme == "https":
            held[0] = raw = ssl.create_default_context().wrap_socket(raw, server_hostname=place.host)
        connection = http.client.HTTPConnection(place.host, place.port, timeout=SECONDS)
        connection.sock = raw
        told = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Yangban", "Connection": "close", **headers}
        connection.request("POST", place.path, body=body, headers=told)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(LARGEST_ANSWER))
    except http.client.HTTPException as problem:
        raise ConnectionError(f"对方的回答不合 HTTP（{type(problem).__name__}）") from None
    finally:
        watch.cancel()
        raw.close()


def _cut(held: list[socket.socket]) -> None:
    with contextlib.suppress(OSError):
        held[0].shutdown(socket.SHUT_RDWR)
