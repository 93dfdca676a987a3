"""Addresses of the operator's desk and of the institution's page."""

from django.urls import path

from yangban.web.points import desk, desk_closing, desk_rules, desk_units

app_name = "points-desk"
urlpatterns = [
    path("", desk.home, name="home"),
    path("reviews/", desk.reviews, name="reviews"),
    path("questions/", desk.questions, name="questions"),
    path("closing/", desk_closing.closing, name="closing"),
    path("what-if/", desk_rules.what_if, name="what-if"),
    path("what-if/<uuid:pk>/", desk_rules.trial, name="trial"),
    path("rules/", desk_rules.rules, name="rules"),
    path("rules/<int:pk>/", desk_rules.version, name="version"),
    path("rules/<int:pk>/text/", desk_rules.text, name="version-text"),
    path("rules/<int:pk>/settings/", desk_rules.settings, name="version-settings"),
    path("rules/<int:pk>/methods/<slug:key>/", desk_rules.method, name="version-method"),
    path("rules/<int:pk>/steps/", desk_rules.step, name="version-step"),
    path("settlement/", desk.settlement, name="settlement"),
    path("goods/", desk.goods, name="goods"),
    path("orders/", desk.orders, name="orders"),
    path("check-points/", desk.check_points, name="check-points"),
    path("check-points/<int:pk>/", desk.show_code, name="show-code"),
    path("sheets/", desk.sheets, name="sheets"),
    path("unit/", desk_units.unit, name="unit"),
    path("unit/use/", desk_units.use, name="unit-use"),
    path("unit/<int:year>/report.docx", desk_units.report, name="unit-report"),
    path("units/", desk_units.units, name="units"),
]
