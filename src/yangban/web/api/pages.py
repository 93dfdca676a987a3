"""Addresses of the pages about keys."""

from django.urls import path

from yangban.web.api import views

app_name = "keys"
urlpatterns = [
    path("", views.key_list, name="list"),
    path("new/", views.key_new, name="new"),
    path("<int:number>/revoke/", views.key_revoke, name="revoke"),
]
