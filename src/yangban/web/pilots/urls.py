"""Addresses of applications, pilots and projects on the desk."""

from django.urls import path

from yangban.web.pilots.views import applications, pilots, projects

app_name = "pilots"
urlpatterns = [
    path("applications/", applications.listed, name="applications"),
    path("applications/programmes/", applications.programmes, name="programmes"),
    path("applications/new/", applications.new, name="application_new"),
    path("applications/declare/", applications.declare, name="declare"),
    path("applications/<str:pk>/", applications.application, name="application"),
    path("applications/<str:pk>/self-check/", applications.self_check, name="self_check"),
    path("applications/<str:pk>/do/<str:event>/", applications.do, name="do"),
    path("applications/<str:pk>/files/", applications.add_files, name="files"),
    path("applications/<str:pk>/files/<str:digest>/", applications.download, name="file"),
    path("pilots/", pilots.listed, name="pilots"),
    path("pilots/new/", pilots.new, name="pilot_new"),
    path("pilots/<str:word>/", pilots.pilot, name="pilot"),
    path("pilots/<str:word>/policies/", pilots.add_policy, name="policy_new"),
    path("pilots/<str:word>/policies/<int:number>/", pilots.report_policy, name="policy"),
    path("pilots/<str:word>/public/", pilots.publish, name="pilot_public"),
    path("projects/", projects.listed, name="projects"),
    path("projects/new/", projects.new, name="project_new"),
    path("projects/<str:word>/", projects.project, name="project"),
    path("projects/<str:word>/do/<str:what>/", projects.act, name="project_act"),
    path("projects/<str:word>/photos/<str:digest>/", projects.photo, name="photo"),
]
