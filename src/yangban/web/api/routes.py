"""The operations of ``/api/v1``. Each names its action; what it answers comes from :mod:`~yangban.web.api.reads` and ``deliveries``."""

from __future__ import annotations

import csv
import dataclasses
import decimal
import functools
import io
import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from ninja import NinjaAPI, Path, Query, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer
from pydantic import Field
from pydantic import ValidationError as Invalid

from yangban.base.errors import UnknownIndicator
from yangban.points import connectors
from yangban.points.award import Event
from yangban.publish.open_table import safe
from yangban.web.accounts.permissions import PUBLIC, RULES
from yangban.web.api import deliveries, keys, paging, rates, reads, schemas, signatures
from yangban.web.api.models import ApiKey, Delivery
from yangban.web.api.problems import MEDIA_TYPE, PROBLEMS, Problem
from yangban.web.points import earning
from yangban.web.points.models import Program
from yangban.web.points.people import channel_of
from yangban.web.public.limits import address_of
from yangban.web.public.models import PublishedFigure, PublishedFile
from yangban.web.public.ranks import ranking

_DESCRIPTION: Final = (
    "公开结果的程序接口：读的是已签发的发布，数值为十进制文本。Published results for programs: frozen releases, decimals as text. "
    "Pages are walked with `cursor`; answers carry an ETag; errors are problem details (RFC 9457)."
)
_ACTIONS: Final = {"readings:write": "readings.upload", "internal:read": "release.see", "points:report": "points.run"}
"""The action of the permission table to which a scope of a key leads."""


class Interface(NinjaAPI):
    """The interface, whose schema says what is really sent."""

    def get_openapi_schema(self, **options: Any) -> Any:
        """The schema of ninja, with the media types of problems and tables, and one entry for GET and HEAD."""
        schema = super().get_openapi_schema(**options)
        for path in schema["paths"].values():
            path.pop("head", None)
            for operation in path.values():
                _describe(operation)
        return schema


def _describe(operation: dict[str, Any]) -> None:
    csv_too = any(each["name"] == "format" for each in operation["parameters"])
    responses = operation["responses"]
    for status in list(responses):
        response, code = responses.pop(status), str(status)
        responses[code] = response
        content = response.get("content")
        if content and int(code) >= 400:
            content[MEDIA_TYPE] = content.pop("application/json")
            titles = [f"`{name}` {zh} {en}" for name, (number, zh, en) in PROBLEMS.items() if number == int(code)]
            response["description"] = "; ".join(titles)
        elif content and csv_too:
            content["text/csv"] = {"schema": {"type": "string"}}
        if code == "200":
            response["headers"] = {"ETag": {"schema": {"type": "string"}}, "Cache-Control": {"schema": {"type": "string"}}}
        if code in {"429", "503"}:
            response["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "required": True}}


api = Interface(
    title="样板 Yangban",
    version="1.0.0",
    description=_DESCRIPTION,
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api-v1",
)


# ------------------------------------------------------------------------------------------------------------------------------ callers


class Caller:
    """Who asks: nobody in particular, or the holder of a key."""

    def __init__(self, key: ApiKey | None = None) -> None:
        self.key = key

    @property
    def reader(self) -> reads.Reader:
        """What the caller may read."""
        if self.key is not None and "internal:read" in self.key.scopes:
            return reads.Reader(internal=True, region=self.key.region)
        return reads.Reader()


def _key_of(request: HttpRequest) -> ApiKey | None:
    """The key that a request carries; raises a problem for one that opens nothing, counted for the address."""
    said = request.META.get("HTTP_AUTHORIZATION", "")
    if not said:
        return None
    kind, _, word = said.partition(" ")
    key = keys.find(word.strip()) if kind.lower() == "bearer" else None
    ended = "" if key is None else key.ended()
    if key is None or ended or not key.created_by.is_active:
        rates.count("address", address_of(request), limit=settings.API_LIMITS["address"])
        name = f"{ended}-key" if ended else "unknown-key"
        raise Problem(
            name,
            f"{PROBLEMS[name][1]}；请向发放单位的管理员申请。{PROBLEMS[name][2]}; ask the administrator who gave it",
            headers={"WWW-Authenticate": 'Bearer realm="yangban", error="invalid_token"'},
        )
    signatures.check(request, key)
    return key


def _caller(request: HttpRequest, scope: str = "") -> Caller | None:
    key = _key_of(request)
    if key is None:
        rates.count("address", address_of(request), limit=settings.API_LIMITS["address"])
        return None if scope else Caller()
    rates.count("key", key.prefix, limit=settings.API_LIMITS["key"])
    if scope and scope not in key.scopes:
        raise Problem(
            "missing-scope",
            f"密钥 {key.prefix}… 没有 {scope}，只有 {'、'.join(key.scopes) or '公开读取'}；请向管理员申请。The key does not have {scope}",
        )
    keys.used(key)
    return Caller(key)


def anyone(request: HttpRequest) -> Caller | None:
    """Let everyone in, with a key or without; a key that opens nothing is refused and not overlooked."""
    return _caller(request)


class Holder(HttpBearer):
    """Let those in whose key has a scope."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Caller | None:
        """The caller; ``None`` without a key."""
        return _caller(request, self.scope)

    def authenticate(self, _request: HttpRequest, _token: str) -> None:
        """Not asked: the whole header is looked at above."""


DELIVERER: Final = Holder("readings:write")
REPORTER: Final = Holder("points:report")


# ----------------------------------------------------------------------------------------------------------------------------- problems


@api.exception_handler(Problem)
def _problem(_request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem.response()


@api.exception_handler(OperationalError)
def _busy(_request: HttpRequest, _problem: OperationalError) -> HttpResponse:
    """A database that many write to at once: the transaction took nothing, and the same may be sent again."""
    return deliveries.busy("数据库忙。The database is busy", seconds=deliveries.SOON).response()


@api.exception_handler(AuthenticationError)
def _no_key(_request: HttpRequest, _problem: AuthenticationError) -> HttpResponse:
    text = "请在请求头写 Authorization: Bearer 密钥。Send the header Authorization: Bearer KEY"
    return Problem("no-key", text, headers={"WWW-Authenticate": 'Bearer realm="yangban"'}).response()


@api.exception_handler(HttpError)
def _unreadable(_request: HttpRequest, problem: HttpError) -> HttpResponse:
    return Problem("bad-request", f"请求体不是 JSON。The body is not JSON: {problem}").response()


@api.exception_handler(ValidationError)
def _invalid(_request: HttpRequest, problem: ValidationError) -> HttpResponse:
    return invalid(problem.errors).response()


@api.exception_handler(RequestDataTooBig)
def _too_big(_request: HttpRequest, _problem: RequestDataTooBig) -> HttpResponse:
    return _large(settings.API_BODY).response()


@api.exception_handler(SuspiciousOperation)
@api.exception_handler(MultiPartParserError)
def _bad(_request: HttpRequest, problem: Exception) -> HttpResponse:
    return Problem("bad-request", f"{str(problem)[:200] or '请求读不出'}  The request cannot be read").response()


def _large(most: int) -> Problem:
    return Problem("too-large", f"最多 {most} 字节；请拆分，或以文件报送。At most {most} bytes; split it, or send a file", most=most)


def invalid(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """The problem for parameters or a body that are not as they should be, naming each place."""
    named = [
        {"where": ".".join(str(part) for part in each.get("loc", ())), "message": str(each.get("msg", ""))[:300]} for each in errors[:20]
    ]
    places = "、".join(each["where"] for each in named[:5])
    return Problem("invalid", f"请更正：{places}。Correct these: {places}", errors=named)


# ------------------------------------------------------------------------------------------------------------------------------ answers

_ERRORS: Final = (400, 401, 404, 422, 429)


def _responses(shape: Any, *more: int, status: int = 200) -> dict[int, Any]:
    return {status: shape, **dict.fromkeys(sorted({*_ERRORS, *more}), schemas.Problem)}


def operation(
    path: str, shape: Any, *more: int, summary: str, tag: str, action: str = PUBLIC, method: str = "GET", status: int = 200, **options: Any
) -> Callable[[Any], Any]:
    """Add an operation with its action: one of the permission table, or that of what everyone may read."""
    assert action in {PUBLIC, *RULES}, action

    def add(view: Any) -> Any:
        @functools.wraps(view)
        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            _known(request, known)
            answer: HttpResponse = view(request, *args, **kwargs)
            return answer

        asked.action = action  # type: ignore[attr-defined]
        options.setdefault("auth", anyone)
        methods = ["GET", "HEAD"] if method == "GET" else [method]
        api.api_operation(
            methods,
            path,
            response=_responses(shape, *more, status=status),
            summary=summary,
            tags=[tag],
            operation_id=view.__name__,
            **options,
        )(asked)
        known = set(_query_names(asked._ninja_operation))  # type: ignore[attr-defined]
        return asked

    return add


def _query_names(made: Any) -> Iterator[str]:
    for model in made.models:
        if model.__ninja_param_source__ == "query":
            yield from model.__ninja_flatten_map__


def _known(request: HttpRequest, known: set[str]) -> None:
    """Refuse parameters that nobody knows and those given twice: a filter that is overlooked gives a wrong answer without a sound."""
    wrong = [name for name in request.GET if name not in known]
    twice = [name for name, values in request.GET.lists() if len(values) > 1 and name in known]
    if wrong or twice:
        errors = [
            {"loc": ("query", name[:60]), "msg": f"unknown parameter; known are {', '.join(sorted(known)) or 'none'}"} for name in wrong
        ]
        errors += [{"loc": ("query", name), "msg": "given more than once; join the words with commas"} for name in twice]
        raise invalid(errors)


def _send(request: HttpRequest, content: Mapping[str, Any], *, columns: Sequence[str], form: str = "json") -> HttpResponse:
    """The answer as JSON, or its rows as CSV; the next page is in the header Link of both."""
    if form == "csv":
        answer = HttpResponse(_table(content["data"], columns), content_type="text/csv; charset=utf-8; header=present")
        answer["Content-Disposition"] = 'attachment; filename="yangban.csv"'
    else:
        answer = HttpResponse(json.dumps(content, ensure_ascii=False, separators=(",", ":")), content_type="application/json")
    if content.get("next"):
        query = request.GET.copy()
        query["cursor"] = content["next"]
        answer["Link"] = f'<{request.path}?{query.urlencode()}>; rel="next"'
    return answer


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return safe(";".join(map(str, value)))
    if isinstance(value, dict):
        return safe(";".join(f"{name}={held}" for name, held in value.items()))
    return str(value)


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Rows as CSV; texts that a spreadsheet would take for formulas get an apostrophe, decimals stay as they are."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name)) if name in _DECIMALS else safe(_cell(row.get(name))) for name in columns])
    return out.getvalue()


_DECIMALS: Final = {"value", "display", "longitude", "latitude"}


def _columns(shape: type[Schema]) -> tuple[str, ...]:
    return tuple(shape.model_fields)


def _page(question: Mapping[str, Any], rows: Sequence[Any], *, cursor: str | None, limit: int) -> tuple[list[Any], str | None]:
    """The page of a list in memory that begins behind the cursor."""
    start = 0 if cursor is None else int(paging.read(cursor, question))
    part = list(rows[start : start + limit])
    more = start + limit < len(rows)
    return part, paging.write(question, start + limit) if more else None


class Paged(Schema):
    """What every list takes."""

    limit: schemas.Limit = 100
    cursor: schemas.Cursor | None = None
    format: schemas.Format = Field("json", description="csv：表格 csv: a table")


# ------------------------------------------------------------------------------------------------------------------------------ figures


class FigureQuery(Paged):
    """Which results."""

    indicator: schemas.Indicators | None = None
    subject: schemas.Subjects | None = None
    period: schemas.Periods | None = None
    edition: schemas.Edition | None = None
    scope: schemas.Scope = Field("as_monitored", description="沙尘未扣除或已扣除 Days under sand-dust left in or out")
    basis: schemas.Basis | None = Field(None, description="实况或审核 Real-time or audited")
    level: schemas.Level | None = Field(None, description="级别 Level of the subjects")
    release: schemas.Number | None = None


@operation("/figures", schemas.Figures, summary="查询结果 · Results", tag="figures")
def figures(request: HttpRequest, query: Query[FigureQuery]) -> HttpResponse:
    """Results by indicator, subject, period, edition, scope, basis and level; words with commas ask for several.

    Without `release`, each period is answered from the newest release that has it; without `period`, the newest release answers. While
    you follow `next`, the releases stay those of the first page.
    """
    reader = request.auth.reader
    asked = {
        "indicators": reads.words(query.indicator, most=50, name="indicator"),
        "subjects": reads.words(query.subject, most=200, name="subject"),
        "edition": query.edition,
        "scope": query.scope,
        "basis": query.basis,
        "level": query.level,
    }
    periods = reads.words(query.period, most=100, name="period")
    question = {**asked, "periods": periods, "release": query.release, "of": "figures"}
    if query.cursor is None:
        stands, after = reads.standing(reader, periods, query.release), 0
    else:
        stands, after = paging.read(query.cursor, question)
    rows = list(reads.figures(reader, stands, asked).filter(pk__gt=after)[: query.limit + 1])
    part = rows[: query.limit]
    following = paging.write(question, [stands, part[-1].pk]) if len(rows) > query.limit else None
    return _send(request, {"data": [row.to_dict() for row in part], "next": following}, columns=reads.FIGURE_COLUMNS, form=query.format)


class OneFigure(Schema):
    """Which result."""

    indicator: schemas.Indicator
    subject: schemas.Subject
    period: schemas.Period
    edition: schemas.Edition | None = None
    scope: schemas.Scope = "as_monitored"
    basis: schemas.Basis | None = None
    release: schemas.Number | None = None


@operation("/figures/explain", schemas.Explained, summary="一个结果的由来 · Where a result comes from", tag="figures")
def explain(request: HttpRequest, query: Query[OneFigure]) -> HttpResponse:
    """One result with the documents and clauses behind it, the counts under it, its one rounding, and the frozen release that holds it.

    Where several editions or bases fit, say which one.
    """
    reader = request.auth.reader
    stands = reads.standing(reader, [query.period], query.release)
    asked = {
        "indicators": [query.indicator],
        "subjects": [query.subject],
        "edition": query.edition,
        "scope": query.scope,
        "basis": query.basis,
    }
    rows: list[PublishedFigure] = list(reads.figures(reader, stands, asked).select_related("release")[:9])
    if not rows:
        raise Problem(
            "not-found",
            f"没有公开 {query.indicator} {query.subject} {query.period} 的结果；可用 /api/v1/figures 查询。No such result was published",
        )
    if len(rows) > 1:
        fits = "、".join(sorted({f"edition={row.edition}&basis={row.basis}" for row in rows}))
        raise invalid([{"loc": ("query", "edition"), "msg": f"several results fit: {fits}"}])
    return _send(request, reads.explained(rows[0]), columns=())


class RankQuery(Schema):
    """Which ranking."""

    indicator: schemas.Indicator
    period: schemas.Period
    level: Literal["county", "city", "province", "section", "lake", "station"] = "city"
    within: schemas.Region | None = None
    edition: schemas.Edition | None = None
    scope: schemas.Scope = "as_monitored"
    basis: schemas.Basis | None = None
    release: schemas.Number | None = None
    include_insufficient: Literal["true", "false"] = Field("false", description="数据不足的也排名 Rank those with too few data too")
    top: schemas.Limit | None = None
    bottom: schemas.Limit | None = None
    format: schemas.Format = Field("json", description="csv：表格 csv: a table")


@operation("/rankings", schemas.Ranking, summary="排名 · Rankings", tag="figures")
def rankings(request: HttpRequest, query: Query[RankQuery]) -> HttpResponse:
    """Competition ranking on the printed value: equal values share a rank, the ranks after them are skipped (1, 1, 3).

    Results with too few data follow unranked, unless `include_insufficient=true`. `top` and `bottom` keep all that are tied at the edge.
    """
    reader = request.auth.reader
    stands = reads.standing(reader, [query.period], query.release)
    asked = {
        "indicators": [query.indicator],
        "edition": query.edition,
        "scope": query.scope,
        "basis": query.basis,
        "level": query.level,
    }
    rows = list(reads.figures(reader, stands, asked))
    if query.within is not None:
        rows = [row for row in rows if not deliveries.outside([row.subject], query.within)]
    try:
        places = ranking(rows, include_insufficient=query.include_insufficient == "true", top=query.top, bottom=query.bottom)
    except UnknownIndicator as problem:
        raise invalid([{"loc": ("query", "indicator"), "msg": str(problem)}]) from None
    data = [{**each.figure.to_dict(), "rank": each.rank, "tied": each.tied, "of": each.of} for each in places]
    return _send(request, {"data": data}, columns=(*reads.FIGURE_COLUMNS, "rank", "tied", "of"), form=query.format)


# ------------------------------------------------------------------------------------------------------------------------------- places


class PlaceQuery(Paged):
    """Which places."""

    within: schemas.Region | None = None
    level: Literal["nation", "province", "city", "county"] | None = None


@operation("/regions", schemas.Regions, summary="地区 · Regions", tag="places")
def list_regions(request: HttpRequest, query: Query[PlaceQuery]) -> HttpResponse:
    """Places by GB/T 2260 code: the region of this site and all beneath it, or another one with `within`."""
    within = query.within or settings.REGION or "100000"
    question = {"of": "regions", "within": within, "level": query.level}
    part, following = _page(question, reads.places(within, query.level), cursor=query.cursor, limit=query.limit)
    published = reads.published_subjects(request.auth.reader)
    data = [reads.region_row(each, published) for each in part]
    return _send(request, {"data": data, "next": following}, columns=_columns(schemas.RegionRow), form=query.format)


class StationQuery(Paged):
    """Which stations or sections."""

    within: schemas.Region | None = None


@operation("/stations", schemas.Stations, summary="空气站点 · Stations", tag="places")
def list_stations(request: HttpRequest, query: Query[StationQuery]) -> HttpResponse:
    """The registered stations of which results have been published; a station that changed has a row for each span of time."""
    published = reads.published_subjects(request.auth.reader)
    rows = [row for row in reads.registry().rows if row.station in published]
    if query.within is not None:
        rows = [row for row in rows if reads.lies_in((row.county, row.city), query.within)]
    part, following = _page({"of": "stations", "within": query.within}, rows, cursor=query.cursor, limit=query.limit)
    data = [reads.station_row(each) for each in part]
    return _send(request, {"data": data, "next": following}, columns=_columns(schemas.StationRow), form=query.format)


@operation("/sections", schemas.Sections, summary="水质断面 · Sections", tag="places")
def list_sections(request: HttpRequest, query: Query[StationQuery]) -> HttpResponse:
    """The registered sections and points of lakes of which results have been published, with their target classes."""
    published = reads.published_subjects(request.auth.reader)
    rows = [row for row in reads.sections().rows if row.subject in published]
    if query.within is not None:
        rows = [row for row in rows if reads.lies_in((row.county, row.city, row.province), query.within)]
    part, following = _page({"of": "sections", "within": query.within}, rows, cursor=query.cursor, limit=query.limit)
    data = [reads.section_row(each) for each in part]
    return _send(request, {"data": data, "next": following}, columns=_columns(schemas.SectionRow), form=query.format)


# ----------------------------------------------------------------------------------------------------------------------------- releases


@operation("/releases", schemas.Releases, summary="发布 · Releases", tag="releases")
def list_releases(request: HttpRequest, query: Query[Paged]) -> HttpResponse:
    """The releases, newest first. A corrected release stays and names its correction."""
    question = {"of": "releases"}
    found = request.auth.reader.releases()
    if query.cursor is not None:
        found = found.filter(number__lt=int(paging.read(query.cursor, question)))
    rows = list(found[: query.limit + 1])
    part = rows[: query.limit]
    following = paging.write(question, part[-1].number) if len(rows) > query.limit else None
    data = [reads.release_row(row) for row in part]
    return _send(request, {"data": data, "next": following}, columns=_columns(schemas.Release), form=query.format)


@operation("/releases/{number}", schemas.ReleaseWhole, summary="一次发布 · One release", tag="releases")
def one_release(request: HttpRequest, number: Path[schemas.Number]) -> HttpResponse:
    """One release with its periods and subjects."""
    reader = request.auth.reader
    return _send(request, reads.release_whole(reader, reads.release_or_404(reader, number)), columns=())


class FileQuery(Paged):
    """Which files."""

    release: schemas.Number | None = None
    kind: Literal["bulletin", "data"] | None = None


@operation("/files", schemas.Files, summary="公报与数据文件 · Bulletins and files of data", tag="releases")
def list_files(request: HttpRequest, query: Query[FileQuery]) -> HttpResponse:
    """Bulletins and files of data, newest release first, with size, digest and address."""
    reader = request.auth.reader
    if query.release is not None:
        reads.release_or_404(reader, query.release)
    found = PublishedFile.objects.filter(release__in=reader.releases()).order_by("-release", "pk")
    if query.release is not None:
        found = found.filter(release=query.release)
    if query.kind is not None:
        found = found.filter(kind=query.kind)
    question = {"of": "files", "release": query.release, "kind": query.kind}
    part, following = _page(question, list(found[:10_000]), cursor=query.cursor, limit=query.limit)
    data = [reads.file_row(row) for row in part]
    return _send(request, {"data": data, "next": following}, columns=_columns(schemas.File), form=query.format)


# ----------------------------------------------------------------------------------------------------------------------------- readings

_KEY_HEADER: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "同一份内容用同一个，重发不会重复入库 · The same for the same content: sent again, it is not taken in twice",
    "schema": {"type": "string", "pattern": r"^[A-Za-z0-9._:-]{1,80}$"},
}
_FIELDS: Final = {
    "file": {"type": "string", "format": "binary", "description": "CSV, CSV.gz, Parquet, XLSX or JSON, as `yangban ingest` reads them"},
    "basis": {"type": "string", "enum": ["realtime", "audited"], "default": "realtime"},
    "level": {"type": "string", "enum": ["city", "station"]},
    "label": {"type": "string", "enum": ["end", "start"], "default": "end", "description": "What an hour label marks"},
    "network": {"type": "string", "enum": ["state", "province", "all"], "default": "state"},
}


def _body() -> dict[str, Any]:
    """The body of a delivery for the schema: rows, or a file."""
    rows = schemas.inlined(schemas.Readings)
    form = {"type": "object", "properties": _FIELDS, "required": ["file"], "additionalProperties": False}
    return {"required": True, "content": {"application/json": {"schema": rows}, "multipart/form-data": {"schema": form}}}


@operation(
    "/readings", schemas.Accepted, 403, 409, 413, 415, 503, summary="报送监测数据 · Deliver readings", tag="readings",
    action=_ACTIONS["readings:write"],
    method="POST", status=202, auth=DELIVERER, openapi_extra={"parameters": [_KEY_HEADER], "requestBody": _body()},
)  # fmt: skip
def deliver_readings(request: HttpRequest) -> HttpResponse:
    """Hand in readings: a file, or tidy rows as JSON. Needs a key with `readings:write`.

    When 202 comes back the content lies on the disk and will be taken in; `receipt` says what became of it. Sent again with the same
    `Idempotency-Key` and content, the answer is the same; with other content it is the conflict `idempotency-conflict`. Readings of places
    outside the region of the key are refused by name.
    """
    key: ApiKey = request.auth.key
    rates.count("write", key.prefix, limit=settings.API_LIMITS["write"])
    word = _idempotency(request)
    deliveries.refuse_when_full()
    kind = (request.content_type or "").lower()
    if kind == "multipart/form-data":
        made = _from_file(request, key, word)
    elif kind == "application/json":
        made = _from_rows(request, key, word)
    else:
        found = kind[:60] or "没有 Content-Type"
        raise Problem("unsupported-media-type", f"{found}；应为 multipart/form-data 或 application/json。Expected one of these")
    answer = HttpResponse(json.dumps(accepted_row(made), ensure_ascii=False), status=202, content_type="application/json")
    answer["Location"] = f"/api/v1/readings/{made.pk}"
    return answer


def _idempotency(request: HttpRequest) -> str:
    word = request.META.get("HTTP_IDEMPOTENCY_KEY", "")
    if not _is_word(word):
        raise Problem(
            "no-idempotency-key",
            "请在请求头写 Idempotency-Key：1 至 80 个字母、数字或 . _ : -，每份内容一个。Send one for each content, 1 to 80 characters",
        )
    return str(word)


def _is_word(text: str) -> bool:
    return 0 < len(text) <= 80 and text.isascii() and all(each.isalnum() or each in "._:-" for each in text)


def _length(request: HttpRequest) -> int:
    said = request.META.get("CONTENT_LENGTH") or "0"
    return int(said) if said.isascii() and said.isdigit() else 0


def _from_rows(request: HttpRequest, key: ApiKey, word: str) -> Delivery:
    if _length(request) > settings.API_BODY:
        raise _large(settings.API_BODY)
    try:
        body = schemas.Readings.model_validate_json(request.body)
    except Invalid as problem:
        raise invalid([{"loc": ("body", *each["loc"]), "msg": each["msg"]} for each in problem.errors(include_url=False)]) from None
    deliveries.refuse_outside(deliveries.named_in(row.subject for row in body.rows), key.region)
    table = deliveries.as_table(row.model_dump() for row in body.rows)
    asked = {"basis": body.basis, "label": body.label, "network": "state"}
    return deliveries.accept(key, idempotency_key=word, pieces=[table], name="rows.csv", asked=asked)


def _from_file(request: HttpRequest, key: ApiKey, word: str) -> Delivery:
    if _length(request) > settings.UPLOAD_LIMIT:
        raise _large(settings.UPLOAD_LIMIT)
    files = request.FILES.getlist("file")
    strange = sorted({*request.FILES, *request.POST} - set(_FIELDS))
    if len(files) != 1 or strange or "file" in request.POST or len(request.FILES) > 1:
        found = f"unknown fields {', '.join(each[:40] for each in strange[:5])}" if strange else f"found {len(files)} files"
        raise invalid([{"loc": ("body", "file"), "msg": f"{found}; expected one file named 'file', with {', '.join(list(_FIELDS)[1:])}"}])
    try:
        asked = schemas.Asked.model_validate({name: request.POST[name] for name in request.POST}).model_dump(exclude_none=True)
    except Invalid as problem:
        raise invalid([{"loc": ("body", *each["loc"]), "msg": each["msg"]} for each in problem.errors(include_url=False)]) from None
    return deliveries.accept(key, idempotency_key=word, pieces=files[0].chunks(), name=files[0].name or "", asked=asked)


def accepted_row(row: Delivery) -> dict[str, Any]:
    """What a delivery is answered with."""
    return {
        "id": str(row.pk),
        "receipt": f"/api/v1/readings/{row.pk}",
        "digest": row.digest,
        "size": row.size,
        "received_at": reads.iso(row.received_at),
    }


@operation(
    "/hours", schemas.Accepted, 403, 409, 413, 415, 503, summary="每小时推送站点数据 · Push the hours of stations", tag="readings",
    action=_ACTIONS["readings:write"], method="POST", status=202, auth=DELIVERER,
    openapi_extra={
        "parameters": [_KEY_HEADER],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schemas.inlined(schemas.Hours)}},
        },
    },
)  # fmt: skip
def push_hours(request: HttpRequest) -> HttpResponse:
    """Push the hours of one station or of many, in real time. Needs a key with `readings:write`.

    When 202 comes back the hours lie on the disk, and the page of the present hour shows them in its next answer, marked as provisional;
    they are then taken into the lake together with others that wait, and `receipt` says what became of them. The same `Idempotency-Key`
    and content is taken in once. 429 and 503 carry `Retry-After`: nothing was taken then, send the same again.
    """
    key: ApiKey = request.auth.key
    rates.count("hours", key.prefix, limit=settings.API_LIMITS.get("hours", settings.API_LIMITS["write"]))
    word = _idempotency(request)
    if (request.content_type or "").lower() != "application/json":
        raise Problem(
            "unsupported-media-type", f"{(request.content_type or '没有 Content-Type')[:60]}；应为 application/json。Expected JSON"
        )
    if _length(request) > settings.API_BODY:
        raise _large(settings.API_BODY)
    try:
        body = schemas.Hours.model_validate_json(request.body)
    except Invalid as problem:
        raise invalid([{"loc": ("body", *each["loc"]), "msg": each["msg"]} for each in problem.errors(include_url=False)]) from None
    rows = [row.model_dump() for row in body.rows]
    known = deliveries.subjects_by_word(row["subject"] for row in rows)
    deliveries.refuse_outside(set(known.values()), key.region)
    deliveries.refuse_when_full()
    rows = [{**row, "subject": known[row["subject"]]} for row in rows]
    made = deliveries.accept_hours(key, idempotency_key=word, rows=rows, network=body.network)
    answer = HttpResponse(json.dumps(accepted_row(made), ensure_ascii=False), status=202, content_type="application/json")
    answer["Location"] = f"/api/v1/readings/{made.pk}"
    return answer


@operation(
    "/readings/{number}", schemas.Receipt, 403, summary="回执 · Receipt", tag="readings", action=_ACTIONS["readings:write"], auth=DELIVERER
)
def readings_receipt(request: HttpRequest, number: Path[uuid.UUID]) -> HttpResponse:
    """What became of a delivery of one's own key: counts, refused values with line, rule and reason, and corrections."""
    row = Delivery.objects.select_related("job").filter(pk=number, key=request.auth.key).first()
    if row is None:
        raise Problem("not-found", "这把密钥没有这次报送。No such delivery of this key")
    message = str(row.get_state_display())
    if row.state in {Delivery.State.WAITING, Delivery.State.FAILED} and row.job is not None and row.job.message:
        message = f"{message}：{row.job.message}"
    content = {
        **accepted_row(row),
        "name": row.name,
        "state": row.state,
        "message": message,
        "result": row.receipt or None,
        "problem": row.problem,
    }
    return _send(request, content, columns=())


# ------------------------------------------------------------------------------------------------------------------------------ points


@operation(
    "/points/{scheme}/events", schemas.PointsAnswers, 403, 413, summary="报送积分事件 · Report events that earn points", tag="points",
    action=_ACTIONS["points:report"], method="POST", auth=REPORTER,
)  # fmt: skip
def report_points_events(
    request: HttpRequest, scheme: Path[Annotated[str, Field(pattern=r"^[a-z0-9-]+$", max_length=40)]], body: schemas.PointsEvents
) -> HttpResponse:
    """Report what members did: one event or up to 1,000. Needs a key with `points:report`.

    An `id` is yours and unique with you. The same event sent again has its old answer and no second effect; the same id with other content
    is `event_conflict`. Late and out-of-order events are judged under the method in force when they happened. Each event is answered for
    itself; a refused one does not stop the others. Members are named by their numbers and must have consented to your organisation.
    """
    key: ApiKey = request.auth.key
    rates.count("write", key.prefix, limit=settings.API_LIMITS["write"])
    program = Program.objects.filter(scheme=scheme).first()
    if program is None:
        raise Problem("not-found", f"这里没有运行方案 {scheme}。The scheme is not run here")
    channel, now = channel_of(key.organisation), timezone.now()
    events = [
        Event(
            id=each.id, channel=channel, member=each.member, behaviour=each.behaviour,
            happened_at=datetime.fromisoformat(each.happened_at), received_at=now,
            amounts={name: decimal.Decimal(value) for name, value in each.amounts.items()}, evidence=each.evidence, proof=each.proof,
            region=each.region, minutes=None if each.minutes is None else decimal.Decimal(each.minutes), device=each.device,
        )
        for each in body.events
    ]  # fmt: skip
    outcomes = earning.receive(program, events)
    return _send(request, {"data": [{"id": event.id, **each.to_dict()} for event, each in zip(events, outcomes, strict=True)]}, columns=())


@operation(
    "/points/{scheme}/connectors/{connector}", schemas.PointsConverted, 403, 413,
    summary="报送其他系统的数据 · Report a payload of another system", tag="points", action=_ACTIONS["points:report"], method="POST",
    auth=REPORTER,
)  # fmt: skip
def report_points_payload(
    request: HttpRequest,
    scheme: Path[Annotated[str, Field(pattern=r"^[a-z0-9-]+$", max_length=40)]],
    connector: Path[Literal["werun", "huawei-health", "mds-trips", "transit-rides", "meter-readings"]],
    body: schemas.PointsPayload,
) -> HttpResponse:
    """Report what another system says, in that system's own shape. Needs a key with `points:report`.

    Daily steps of WeChat WeRun (`werun`, decrypted) or HUAWEI Health Kit (`huawei-health`), bike trips of the Mobility Data Specification
    (`mds-trips`), rides of a transit card (`transit-rides`), monthly readings of meters (`meter-readings`). What an event does not need -
    routes, places, numbers of cards and meters - is left behind. The same payload sent again has no second effect. A day that is not over
    is not taken; report it the day after.
    """
    key: ApiKey = request.auth.key
    rates.count("write", key.prefix, limit=settings.API_LIMITS["write"])
    program = Program.objects.filter(scheme=scheme).first()
    if program is None:
        raise Problem("not-found", f"这里没有运行方案 {scheme}。The scheme is not run here")
    try:
        found, bad = connectors.convert(connector, body.member, body.payload, timezone.now())
    except ValueError as told:
        raise Problem("invalid", f"{connector} 的数据不对：{told}。The payload is not of its shape") from None
    channel = channel_of(key.organisation)
    events = [dataclasses.replace(event, channel=channel) for _item, event in found]
    outcomes = earning.receive(program, events)
    return _send(
        request,
        {
            "data": [{"id": event.id, **each.to_dict()} for event, each in zip(events, outcomes, strict=True)],
            "unreadable": [{"item": each.line, "reason": each.reason} for each in bad],
        },
        columns=(),
    )


# ------------------------------------------------------------------------------------------------------------------------------- doors


def finish(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """What every answer of the interface carries: how long it may be kept, and by whom; and that other sites may read what is public."""
    patch_vary_headers(response, ("Authorization",))
    open_to_all = "HTTP_AUTHORIZATION" not in request.META
    if open_to_all:
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "ETag, Link, Retry-After"
    if request.method in {"GET", "HEAD"} and response.status_code == 200:
        response.kept = open_to_all  # type: ignore[attr-defined]
        if "Cache-Control" not in response:
            response["Cache-Control"] = "public, max-age=60, must-revalidate" if open_to_all else "private, no-cache"
    return response
