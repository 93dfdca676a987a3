"""Sessions end: when idle, one by one, with the password, with a post; passwords are not taken again, and may grow old."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from yangban.web.accounts import people
from yangban.web.accounts.agents import browser
from yangban.web.accounts.models import OldPassword, User, today

pytestmark = pytest.mark.django_db
WORD = "a word of twelve letters"


def back(client: Any, minutes: float) -> None:
    session = client.session
    session["seen"] = int(time.time() - minutes * 60)
    session.save()


def test_staff_are_logged_out_when_nothing_comes_from_them(small_workspace: Any, person: Any, enter: Any) -> None:
    client = enter(person("reader", "360100"))
    back(client, 29)
    assert client.get("/desk/").status_code == 200
    back(client, 31)
    answer = client.get("/desk/", follow=True)
    assert answer.redirect_chain[0][0].startswith("/accounts/login/")
    assert "30 分钟没有操作" in answer.text
    assert "_auth_user_id" not in client.session


def test_members_stay_longer_and_a_site_may_set_its_own_minutes(
    small_workspace: Any, person: Any, enter: Any, settings: Any, django_user_model: Any
) -> None:
    member = django_user_model.objects.create_user("member", password=WORD)
    client = enter(member)
    back(client, 300)
    client.get("/desk/account/")
    assert "_auth_user_id" in client.session
    settings.IDLE_MINUTES = 5
    client = enter(person("reader", "360100"))
    back(client, 6)
    assert client.get("/desk/").status_code == 302
    settings.IDLE_MINUTES = 0
    client = enter(person("reader", "360100"))
    back(client, 600)
    assert client.get("/desk/").status_code == 200


def test_what_a_page_asks_for_by_itself_is_no_sign_of_a_person(small_workspace: Any, person: Any, enter: Any) -> None:
    client = enter(person("reader", "360100"))
    back(client, 20)
    client.get("/desk/jobs/00000000-0000-0000-0000-000000000000/status/")
    assert time.time() - client.session["seen"] > 19 * 60
    client.get("/desk/")
    assert time.time() - client.session["seen"] < 60


def test_one_of_ones_own_sessions_is_ended_and_nobody_elses(small_workspace: Any, person: Any, enter: Any) -> None:
    user, stranger = person("reader", "360100"), person("reader", "360100")
    there, elsewhere = Client(HTTP_USER_AGENT="Firefox there"), Client()
    there.force_login(user)
    there.get("/desk/account/")
    elsewhere.force_login(stranger)
    here = enter(user)
    page = here.get("/desk/account/").text
    assert "Firefox there" in page
    assert there.session.session_key not in page
    (theirs,) = people.places_logged_in(stranger, "")
    here.post("/desk/account/sessions/end-one/", {"name": theirs.name})
    assert len(people.sessions_of(stranger)) == 1
    (mine,) = [each for each in people.places_logged_in(user, here.session.session_key) if not each.here]
    here.post("/desk/account/sessions/end-one/", {"name": mine.name})
    assert "_auth_user_id" not in there.session
    assert here.get("/desk/account/").status_code == 200


def change(client: Any, old: str, new: str) -> Any:
    caches["default"].clear()  # how often one may try is another test's
    return client.post("/accounts/password/change/", {"oldpassword": old, "password1": new, "password2": new})


def test_a_new_password_ends_every_other_session(small_workspace: Any, person: Any, enter: Any) -> None:
    user = person("reader", "360100")
    there, here = Client(), enter(user)
    there.force_login(user)
    assert change(here, WORD, "another word of some length").status_code == 302
    assert there.get("/desk/").status_code == 302
    assert here.get("/desk/account/").status_code == 200


def test_a_new_post_and_the_end_of_one_end_the_sessions(small_workspace: Any, person: Any, enter: Any) -> None:
    """What somebody may do has changed; no page of before is left open."""
    security, user = person("security", "360100"), person("reader", "360100")
    client = enter(user)
    post = people.grant(security, user, user.memberships.get().organisation, "drafter", start=today())
    assert client.get("/desk/").status_code == 302
    client = enter(user)
    people.end(security, post, today())
    assert client.get("/desk/").status_code == 302


def test_the_last_five_passwords_are_not_taken_again(small_workspace: Any, person: Any, enter: Any) -> None:
    user = person("reader", "360100")
    user.set_password(WORD)
    user.save()
    client = enter(user)
    words = [f"a good long word number {n}x" for n in range(6)]
    before = WORD
    for word in words[:4]:
        assert change(client, before, word).status_code == 302
        before = word
    for again in (WORD, *words[:4]):
        assert "不能再用" in change(client, before, again).text
    assert change(client, before, words[4]).status_code == 302
    assert change(client, words[4], WORD).status_code == 302, "the sixth last is free again"
    assert OldPassword.objects.filter(user=user).count() == 5
    assert not OldPassword.objects.filter(digest__contains="good long").exists()


def test_a_password_grows_old_where_the_site_says_so(small_workspace: Any, person: Any, enter: Any, settings: Any) -> None:
    user = person("reader", "360100")
    client = enter(user)
    User.objects.filter(pk=user.pk).update(password_set_at=timezone.now() - timedelta(days=91))
    assert client.get("/desk/").status_code == 200
    settings.PASSWORD_DAYS = 90
    answer = client.get("/desk/")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/password/change/"
    change(client, WORD, "another word of some length")
    assert client.get("/desk/").status_code == 200


def test_a_lock_is_taken_off(small_workspace: Any, person: Any, client: Any, rf: Any) -> None:
    security, user = person("security", "360100"), person("reader", "360100")
    for _ in range(10):
        client.post("/accounts/login/", {"login": user.username, "password": "wrong"})
    assert "_auth_user_id" not in client.post("/accounts/login/", {"login": user.username, "password": WORD}).client.session
    people.unlock(security, user, rf.get("/", HTTP_HOST="testserver"))
    client.post("/accounts/login/", {"login": user.username, "password": WORD})
    assert "_auth_user_id" in client.session


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0",
            "Edge · Windows",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; UOS) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/102.0 Safari/537.36", "Chrome · 统信 UOS"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1",
            "Safari · 苹果手机",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; V2245A) AppleWebKit/537.36 Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0.49",
            "微信 · 安卓",
        ),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
    ],
)
def test_a_browser_is_called_what_its_owner_calls_it(agent: str, said: str) -> None:
    assert browser(agent) == said
