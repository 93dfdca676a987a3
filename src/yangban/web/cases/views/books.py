"""The builder of compendia: begin, order, make, hand out."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from yangban.web.accounts.models import today
from yangban.web.accounts.permissions import covered, demand, guard
from yangban.web.cases import books, files, forms, reading
from yangban.web.cases.models import Book, BookMade, Case
from yangban.web.cases.views.desk import bodies
from yangban.web.desk.pages import attempt, page
from yangban.web.jobs.models import Job
from yangban.web.public.files import MEDIA
from yangban.web.words import pick


def _book(request: HttpRequest, pk: int) -> Book:
    row: Book = get_object_or_404(Book.objects.select_related("organisation"), pk=pk)
    demand(request.user, "cases.compile", region=row.region)
    return row


@guard("cases.compile")
def listed(request: HttpRequest) -> HttpResponse:
    """The compendia of one's places, and a new one."""
    own = bodies(request, "cases.compile")
    form = forms.NewBook(
        request.POST or None, organisations=own, initial={"year": today().year, "subtitle": pick(f"{today().year}年", str(today().year))}
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            said = dict(form.cleaned_data)
            organisation = said.pop("organisation")
            made = attempt(
                request, lambda: books.start(request.user, organisation, **said), pick("已建立，请调整次序", "Begun; put it in order")
            )
            if made is not None:
                return redirect("cases:book", pk=made.pk)
    codes = set(Book.objects.order_by().values_list("region", flat=True).distinct())
    rows = [
        {"row": row, "cases": len(books.numbers_of(row.parts)), "made": row.made.first()}
        for row in Book.objects.filter(region__in=covered(request.user, "cases.compile", codes)).select_related("organisation")
    ]
    answer = page(request, "cases/desk/books.html", "books", rows=rows, form=form)
    answer.status_code = status
    return answer


@guard("cases.compile")
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """Order a compendium by its lines; see what stands in it and what was made of it."""
    row = _book(request, pk)
    status = 200
    if request.method == "POST":
        form = forms.BookText(request.POST)
        status = 422
        if form.is_valid():
            said = form.cleaned_data

            def change() -> Book:
                parts = books.parts_of(said["parts"])
                kept = {name: said[name] for name in ("title", "subtitle", "foreword", "seen")}
                return books.change(request.user, row, parts=parts, **kept)

            if attempt(request, change, pick("已保存", "Saved")) is not None:
                return redirect("cases:book", pk=pk)
    else:
        text = books.text_of(row.parts, books.titles(books.numbers_of(row.parts)))
        form = forms.BookText(
            initial={"title": row.title, "subtitle": row.subtitle, "foreword": row.foreword, "parts": text, "seen": row.step}
        )
    numbers = set(books.numbers_of(row.parts))
    held = {case.number: case for case in Case.objects.filter(number__in=numbers).select_related("shown")}
    shown = [
        {
            "title": volume["title"],
            "chapters": [{"title": c["title"], "cases": [held.get(n, n) for n in c["cases"]]} for c in volume["chapters"]],
        }
        for volume in row.parts
    ]
    context = {
        "row": row, "form": form, "parts": shown, "problems": books.problems(row.parts), "made": row.made.all()[:10],
        "others": reading.published().exclude(number__in=numbers)[:200],
        "job": Job.objects.filter(kind=books.KIND, payload__book=row.pk).exclude(state=Job.State.DONE).first(),
    }  # fmt: skip
    answer = page(request, "cases/desk/book.html", "books", **context)
    answer.status_code = status
    return answer


@guard("cases.compile")
@require_POST
def make(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the Word book."""
    row = _book(request, pk)
    attempt(request, lambda: books.ask(request.user, row), pick("已开始编印", "It is being made"))
    return redirect("cases:book", pk=pk)


@guard("cases.compile")
@require_GET
def download(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Hand out a Word book that was made."""
    row = _book(request, pk)
    made: BookMade = get_object_or_404(row.made, number=number)
    file = files.book(made.digest)
    if file is None:
        raise Http404(pick("这本书的文件不在了，请重新编印", "The file is gone; make the book again"))
    answer = FileResponse(file, content_type=MEDIA["docx"], as_attachment=True, filename=f"{row.title}-{made.number}.docx")
    answer["Cache-Control"] = "private, no-store"
    return answer
