"""Addresses of the desk."""

from django.urls import path

from yangban.web.desk.views import assessments, coverage, drafts, home, uploads

app_name = "desk"
urlpatterns = [
    path("", home.home, name="home"),
    path("jobs/<uuid:pk>/", home.job, name="job"),
    path("jobs/<uuid:pk>/status/", home.job_status, name="job_status"),
    path("uploads/", uploads.listed, name="uploads"),
    path("uploads/<int:pk>/", uploads.receipt, name="upload"),
    path("uploads/<int:pk>/refused.csv", uploads.refused, name="refused"),
    path("uploads/<int:pk>/repair-<str:digest>.csv", uploads.repair, name="repair"),
    path("coverage/", coverage.overview, name="coverage"),
    path("assess/", assessments.assess, name="assess"),
    path("releases/", drafts.listed, name="drafts"),
    path("releases/new/", drafts.new, name="draft_new"),
    path("releases/<int:pk>/", drafts.one, name="draft"),
    path("releases/<int:pk>/check/", drafts.check, name="draft_check"),
    path("releases/<int:pk>/sign/", drafts.sign, name="draft_sign"),
    path("releases/<int:pk>/again/", drafts.try_again, name="draft_again"),
    path("releases/<int:pk>/return/", drafts.send_back, name="draft_return"),
    path("releases/<int:pk>/withdraw/", drafts.withdraw, name="draft_withdraw"),
    path("account/", home.account, name="account"),
]
