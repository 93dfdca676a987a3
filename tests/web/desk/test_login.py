"""Logging in with two factors, in the site's own pages: set up once, asked for afterwards, a recovery code when the phone is lost."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp

pytestmark = pytest.mark.django_db
WORD = "a word of twelve letters"


def code_of(secret: str) -> str:
    counter = int(time.time()) // 30
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


def test_the_second_factor_is_set_up_and_asked_for(small_workspace: Any, person: Any, client: Any) -> None:
    user = person("drafter", "360100")
    client.post("/accounts/login/", {"login": user.username, "password": WORD})
    again = client.get("/desk/", follow=True)
    assert again.redirect_chain[0][0] == "/accounts/2fa/totp/activate/"
    # Whoever changes how one logs in gives the password once more.
    assert "请再输一遍密码" in again.text
    first = client.post(again.redirect_chain[-1][0], {"password": WORD}, follow=True)
    assert "启用手机验证器" in first.text
    secret = re.search(r'class="once">([A-Z2-7]+)<', first.text)
    assert secret is not None
    wrong = client.post("/accounts/2fa/totp/activate/", {"code": "000000"})
    assert "errorlist" in wrong.text
    client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret[1])})
    assert client.get("/desk/").status_code == 200
    codes = re.findall(r"<li>([0-9a-zA-Z-]{8,})</li>", client.get("/accounts/2fa/recovery-codes/").text)
    assert len(codes) == 10
    client.post("/accounts/logout/")
    asked = client.post("/accounts/login/", {"login": user.username, "password": WORD}, follow=True)
    assert asked.redirect_chain[-1][0].startswith("/accounts/2fa/authenticate/")
    assert "双因素验证" in asked.text
    assert client.get("/desk/").status_code == 302
    client.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert client.get("/desk/").status_code == 200
    client.post("/accounts/logout/")
    client.post("/accounts/login/", {"login": user.username, "password": WORD})
    client.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert client.get("/desk/").status_code == 302, "a recovery code works once"


def test_ones_own_other_sessions_are_ended(small_workspace: Any, person: Any, enter: Any, django_user_model: Any) -> None:
    from django.test import Client

    user = person("reader", "360100")
    there = Client()
    there.force_login(user)
    here = enter(user)
    assert here.post("/desk/account/sessions/end/").status_code == 302
    assert there.get("/desk/").status_code == 302
    assert here.get("/desk/account/").status_code == 200


@pytest.mark.parametrize("path", ["login/", "password/reset/", "password/reset/done/", "signup/"])
@pytest.mark.parametrize("language", ["", "/en"])
def test_the_doors_wear_the_sites_face(client: Any, path: str, language: str) -> None:
    answer = client.get(f"{language}/accounts/{path}")
    assert answer.status_code == 200
    assert "desk.css" in answer.text
    assert answer.text.count("<h1") == 1
    assert not re.search(r"\sstyle=|\son[a-z]+=", answer.text)
