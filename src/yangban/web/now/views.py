"""The page of the present hour: made once for an arrival and a minute, handed out many times."""

from __future__ import annotations

import gzip
import hashlib
import threading
from datetime import datetime

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils import timezone

from yangban.web.accounts.permissions import public
from yangban.web.now import selectors
from yangban.web.words import pick

_SECONDS = 120
_making = threading.Lock()
"""After an arrival many ask at once: one thread of a process makes the page, the others wait for it."""


@public
def now(request: HttpRequest) -> HttpResponse:
    """The last hour of the region's cities and stations, provisional.

    Its tag is that of the last arrival and of the minute, since the page says how old the hour is; one row is asked for it. So a browser
    that has the page gets 304, and an arrival is seen in the next request.
    """
    moment = timezone.now()
    number, _ = selectors.stamp()
    said = f"{request.get_host()} {request.path} {number} {moment:%Y%m%d%H%M}"
    tag = f'"{hashlib.sha256(said.encode()).hexdigest()[:24]}"'
    if tag in {each.strip().removeprefix("W/").replace("-gz", "") for each in request.META.get("HTTP_IF_NONE_MATCH", "").split(",")}:
        return _with_headers(HttpResponseNotModified(), tag)
    packed = caches["now"].get(tag)
    if packed is None:
        with _making:
            packed = caches["now"].get(tag)
            if packed is None:
                packed = gzip.compress(_page(request, moment), 6, mtime=0)
                caches["now"].set(tag, packed, _SECONDS)
    small = "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", "")
    answer = HttpResponse(packed if small else gzip.decompress(packed))
    if small:
        answer["Content-Encoding"] = "gzip"
        tag = f'{tag[:-1]}-gz"'
    return _with_headers(answer, tag)


def _page(request: HttpRequest, moment: datetime) -> bytes:
    board = selectors.board(settings.REGION, moment)
    edition = board.edition
    levels = {each["number"]: each for each in edition.get("levels", [])}
    seen = {row["level"]["number"] for row in board.rows if row["level"]}
    day, hour = selectors.hour_label(board.ends) if board.ends else ("", "")
    return render(
        request,
        "now/now.html",
        {
            "section": "now",
            "board": board,
            "day": day,
            "hour": hour,
            "age": selectors.age(board.minutes),
            "edition": edition.get("id", ""),
            "levels": edition.get("levels", []),
            "level_words": levels,
            "advice": [each for each in edition.get("advice", []) if each["level"] in seen],
            "sensitive": edition.get("sensitive", []),
            "nothing": pick("还没有实时数据。", "No hour has arrived yet."),
        },
    ).content


def _with_headers(answer: HttpResponse, tag: str) -> HttpResponse:
    answer["ETag"] = tag
    answer["Cache-Control"] = "public, max-age=0, must-revalidate"
    answer["Vary"] = "Accept-Encoding"
    return answer
