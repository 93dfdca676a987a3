"""Addresses of the interface: ninja's, each in a door that marks its action, answers in one shape, and says how long it may be kept."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import URLPattern, re_path

from yangban.web.accounts.permissions import PUBLIC
from yangban.web.api.problems import Problem
from yangban.web.api.routes import api, finish


def door(view: Callable[..., HttpResponse], action: str) -> Callable[..., HttpResponse]:
    """A view of the interface with its action."""

    @functools.wraps(view)
    def through(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code == 405:
            allowed = ", ".join(sorted({*response["Allow"].replace(" ", "").split(","), "OPTIONS"}))
            if request.method == "OPTIONS":
                response = HttpResponse(status=204, headers={"Allow": allowed})
                response["Access-Control-Allow-Methods"] = allowed
                response["Access-Control-Allow-Headers"] = "Authorization, Content-Type, If-None-Match, Idempotency-Key"
            else:
                text = f"{str(request.method)[:20]}；这里支持 {allowed}。Allowed here: {allowed}"
                response = Problem("method-not-allowed", text, headers={"Allow": allowed}).response()
        response = finish(request, response)
        # What everyone may read is tagged where it is held; what a key reads is tagged here.
        if request.method in {"GET", "HEAD"} and response.status_code == 200 and not getattr(response, "kept", False):
            response["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:24]}"'
            if response["ETag"] in {each.strip().removeprefix("W/") for each in request.META.get("HTTP_IF_NONE_MATCH", "").split(",")}:
                unchanged = HttpResponseNotModified()
                for name in ("ETag", "Cache-Control", "Vary"):
                    unchanged[name] = response[name]
                return unchanged
        return response

    through.csrf_exempt = True  # type: ignore[attr-defined]
    through.action = action  # type: ignore[attr-defined]
    return through


def unknown(_request: HttpRequest) -> HttpResponse:
    """404 for an address of which the interface has none."""
    return Problem("not-found", "没有这个地址；说明见 /api/，全部地址见 /api/v1/openapi.json。No such address; see /api/").response()


def _action_of(pattern: URLPattern) -> str:
    """The action of an address: that of its operations, which must be one; of the schema, that of what everyone may read."""
    if pattern.name == "openapi-json":
        return PUBLIC
    actions = {
        operation.view_func.action
        for router in api._get_bound_routers()
        for view in router.path_operations.values()
        for operation in view.operations
        if operation.view_func.__name__ == pattern.name
    }
    assert len(actions) == 1, (pattern.name, actions)
    return str(actions.pop())


def _patterns() -> list[URLPattern]:
    found, _namespace, _name = api.urls
    made = []
    for pattern in found:
        if pattern.name != "api-root":
            pattern.callback = door(pattern.callback, _action_of(pattern))
        else:
            pattern.callback = door(unknown, PUBLIC)
        made.append(pattern)
    return [*made, re_path(r"^.*$", door(unknown, PUBLIC), name="unknown")]


app_name = "api-v1"
urlpatterns = _patterns()
