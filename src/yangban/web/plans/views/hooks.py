"""Where the messages of one's unit go besides the site, and what became of them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from yangban.base.errors import YangbanError
from yangban.web.accounts.models import Organisation
from yangban.web.accounts.permissions import guard, holds
from yangban.web.plans import acts, hooks
from yangban.web.plans.models import HookMessage, MessageHook
from yangban.web.plans.views.desk import _page
from yangban.web.words import pick


def _own(request: HttpRequest) -> list[Organisation]:
    posts = [post for post in request.user.current_memberships() if holds(post, "tasks.hooks")]
    return list({post.organisation_id: post.organisation for post in posts}.values())


@guard("tasks.hooks")
def listed(request: HttpRequest) -> HttpResponse:
    """The hooks of one's units with their last messages, and a form for another one."""
    own = _own(request)
    status = 200
    if request.method == "POST":
        sent = request.POST
        try:
            if "stop" in sent:
                hooks.stop(request.user, get_object_or_404(MessageHook, pk=acts.key_of(sent["stop"]), organisation__in=own).pk)
                messages.success(request, pick("已停用，地址和密钥已抹去", "Stopped; address and secret are forgotten"))
            elif "try" in sent:
                held_hook = get_object_or_404(MessageHook, pk=acts.key_of(sent["try"]), organisation__in=own, active=True)
                made = hooks.try_out(request.user, held_hook.pk)
                words = f"{made.get_state_display()}{'：' + made.said if made.said else ''}"
                (messages.error if made.said else messages.success)(request, pick(f"试发：{words}", f"Trial: {words}"))
            else:
                unit = get_object_or_404(Organisation, pk=acts.key_of(sent.get("organisation", "")))
                hooks.add(
                    request.user, unit, sent.get("kind", ""), sent.get("name", ""), sent.get("address", ""), sent.get("secret", "")
                )  # fmt: skip
                messages.success(request, pick("已登记；请试发一条", "Kept; try it out"))
            return redirect("plans:hooks")
        except YangbanError as problem:
            messages.error(request, str(problem))
            status = 422
    held = list(MessageHook.objects.filter(organisation__in=own, active=True).select_related("organisation"))
    log = HookMessage.objects.filter(hook__organisation__in=own).select_related("hook")[:50]
    context = {"hooks": held, "log": log, "own": own, "kinds": MessageHook.Kind.choices, "sent": request.POST, "tab": "hooks"}
    return _page(request, "hooks", context, status=status)
