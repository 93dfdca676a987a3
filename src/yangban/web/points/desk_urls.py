"""Addresses of the operator's desk and of the institution's page."""

from django.urls import path

from yangban.web.points import desk

app_name = "points-desk"
urlpatterns = [
    path("", desk.home, name="home"),
    path("reviews/", desk.reviews, name="reviews"),
    path("questions/", desk.questions, name="questions"),
    path("what-if/", desk.what_if, name="what-if"),
    path("settlement/", desk.settlement, name="settlement"),
    path("goods/", desk.goods, name="goods"),
    path("orders/", desk.orders, name="orders"),
    path("check-points/", desk.check_points, name="check-points"),
    path("check-points/<int:pk>/", desk.show_code, name="show-code"),
    path("sheets/", desk.sheets, name="sheets"),
    path("unit/", desk.unit, name="unit"),
]
