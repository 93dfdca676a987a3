"""What goes wrong, in one shape: problem details of RFC 9457, each with a name that programs can rely on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpResponse

MEDIA_TYPE: Final = "application/problem+json"

PROBLEMS: Final[dict[str, tuple[int, str, str]]] = {
    "bad-request": (400, "请求读不出", "The request cannot be read"),
    "bad-cursor": (400, "cursor 不是本接口给出的，或已不适用", "The cursor was not given by this interface, or fits no longer"),
    "no-idempotency-key": (400, "缺少 Idempotency-Key", "The header Idempotency-Key is missing or too long"),
    "no-key": (401, "需要密钥", "A key is needed"),
    "unknown-key": (401, "密钥无效", "The key is not known"),
    "expired-key": (401, "密钥已过期", "The key has expired"),
    "revoked-key": (401, "密钥已撤销", "The key was revoked"),
    "signature-missing": (401, "请求须签名", "The request must be signed"),
    "signature-invalid": (401, "签名不对", "The signature does not hold"),
    "signature-replayed": (401, "签名已用过", "The signature was used before"),
    "missing-scope": (403, "密钥没有这项权限", "The key does not have this scope"),
    "outside-region": (403, "含有密钥所属地区以外的点位", "Subjects lie outside the region of the key"),
    "not-found": (404, "没有找到", "Not found"),
    "method-not-allowed": (405, "不支持这种请求方法", "The method is not allowed here"),
    "idempotency-conflict": (
        409,
        "同一个 Idempotency-Key 已用于不同的内容",
        "This Idempotency-Key was used with other content",
    ),
    "too-large": (413, "内容过大", "The content is too large"),
    "unsupported-media-type": (415, "不支持这种内容类型", "The media type is not supported"),
    "invalid": (422, "参数或内容不合要求", "Parameters or content are not as they should be"),
    "too-many-requests": (429, "请求过于频繁", "Too many requests"),
    "busy": (503, "正忙，请稍后重发", "Busy; send it again later"),
    "failed": (500, "程序出错，已记入日志", "The program failed; it is in the log"),
}
"""Name of each problem, with its status and its title in Chinese and English."""


class Problem(Exception):
    """A request that cannot be answered as asked; the message says what was found and what to do."""

    def __init__(self, name: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.name, self.detail, self.headers, self.more = name, detail, dict(headers or {}), more

    def content(self) -> dict[str, Any]:
        """The body."""
        status, zh, en = PROBLEMS[self.name]
        return {"type": f"/api/#{self.name}", "title": f"{zh}  {en}", "status": status, "detail": self.detail, **self.more}

    def response(self) -> HttpResponse:
        """The answer."""
        content = json.dumps(self.content(), ensure_ascii=False)
        answer = HttpResponse(content, status=PROBLEMS[self.name][0], content_type=MEDIA_TYPE, headers=self.headers)
        answer["Cache-Control"] = "no-store"
        return answer
