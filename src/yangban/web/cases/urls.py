"""Addresses of the library and of activities."""

from django.urls import path

from yangban.web.cases.views import books, desk, events, open, running

app_name = "cases"
urlpatterns = [
    path("cases/", open.listed, name="list"),
    path("cases/pictures/<str:digest>.<str:size>.jpg", open.picture, name="picture"),
    path("cases/<slug:number>/", open.one, name="one"),
    path("events/", events.listed, name="events"),
    path("events/mine/", events.mine, name="my_sign_ups"),
    path("events/mine/<slug:code>/", events.sign_up, name="sign_up"),
    path("events/c/<slug:code>/", events.check_in, name="check_in"),
    path("events/<int:pk>/", events.one, name="event"),
    path("desk/cases/", desk.mine, name="mine"),
    path("desk/cases/new/", desk.new, name="new"),
    path("desk/cases/reviews/", desk.reviews, name="reviews"),
    path("desk/cases/calls/", desk.calls, name="calls"),
    path("desk/cases/<slug:number>/", desk.case, name="case"),
    path("desk/cases/<slug:number>/write/", desk.write, name="write"),
    path("desk/cases/<slug:number>/figures/", desk.figures, name="figures"),
    path("desk/cases/<slug:number>/pictures/", desk.pictures, name="pictures"),
    path("desk/cases/<slug:number>/diff/<int:old>-<int:new>/", desk.diff, name="diff"),
    path("desk/cases/<slug:number>/do/<slug:move>/", desk.do, name="do"),
    path("desk/cases/<slug:number>/copy/", desk.copy, name="copy"),
    path("desk/compendia/", books.listed, name="books"),
    path("desk/compendia/<int:pk>/", books.one, name="book"),
    path("desk/compendia/<int:pk>/make/", books.make, name="book_make"),
    path("desk/compendia/<int:pk>/<int:number>.docx", books.download, name="book_file"),
    path("desk/activities/", running.listed, name="activities"),
    path("desk/activities/new/", running.plan, name="activity_new"),
    path("desk/activities/<int:pk>/", running.one, name="activity"),
    path("desk/activities/<int:pk>/change/", running.plan, name="activity_change"),
    path("desk/activities/<int:pk>/do/<slug:step>/", running.do, name="activity_do"),
    path("desk/activities/<int:pk>/code/", running.code, name="activity_code"),
]
