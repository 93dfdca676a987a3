"""The reference of the interface, made from its own schema: for the page of the site and for the page of the documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from yangban.web.api.problems import PROBLEMS

_SCOPES: Final = {"readings": "readings:write", "points": "points:report"}
TAGS: Final = {
    "figures": ("结果与排名", "Results and rankings"),
    "places": ("地区与点位", "Places"),
    "releases": ("发布与文件", "Releases and files"),
    "readings": ("报送数据", "Delivering readings"),
    "points": ("积分事件", "Events that earn points"),
}


@dataclass(frozen=True)
class Parameter:
    """One parameter or field: what it takes, and what it is."""

    name: str
    kind: str
    required: bool
    default: str
    text: str


@dataclass(frozen=True)
class Answer:
    """One answer: its status, what it means, and the shape that comes."""

    status: str
    text: str
    shape: str


@dataclass(frozen=True)
class Entry:
    """One operation."""

    name: str
    method: str
    path: str
    zh: str
    en: str
    text: str
    scope: str
    parameters: tuple[Parameter, ...]
    body: tuple[tuple[str, tuple[Parameter, ...]], ...]
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Shape:
    """One shape of the answers."""

    name: str
    text: str
    fields: tuple[Parameter, ...]


@dataclass(frozen=True)
class Reference:
    """The whole."""

    version: str
    groups: tuple[tuple[str, str, tuple[Entry, ...]], ...]
    shapes: tuple[Shape, ...]
    problems: tuple[tuple[str, int, str, str], ...]


def kind_of(schema: Mapping[str, Any]) -> str:
    """What a schema takes, in a few words.

    >>> kind_of({"anyOf": [{"type": "integer", "minimum": 1, "maximum": 9}, {"type": "null"}]}), kind_of({"enum": ["a", "b"]})
    ('integer 1–9 | null', 'a | b')
    """
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(kind_of(each) for each in schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    kind = str(schema.get("type", "any"))
    if kind == "array":
        return f"[{kind_of(schema.get('items', {}))}]"
    if kind == "integer" and "minimum" in schema:
        return f"integer {schema['minimum']}–{schema.get('maximum', '')}"
    if kind == "string" and schema.get("pattern", "").startswith("^-?[0-9]+("):
        return "decimal as string"
    return str(schema.get("format", kind)) if kind == "string" else kind


def _parameter(name: str, schema: Mapping[str, Any], *, required: bool, text: str = "") -> Parameter:
    kind = kind_of(schema)
    if not required:
        kind = kind.removesuffix(" | null")
    default = schema.get("default")
    example = next(iter(schema.get("examples", ())), None) or next(
        (each["examples"][0] for each in schema.get("anyOf", ()) if each.get("examples")), None
    )
    either = (each.get("description", "") for each in schema.get("anyOf", ()))
    said = text or str(schema.get("description", "")) or next(filter(None, either), "")
    if example:
        said = f"{said}  `{example}`".strip()
    return Parameter(name, kind, required, "" if default is None else str(default), said)


def _fields(schema: Mapping[str, Any]) -> tuple[Parameter, ...]:
    needed = schema.get("required", ())
    return tuple(_parameter(name, each, required=name in needed) for name, each in schema.get("properties", {}).items())


def _bodies(content: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Parameter, ...]]]:
    for media_type, held in content.items():
        schema = held["schema"]
        fields = list(_fields(schema))
        rows = schema.get("properties", {}).get("rows", {}).get("items")
        if rows:
            fields += [Parameter(f"rows[].{each.name}", each.kind, each.required, each.default, each.text) for each in _fields(rows)]
        yield media_type, tuple(fields)


def _entry(path: str, method: str, operation: Mapping[str, Any]) -> Entry:
    zh, _, en = str(operation["summary"]).partition(" · ")
    answers = []
    for status, held in operation["responses"].items():
        schema: dict[str, Any] = next((each["schema"] for each in held.get("content", {}).values()), {})
        text = {"200": "好  OK", "202": "已收到  Received"}.get(status, held["description"])
        answers.append(Answer(status, text, kind_of(schema) if schema else ""))
    return Entry(
        name=operation["operationId"],
        method=method.upper(),
        path=path,
        zh=zh,
        en=en,
        text=" ".join(re.split(r"\s+", operation.get("description", ""))),
        scope=_SCOPES[operation["tags"][0]] if operation.get("security") else "",
        parameters=tuple(
            _parameter(each["name"], each["schema"], required=each["required"], text=each.get("description", ""))
            for each in operation["parameters"]
        ),
        body=tuple(_bodies(operation.get("requestBody", {}).get("content", {}))),
        answers=tuple(answers),
    )


@cache
def reference() -> Reference:
    """The reference, from the schema as it is sent."""
    from yangban.web.api.routes import api

    schema = api.get_openapi_schema(path_prefix="/api/v1/")
    entries: dict[str, list[Entry]] = {tag: [] for tag in TAGS}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            entries[operation["tags"][0]].append(_entry(path, method, operation))
    shapes = [
        Shape(name, str(held.get("description", "")), _fields(held))
        for name, held in schema["components"]["schemas"].items()
        if held.get("type") == "object" and "properties" in held and not name.endswith(("Query", "Paged", "OneFigure"))
    ]
    return Reference(
        version=schema["info"]["version"],
        groups=tuple((*TAGS[tag], tuple(found)) for tag, found in entries.items()),
        shapes=tuple(shapes),
        problems=tuple((name, *each) for name, each in PROBLEMS.items()),
    )
