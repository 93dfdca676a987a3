"""The shapes of the interface. Decimals are text: a number of JSON is read as a binary float by most programs, and no longer the value."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictStr

_FULL = r"^[^\u0000-\u001f\u007f]+$"
_INDICATOR = r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$"
_INDICATORS = r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+(,[a-z][a-z0-9_]*(\.[a-z0-9_]+)+)*$"
_SPAN = r"[0-9]{4}(-[0-9QH][0-9](-[0-9]{2})?)?(/[0-9]{4}-[0-9]{2}-[0-9]{2})?"
_PERIOD = rf"^{_SPAN}$"
_PERIODS = rf"^{_SPAN}(,{_SPAN})*$"
_DECIMAL = r"^-?[0-9]+(\.[0-9]+)?$"

Level = Literal["station", "section", "lake", "river", "sound", "site", "county", "city", "province", "group", "nation"]
Scope = Literal["as_monitored", "dust_excluded"]
Basis = Literal["realtime", "audited", "best", "mixed", "survey", "occurrence", "reported", "account"]
Network = Literal["state", "province", "all"]
Format = Literal["json", "csv"]
Decimal = Annotated[str, Field(pattern=_DECIMAL)]

Indicator = Annotated[str, Field(description="指标 One indicator", pattern=_INDICATOR, max_length=60, examples=["air.pm25.mean"])]
Indicators = Annotated[
    str,
    Field(
        description="指标，可用逗号并列 Indicators, with commas",
        pattern=_INDICATORS,
        max_length=1200,
        examples=["air.pm25.mean,air.good_day_ratio"],
    ),
]
Subject = Annotated[
    str,
    Field(
        description="地区代码或点位 Code of a place, station:, section: …", pattern=_FULL, min_length=1, max_length=120, examples=["100000"]
    ),
]
Subjects = Annotated[
    str,
    Field(description="地区代码或点位，可用逗号并列 Codes, with commas", pattern=_FULL, min_length=1, max_length=2400, examples=["100000"]),
]
Period = Annotated[str, Field(description="时段 2023, 2023-Q1, 2023-06, 2023-06-13", pattern=_PERIOD, max_length=24, examples=["2023"])]
Periods = Annotated[
    str, Field(description="时段，可用逗号并列 Periods, with commas", pattern=_PERIODS, max_length=1200, examples=["2023,2023-06"])
]
Edition = Annotated[
    str, Field(description="标准版本 Edition of the standard", pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=40, examples=["gb3095-2012"])
]
Region = Annotated[
    str,
    Field(
        description="行政区划代码 GB/T 2260 code: this place and all beneath it",
        pattern=r"^[0-9]{6}$",
        min_length=6,
        max_length=6,
        examples=["100000"],
    ),
]
Number = Annotated[int, Field(description="发布编号 Number of a release", ge=1, le=2_000_000_000)]
Limit = Annotated[int, Field(description="最多几行 At most so many rows", ge=1, le=1000)]
Cursor = Annotated[str, Field(description="上一页的 next The next of the page before", pattern=r"^[A-Za-z0-9_-]+$", max_length=600)]


class Strict(BaseModel):
    """A body in which nothing unknown may stand."""

    model_config = ConfigDict(extra="forbid")


# ------------------------------------------------------------------------------------------------------------------------------ answers


class Problem(Schema):
    """What went wrong (RFC 9457). `type` leads to its description; `errors` names what is wrong with parameters or content."""

    model_config = ConfigDict(extra="allow")
    type: str
    title: str
    status: int
    detail: str


class Figure(Schema):
    """One result, in the shape of `yangban figures --json`, with the number of its release."""

    indicator: str
    subject: str
    subject_name: str
    subject_level: Level
    period: str
    value: Decimal | None = Field(description="Unrounded, quotients to six places")
    display: Decimal | None = Field(description="As printed, rounded once, half to even")
    unit: str
    edition: str
    documents: list[str]
    scope: Scope
    basis: Basis
    network: Network
    synthetic: bool
    status: Literal["ok", "insufficient", "not_applicable"] = Field(description="insufficient: computed, not to be used officially")
    reason: str
    unverified: list[str] = Field(description="Rules behind the value that have not been read in the official text")
    n_valid: int
    n_expected: int
    inputs: str = Field(description="SHA-256 over the digests of the files received for the period")
    detail: dict[str, Any] | None = None
    release: int


class Figures(Schema):
    """A page of results; `next` leads to the following one and is `null` on the last."""

    data: list[Figure]
    next: str | None


class Ranked(Figure):
    """A result with its place: equal values share a rank and the ranks after them are skipped (1, 1, 3)."""

    rank: int | None = Field(description="null: may not be ranked")
    tied: bool
    of: int


class Ranking(Schema):
    """A ranking, each edition by itself, best first; those that may not be ranked follow."""

    data: list[Ranked]


class RegionRow(Schema):
    """A place by its GB/T 2260 code, with the days between which it holds."""

    code: str
    name: str
    short: str
    level: Literal["nation", "province", "city", "county"]
    parent: str | None
    kind: str
    valid_from: str | None
    valid_to: str | None
    published: bool = Field(description="Whether results of this place have been published")


class Regions(Schema):
    """A page of places."""

    data: list[RegionRow]
    next: str | None


class StationRow(Schema):
    """A station of the registry of which results have been published; one row for each span of time."""

    station: str
    name: str
    city: str
    county: str
    network: str
    role: str
    longitude: Decimal | None
    latitude: Decimal | None
    valid_from: str | None
    valid_to: str | None
    source: str


class Stations(Schema):
    """A page of stations."""

    data: list[StationRow]
    next: str | None


class SectionRow(Schema):
    """A water section or a point of a lake of which results have been published; one row for each span of time."""

    section: str
    name: str
    province: str
    city: str
    county: str
    river: str
    basin: str
    kind: str
    lake: str
    network: str
    targets: dict[str, int] = Field(description="Class (1 to 5) that it is to reach, by year")
    longitude: Decimal | None
    latitude: Decimal | None
    trust: str
    valid_from: str | None
    valid_to: str | None
    source: str


class Sections(Schema):
    """A page of sections."""

    data: list[SectionRow]
    next: str | None


class Release(Schema):
    """A frozen release. A correction is a new release that names the old one and says why; the old one stays readable."""

    number: int
    created: str
    published: str
    note: str
    document_number: str
    audience: Literal["public", "internal"]
    through: str
    synthetic: bool
    program: str
    editions: list[str]
    corrects: int | None
    corrected_by: int | None
    why: str
    figures: int
    digest: str
    figures_digest: str


class Releases(Schema):
    """A page of releases, newest first."""

    data: list[Release]
    next: str | None


class ReleaseWhole(Release):
    """A release with its periods and subjects."""

    periods: list[str]
    subjects: list[str]


class File(Schema):
    """A bulletin or a file of data that belongs to a release."""

    release: int
    kind: Literal["bulletin", "data"]
    word: str
    title: str
    region: str
    period: str
    format: str
    sha256: str
    size: int
    url: str | None


class Files(Schema):
    """A page of files, newest release first."""

    data: list[File]
    next: str | None


class Document(Schema):
    """An official document behind a result."""

    id: str
    number: str
    title: str
    title_en: str
    issued: str | None
    effective: str | None
    confidence: str


class UnverifiedRule(Schema):
    """A rule that has not been read in the official text."""

    id: str
    clause: str
    note: str


class Explained(Schema):
    """Where a result comes from: its documents and clauses, the counts under it, the one rounding, and the frozen release that holds it."""

    figure: Figure
    exact: str | None = Field(description="The unrounded value as a fraction")
    documents: list[Document]
    unverified: list[UnverifiedRule]
    release: Release
    page: str | None
    command: str = Field(description="Walks the result back to hours, files and lines, in the workspace that made it")


# ----------------------------------------------------------------------------------------------------------------------------- readings


def _no_controls(text: str) -> str:
    if any(ord(each) < 32 or ord(each) == 127 for each in text):
        raise ValueError("no control characters")
    return text


Text = Annotated[StrictStr, Field(min_length=1, max_length=120, pattern=_FULL), AfterValidator(_no_controls)]


def _real(text: str) -> str:
    """Refuse the thirtieth of February."""
    datetime.fromisoformat(text)
    return text


class Reading(Strict):
    """One value: the END of its hour in Beijing time, or a date for a value of a day."""

    subject: Text = Field(description="A code or name of a place, or station:CODE", examples=["100000"])
    time: Annotated[StrictStr, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?$", max_length=19)]
    pollutant: Literal["pm25", "pm10", "so2", "no2", "co", "o3", "o3_8h"]
    value: Annotated[StrictStr, Field(pattern=_DECIMAL, max_length=20)] | None = Field(description="A decimal as text; null: no value")


class Readings(Strict):
    """Readings as tidy rows, in µg/m³ and CO in mg/m³."""

    rows: Annotated[list[Reading], Field(min_length=1, max_length=20_000)]
    basis: Literal["realtime", "audited"] = "realtime"
    label: Literal["end", "start"] = "end"


_Value = Annotated[StrictStr, Field(pattern=_DECIMAL, max_length=20)] | None


class StationHour(Strict):
    """One hour of a station or place: `time` is its END in Beijing time; µg/m³, CO mg/m³; null or absent: no value."""

    subject: Text = Field(description="station:CODE, or a code or name of a place", examples=["station:1297A"])
    time: Annotated[StrictStr, Field(pattern=r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:00(:00)?$"), AfterValidator(_real)]
    pm25: _Value = None
    pm10: _Value = None
    so2: _Value = None
    no2: _Value = None
    co: _Value = None
    o3: _Value = None


class Hours(Strict):
    """The hours of many stations, as they are pushed every hour."""

    rows: Annotated[list[StationHour], Field(min_length=1, max_length=5_000)]
    network: Network = "state"


def inlined(body: type[BaseModel]) -> dict[str, Any]:
    """The schema of a body of rows, with the row written out in it."""
    schema = body.model_json_schema(ref_template="#/components/schemas/{model}")
    for definition in schema.pop("$defs", {}).values():
        schema["properties"]["rows"]["items"] = definition
    return schema


class Asked(Strict):
    """How a delivered file is to be read."""

    basis: Literal["realtime", "audited"] = "realtime"
    level: Literal["city", "station"] | None = None
    label: Literal["end", "start"] = "end"
    network: Network = "state"


class Accepted(Schema):
    """What a delivery is answered with; the same request gets the same answer again."""

    id: str
    receipt: str = Field(description="Where the receipt will be")
    digest: str = Field(description="SHA-256 of the content received")
    size: int
    received_at: str


class Receipt(Accepted):
    """What became of a delivery."""

    name: str
    state: Literal["waiting", "done", "short", "refused", "failed"]
    message: str
    result: dict[str, Any] | None = Field(description="As `yangban ingest --json` prints it, with rejections cut to the first thousand")
    problem: Problem | None = Field(description="Why a delivery was refused as a whole")


# ------------------------------------------------------------------------------------------------------------------------------- points


_MOMENT = r"^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](Z|[+-][01][0-9]:[0-5][0-9])$"
_AMOUNT = r"^[0-9]{1,12}(\.[0-9]{1,9})?$"
Word = Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9._:-]+$", min_length=1, max_length=100)]
Digest = Annotated[StrictStr, Field(pattern=r"^[0-9a-f]{0,64}$", max_length=64, description="SHA-256; the thing itself is never sent")]


class PointsEvent(Strict):
    """One thing that a member did. Distances and counts alone: no track, no picture."""

    id: Word = Field(description="Yours, and unique with you")
    member: Annotated[StrictStr, Field(pattern=r"^m[0-9a-z]{10}$", max_length=11, examples=["m23456789ab"])]
    behaviour: Annotated[StrictStr, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40, examples=["steps"])]
    happened_at: Annotated[StrictStr, Field(pattern=_MOMENT, max_length=25), AfterValidator(_real)]
    amounts: Annotated[
        dict[
            Annotated[str, Field(pattern=r"^[A-Za-z0-9]+(\.[a-z0-9_]+)?$", max_length=40)],
            Annotated[StrictStr, Field(pattern=_AMOUNT, max_length=22)],
        ],
        Field(max_length=12, examples=[{"step": "7250"}]),
    ] = {}
    evidence: Annotated[StrictStr, Field(pattern=r"^[a-z0-9_]*$", max_length=40)] = ""
    proof: Digest = ""
    device: Digest = ""
    region: Annotated[StrictStr, Field(pattern=r"^([0-9]{6})?$", max_length=6)] = ""
    minutes: Annotated[StrictStr, Field(pattern=r"^[0-9]{1,6}(\.[0-9]{1,3})?$", max_length=10)] | None = None


class PointsEvents(Strict):
    """One event or many."""

    events: Annotated[list[PointsEvent], Field(min_length=1, max_length=1000)]


class PointsPayload(Strict):
    """A payload of another system, as it came, and whose it is."""

    member: Annotated[StrictStr, Field(pattern=r"^(m[0-9a-z]{10})?$", max_length=11, examples=["m23456789ab"])] = Field(
        default="", description="Whose it is; empty where the rows name members"
    )
    payload: Annotated[dict[str, Any], Field(examples=[{"stepInfoList": [{"timestamp": 1714406400, "step": 7250}]}])]


class PointsAnswer(Schema):
    """What became of one event."""

    id: str
    key: str
    status: Literal["awarded", "review", "waiting", "refused", "already", "voided", "reversed"]
    points: str | None
    code: str = Field(description="Why it earned nothing, as a code")
    reason: str


class PointsAnswers(Schema):
    """An answer for each event, in the order sent."""

    data: list[PointsAnswer]


class PointsUnreadable(Schema):
    """An item of a payload that could not become an event, and why."""

    item: int
    reason: str


class PointsConverted(PointsAnswers):
    """An answer for each event that a payload became, and what could not become one."""

    unreadable: list[PointsUnreadable]
