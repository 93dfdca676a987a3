"""Addresses of plans and tasks on the desk."""

from django.urls import path

from yangban.web.plans.views import calendar, desk, forms, hooks, office, plan, show

app_name = "plans"
urlpatterns = [
    path("tasks/", desk.week, name="week"),
    path("tasks/mine/", desk.mine, name="mine"),
    path("tasks/list/", show.listed, name="list"),
    path("tasks/list.xlsx", show.export, name="export"),
    path("tasks/board/", show.board, name="board"),
    path("tasks/matrix/", show.matrix, name="matrix"),
    path("tasks/map/", show.county_map, name="map"),
    path("tasks/tree/", show.tree, name="tree"),
    path("tasks/views/", show.keep, name="keep_view"),
    path("tasks/month/<str:period>/", desk.month, name="month"),
    path("tasks/reports/", desk.waiting, name="reports"),
    path("tasks/reports/<str:pk>/", desk.one_report, name="one_report"),
    path("tasks/delegate/", desk.delegate, name="delegate"),
    path("tasks/delegate/<int:pk>/end/", desk.take_back, name="take_back"),
    path("tasks/notes/", desk.notes, name="notes"),
    path("tasks/calendar/", calendar.page, name="calendar"),
    path("tasks/hooks/", hooks.listed, name="hooks"),
    path("tasks/papers/", office.papers, name="papers"),
    path("tasks/papers/<int:pk>/", office.paper_file, name="paper_file"),
    path("tasks/warnings/", office.warnings, name="warnings"),
    path("tasks/warnings/scan/", office.scan, name="scan"),
    path("tasks/office/", office.month, name="office"),
    path("tasks/office/remind/", office.remind, name="remind"),
    path("tasks/office/judge/", office.judge, name="judge"),
    path("tasks/office/paper/<str:kind>/", office.paper, name="paper"),
    path("tasks/office/issue/", office.issue, name="issue"),
    path("tasks/office/issue/template.xlsx", office.template, name="issue_template"),
    path("tasks/<str:pk>/", desk.task, name="task"),
    path("tasks/<str:pk>/do/<str:event>/", desk.do, name="do"),
    path("tasks/<str:pk>/evidence/", desk.add_evidence, name="evidence"),
    path("tasks/<str:pk>/files/<str:digest>/", desk.download, name="file"),
    path("tasks/<str:pk>/report/<str:period>/", desk.report, name="report"),
    path("plans/", plan.listed, name="plans"),
    path("plans/new/", plan.new, name="plan_new"),
    path("plans/<str:word>/", plan.one, name="plan"),
    path("plans/<str:word>/public/", plan.publish, name="plan_public"),
    path("forms/", forms.listed, name="forms"),
    path("forms/new/", forms.new, name="form_new"),
    path("forms/burden/", forms.burden, name="burden"),
    path("forms/<str:number>/<str:period>/", forms.fill, name="form"),
]
