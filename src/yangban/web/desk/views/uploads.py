"""Uploads of readings: handing in, receipts, and lists of refused lines to put right."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from yangban.base.errors import UsageError
from yangban.web.accounts.permissions import demand, guard, may
from yangban.web.desk.pages import attempt, page, page_of, place_choices
from yangban.web.monitor import files, uploads
from yangban.web.monitor.models import Upload
from yangban.web.words import pick, say


class UploadForm(forms.Form):
    """What is said of the files; the files themselves are taken from the request, since there may be many."""

    place = forms.ChoiceField(label=say("报送地区", "Place"))
    basis = forms.ChoiceField(
        label=say("数据口径", "Basis"), choices=[("realtime", say("实况（实时发布）", "Real-time")), ("audited", say("审核后", "Audited"))]
    )
    level = forms.ChoiceField(
        label=say("数据级别", "Level"),
        required=False,
        choices=[("", say("由内容判断", "Told from the content")), ("city", say("城市", "City")), ("station", say("站点", "Station"))],
    )
    label = forms.ChoiceField(
        label=say("小时标签表示", "An hour label marks"),
        required=False,
        choices=[("", say("小时末（国家平台惯例）", "The end (national platform)")), ("start", say("小时初", "The start"))],
    )
    network = forms.ChoiceField(
        label=say("监测网", "Network"),
        choices=[("state", say("国控", "State")), ("province", say("省控", "Province")), ("all", say("全部", "All"))],
    )
    state = forms.ChoiceField(
        label=say("气体状态", "State of gases"),
        required=False,
        choices=[("", say("298.15 K（现行）", "298.15 K (in force)")), ("273", say("273 K（2018-09-01 前）", "273 K (before 2018-09-01)"))],
    )
    daily = forms.BooleanField(label=say("按日值表读入（每地每日一行）", "A table of days, one row per place and day"), required=False)
    mapping = forms.FileField(
        label=say("列对应关系（TOML，可不填）", "Mapping of columns (TOML, optional)"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".toml"}),
    )

    def __init__(self, *args: Any, places: tuple[str, ...] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["place"].choices = place_choices(places)


@guard("readings.see")
@require_http_methods(["GET", "HEAD", "POST"])
def listed(request: HttpRequest) -> HttpResponse:
    """The uploads of one's places, with the form to hand in more where one may."""
    places = uploads.own_places(request.user)
    if request.method == "POST":
        demand(request.user, "readings.upload")
        form = UploadForm(request.POST, request.FILES, places=places)
        skipped = request.META.get("yangban.too_large", [])
        if skipped:
            messages.error(request, pick("没有读入任何文件。", "No file was taken. ") + "；".join(map(uploads.too_large, skipped)))
        elif form.is_valid():
            said = form.cleaned_data
            given = request.FILES.getlist("files")
            made = attempt(request, lambda: uploads.hand_in(request.user, said["place"], given, said=said, mapping=said["mapping"]))
            if made is not None:
                return redirect("desk:upload", made.pk)
    else:
        form = UploadForm(places=places)
    return page(
        request,
        "desk/uploads.html",
        "uploads",
        form=form,
        places=places,
        rows=page_of(request, uploads.seen_by(request.user)),
        suffixes=",".join(files.SUFFIXES),
        most_files=uploads.MOST_FILES,
    )


def _upload(request: HttpRequest, pk: int) -> Upload:
    found = get_object_or_404(Upload.objects.select_related("job", "uploaded_by"), pk=pk)
    if found.uploaded_by_id != request.user.pk:
        demand(request.user, "readings.see", region=found.region)
    elif not may(request.user, "readings.see"):
        raise PermissionDenied
    return found


@guard("readings.see")
@require_safe
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """One upload: progress, then the receipt."""
    found = _upload(request, pk)
    return page(
        request,
        "desk/upload.html",
        "uploads",
        upload=found,
        job=found.job,
        rejections=page_of(request, found.receipt.get("rejections", [])),
        repairs=uploads.repairs(found) if found.receipt else [],
        cut=uploads.KEPT_REJECTIONS,
    )


@guard("readings.see")
@require_safe
def refused(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """All refused lines with rule and reason, as CSV."""
    found = _upload(request, pk)
    answer = StreamingHttpResponse(uploads.refused_list(found), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="refused-{found.pk}.csv"'
    return answer


@guard("readings.see")
@require_safe
def repair(request: HttpRequest, pk: int, digest: str) -> HttpResponse:
    """The refused lines of one file in its own layout, to put right and hand in again."""
    found = _upload(request, pk)
    try:
        lines = uploads.repair_lines(found, digest)
    except UsageError as problem:
        messages.error(request, str(problem))
        return redirect("desk:upload", found.pk)
    answer = HttpResponse("\r\n".join(lines) + "\r\n", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="repair-{found.pk}-{digest[:8]}.csv"'
    return answer
