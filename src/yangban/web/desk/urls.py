"""Addresses of the desk."""

from django.urls import path

from yangban.web.desk import views

app_name = "desk"
urlpatterns = [
    path("", views.home, name="home"),
]
