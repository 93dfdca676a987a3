"""The operator's desk: how the scheme ends, step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache

from yangban.points.schemes import day_of
from yangban.web.accounts.permissions import guard, may
from yangban.web.desk.pages import attempt
from yangban.web.jobs.models import Job
from yangban.web.points import clock, earning, forms, selectors
from yangban.web.points import closing as closings
from yangban.web.points.desk import desk_page, program_of
from yangban.web.points.models import Closing, Program
from yangban.web.words import pick


@guard("points.run")
@never_cache
def closing(request: HttpRequest) -> HttpResponse:
    """Where the closing stands, and the step that this person may take."""
    program = program_of(request)
    if request.method == "POST" and request.POST.get("step") != "draft":
        steps: dict[str, tuple[Callable[[], Any], str]] = {
            "discard": (lambda: closings.discard(request.user, program), pick("草稿已删去", "The draft is gone")),
            "publish": (lambda: closings.publish(request.user, program), pick("公告已发布", "The notice is published")),
            "wind-up": (lambda: closings.ask_wind_up(request.user, program), pick("已开始关闭账户", "Accounts are being closed")),
            "seal": (lambda: closings.ask_seal(request.user, program), pick("正在核对账本并封存", "The books are being proved and sealed")),
        }
        if request.POST.get("step") not in steps:
            raise Http404(pick("没有这一步", "There is no such step"))
        attempt(request, *steps[request.POST["step"]])
        return HttpResponseRedirect(request.path)
    row, user, own = closings.of(program), request.user, {"organisation": program.organisation_id}
    stage = "" if row is None else closings.stage(row, day_of(clock.now()))
    context: dict[str, Any] = {"row": row, "stage": stage}
    if stage in {"", "drafted"} and may(user, "points.close", **own):
        names = ("last_day", "last_spend", "notice", "notice_en")
        form = forms.ClosingNotice(request.POST or None, initial={} if row is None else {name: getattr(row, name) for name in names})
        if (
            request.method == "POST"
            and form.is_valid()
            and attempt(request, lambda: closings.draft(user, program, **form.cleaned_data), pick("已保存", "Saved")) is not None
        ):
            return HttpResponseRedirect(request.path)
        context["form"] = form
    if row is not None:
        context |= _next(program, row, stage, user)
        context["units"] = selectors.shown(row.units, earning.scheme_of(program))
    jobs = Job.objects.filter(kind__in=(closings.WIND_UP, closings.SEAL), payload__program=program.pk)
    job = jobs.first()
    context["job"] = job if job is not None and job.state != Job.State.DONE else None
    return desk_page(request, "closing", "points-closing", program, **context)


def _next(program: Program, row: Closing, stage: str, user: Any) -> dict[str, Any]:
    """The step that comes next: to be taken by this person, or by whom."""
    own = {"organisation": program.organisation_id}
    if stage == "drafted":
        if may(user, "points.seal", apart_from=[row.drafted_by_id], **own):
            words = pick(
                "核对日期和正文。发布后会员各页都显示，不能再改。",
                "Check days and text. Once published every page of the members shows it; it stays.",
            )
            return {"step": {"name": "publish", "label": pick("核准并发布公告", "Approve and publish"), "words": words}}
        return {"waits": pick("等另一人（积分审核岗）核准发布。", "Another person (a reviewer of points) publishes it.")}
    if stage in {"published", "spending"}:
        return {"waits": pick("到最后兑换日次日，才能关闭账户。", "Accounts can be closed from the day after the last day of spending.")}
    if stage == "over":
        if may(user, "points.close", **own):
            words = pick("关闭全部账户，剩余积分作废，不能恢复。", "All accounts are closed and what is left expires, for good.")
            step = {"name": "wind-up", "label": pick("关闭全部账户", "Close all accounts"), "words": words}
            return {"step": step, "pending": closings.left(program).before_wind_up()}
        return {"waits": pick("等积分运营岗关闭账户。", "The operator of points closes the accounts.")}
    if stage == "wound_up":
        if may(user, "points.seal", apart_from=[row.wound_up_by_id], **own):
            words = pick(
                "逐笔核对账本，无误即封存；封存后不能再记账。",
                "The books are proved line by line and sealed; nothing is posted afterwards.",
            )
            step = {"name": "seal", "label": pick("核对并封存账本", "Prove and seal the books"), "words": words}
            return {"step": step, "pending": closings.left(program).before_seal()}
        pending = closings.left(program).before_seal()
        return {"waits": pick("等另一人（积分审核岗）封存。", "Another person (a reviewer of points) seals the books."), "pending": pending}
    return {}
