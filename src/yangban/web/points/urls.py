"""Addresses of the member site."""

from django.urls import path

from yangban.web.points import views

app_name = "points"
urlpatterns = [
    path("", views.home, name="home"),
    path("totals/", views.totals, name="totals"),
    path("closing/", views.closing_page, name="closing"),
    path("join/", views.join, name="join"),
    path("lines/", views.lines, name="lines"),
    path("lines/<int:pk>/", views.line, name="line"),
    path("shop/", views.shop_page, name="shop"),
    path("shop/<int:pk>/", views.order, name="order"),
    path("orders/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("c/<slug:code>/", views.check_in, name="check-in"),
    path("claim/", views.claim, name="claim"),
    path("appeal/<int:pk>/", views.appeal, name="appeal"),
    path("certificate/", views.certificate, name="certificate"),
    path("me/", views.me, name="me"),
    path("me/export/", views.export, name="export"),
    path("me/erase/", views.erase, name="erase"),
]
