"""What programs that visit the site read: which addresses there are, and where they need not go."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.xmlutils import SimplerXMLGenerator

from yangban.web.accounts.permissions import public
from yangban.web.cases import reading
from yangban.web.public import selectors
from yangban.web.public.cache import kept
from yangban.web.public.models import PublishedRelease


@public
@kept
def robots(request: HttpRequest) -> HttpResponse:
    """Desk, accounts and walks are not for crawlers."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in ("/desk/", "/accounts/", "/en/desk/", "/en/accounts/", "/how/", "/en/how/", "/letters/")),
        *(f"Disallow: {path}" for path in ("/events/mine/", "/en/events/mine/", "/events/c/", "/en/events/c/")),
    ]
    lines.append(f"Sitemap: {request.build_absolute_uri('/sitemap.xml')}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@public
@kept
def sitemap(request: HttpRequest) -> HttpResponse:
    """The addresses of the public pages."""
    response = HttpResponse(content_type="application/xml; charset=utf-8")
    writer = SimplerXMLGenerator(response, "utf-8")
    writer.startDocument()
    writer.startElement("urlset", {"xmlns": "http://www.sitemaps.org/schemas/sitemap/0.9"})
    plain = (
        "home",
        "air",
        "water",
        "sound",
        "ecology",
        "species",
        "gep",
        "regions",
        "indicators",
        "bulletins",
        "data",
        "releases",
        "method",
        "advice",
        "letter",
    )
    addresses = [reverse(f"public:{name}") for name in plain]
    newest = selectors.newest()
    if newest is not None:
        addresses += [reverse("public:air_period", kwargs={"period": each}) for each in selectors.labels(newest, "air") if len(each) <= 7]
        addresses += [reverse("public:region", kwargs={"subject": code}) for code in newest.subjects if code.isdigit() and code != "100000"]
        addresses += [reverse("public:indicator", kwargs={"indicator": word}) for word in selectors.indicators_of(newest)]
    addresses += [
        reverse("public:release", kwargs={"number": n}) for n in PublishedRelease.objects.visible().values_list("number", flat=True)
    ]
    addresses += [reverse("cases:list"), reverse("cases:events")]
    addresses += [reverse("cases:one", args=[number]) for number in reading.published().values_list("number", flat=True)]
    for address in addresses:
        writer.startElement("url", {})
        writer.addQuickElement("loc", request.build_absolute_uri(address))
        writer.endElement("url")
    writer.endElement("urlset")
    writer.endDocument()
    return response
