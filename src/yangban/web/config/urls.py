"""Addresses: Chinese at the root, English below ``/en/``, the interface and the probes outside of both."""

from __future__ import annotations

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from yangban.web.accounts import office
from yangban.web.api import views as interface
from yangban.web.config import probes
from yangban.web.plans.views import calendar, plan
from yangban.web.public.views import machine

urlpatterns = [
    path("healthz", probes.healthz, name="healthz"),
    path("metrics", probes.metrics, name="metrics"),
    path("api/v1/", include("yangban.web.api.urls")),
    path("robots.txt", machine.robots, name="robots"),
    path("sitemap.xml", machine.sitemap, name="sitemap"),
    path("calendar/<str:token>.ics", calendar.feed, name="calendar_feed"),
    *i18n_patterns(
        path("api/", interface.about, name="api-about"),
        path("desk/keys/", include("yangban.web.api.pages")),
        path("points/", include("yangban.web.points.urls")),
        path("desk/points/", include("yangban.web.points.desk_urls")),
        path("", include("yangban.web.cases.urls")),
        path("", include("yangban.web.public.urls")),
        path("desk/", include("yangban.web.desk.urls")),
        path("desk/", include("yangban.web.plans.urls")),
        path("desk/", include("yangban.web.pilots.urls")),
        path("", include("yangban.web.pilots.public_urls")),
        path("progress/", plan.progress, name="plan_progress"),
        path("accounts/oidc/<str:provider_id>/login/", office.login),
        path("accounts/oidc/<str:provider_id>/login/callback/", office.callback),
        path("accounts/", include("allauth.urls")),
        prefix_default_language=False,
    ),
]
handler403 = "yangban.web.config.errors.forbidden"
handler404 = "yangban.web.config.errors.not_found"
handler500 = "yangban.web.config.errors.failed"
