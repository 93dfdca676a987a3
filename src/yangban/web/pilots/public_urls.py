"""Addresses of titles, pilots and projects for everyone."""

from django.urls import path

from yangban.web.pilots.views import public

app_name = "open-pilots"
urlpatterns = [
    path("pilots/", public.titles, name="titles"),
    path("pilots/notices/<str:number>/", public.notice, name="notice"),
    path("pilots/<str:word>/", public.pilot, name="pilot"),
    path("projects/", public.projects, name="projects"),
    path("projects/<str:word>/", public.project, name="project"),
    path("projects/<str:word>/photos/<str:digest>.jpg", public.photo, name="photo"),
]
