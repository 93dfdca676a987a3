"""Pages for what went wrong: what, and what to do next."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yangban.web.api.problems import Problem
from yangban.web.words import pick


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    return render(request, "error.html", {"title": title, "text": text, "status": status}, status=status)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: may not, with the reason."""
    reason = str(exception or "")
    return _page(
        request, 403, pick("没有权限", "Not allowed"), reason or pick("您的岗位不能打开这一页。", "Your post does not open this page.")
    )


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """404."""
    text = str(exception) if isinstance(exception, Exception) and exception.args and isinstance(exception.args[0], str) else ""
    return _page(
        request,
        404,
        pick("没有这一页", "No such page"),
        text or pick("地址可能写错，或内容已经移走。", "The address may be wrong, or the content has moved."),
    )


def failed(request: HttpRequest) -> HttpResponse:
    """500: the program's own fault."""
    if request.path.startswith("/api/v1/"):
        return Problem("failed", "请稍后再试；若仍然出错，请告诉管理员。Try again later, or tell the administrator").response()
    text = pick(
        "程序出错，已经记入日志。请稍后再试，或联系管理员。",
        "The program failed; it is in the log. Try again later, or tell the administrator.",
    )
    return _page(request, 500, pick("出错了", "Something failed"), text)
