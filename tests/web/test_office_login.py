"""The office's own login service: tied to an account by its holder, then instead of the password; a stranger gets nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
from allauth.socialaccount.models import SocialAccount

from web.login_service import CLIENT, SECRET, LoginService, running
from yangban.web.accounts.models import AuditEntry


@pytest.fixture
def service(settings: Any) -> Iterator[LoginService]:
    with running() as found:
        _use(settings, found.url)
        yield found


def _use(settings: Any, url: str) -> None:
    app = {"provider_id": "office", "name": "统一身份认证", "client_id": CLIENT, "secret": SECRET, "settings": {
        "server_url": url, "oauth_pkce_enabled": True}}  # fmt: skip
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}


def _sent_back(url: str) -> str:
    """Where the service sends the browser: path and query on our site."""

    class Stay(HTTPRedirectHandler):
        def redirect_request(self, *_args: Any, **_kwargs: Any) -> Request | None:
            return None

    try:
        build_opener(Stay).open(url, timeout=5)
    except OSError as told:
        back = urlsplit(told.headers["Location"])  # type: ignore[attr-defined]
        return f"{back.path}?{back.query}"
    raise AssertionError("the service did not send back")


LOGIN = "/accounts/oidc/office/login/"


def _press(client: Any, address: str) -> Any:
    sent = client.post(address)
    assert sent.status_code == 302, sent.text
    return client.get(_sent_back(sent.url))


def test_a_stranger_of_the_service_gets_no_account(client: Any, db: None, service: LoginService, django_user_model: Any) -> None:
    before = django_user_model.objects.count()
    page = _press(client, LOGIN)
    shown = page if page.status_code == 200 else client.get(page.url)
    assert "还没有绑定" in shown.text
    assert django_user_model.objects.count() == before
    assert "_auth_user_id" not in client.session


def test_tied_once_it_stands_for_the_password(client: Any, enter: Any, person: Any, service: LoginService) -> None:
    user = person("drafter")
    staff = enter(user)
    assert "绑定" in staff.get("/desk/account/").text
    tied = _press(staff, f"{LOGIN}?process=connect")
    assert (tied.status_code, tied.url) == (302, "/desk/account/")
    account = SocialAccount.objects.get()
    assert (account.user, account.uid) == (user, "0001")
    assert AuditEntry.objects.filter(action="account.office.tied", actor=user.username).exists()
    assert "张三（虚构）" in staff.get("/desk/account/").text
    staff.post("/accounts/logout/")
    back = _press(client, LOGIN)
    assert back.status_code == 302
    assert client.session["_auth_user_id"] == str(user.pk)
    # Staff without a second factor of ours are led to it all the same.
    assert client.get("/desk/").url.endswith("/accounts/2fa/totp/activate/")


def test_the_second_factor_is_asked_after_the_service(client: Any, person: Any, service: LoginService) -> None:
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    user = person("drafter")
    TOTP.activate(user, generate_totp_secret())
    SocialAccount.objects.create(user=user, provider="office", uid="0001")
    back = _press(client, LOGIN)
    assert back.url.startswith("/accounts/2fa/authenticate/")
    assert "_auth_user_id" not in client.session


def test_whoever_has_left_does_not_come_in_by_the_service(client: Any, person: Any, service: LoginService) -> None:
    user = person("drafter")
    SocialAccount.objects.create(user=user, provider="office", uid="0001")
    user.is_active = False
    user.save()
    _press(client, LOGIN)
    assert "_auth_user_id" not in client.session


def test_one_identity_belongs_to_one_account(client: Any, enter: Any, person: Any, service: LoginService) -> None:
    first, second = person("drafter"), person("checker")
    SocialAccount.objects.create(user=first, provider="office", uid="0001")
    staff = enter(second)
    _press(staff, f"{LOGIN}?process=connect")
    assert SocialAccount.objects.get().user == first


def test_the_tie_is_cut_by_its_holder(enter: Any, person: Any, service: LoginService) -> None:
    user = person("drafter")
    row = SocialAccount.objects.create(user=user, provider="office", uid="0001", extra_data={"userinfo": {"name": "张三（虚构）"}})
    staff = enter(user)
    other = SocialAccount.objects.create(user=person("checker"), provider="office", uid="0002")
    assert staff.post("/accounts/3rdparty/", {"account": other.pk}).status_code == 200
    assert SocialAccount.objects.count() == 2
    staff.post("/accounts/3rdparty/", {"account": row.pk})
    assert list(SocialAccount.objects.all()) == [other]
    assert AuditEntry.objects.filter(action="account.office.untied", actor=user.username).exists()


@pytest.mark.parametrize("change", ["state", "code", "refused", "other browser"])
def test_what_comes_back_wrong_lets_nobody_in(client: Any, person: Any, service: LoginService, change: str) -> None:
    from django.test import Client

    SocialAccount.objects.create(user=person("drafter"), provider="office", uid="0001")
    service.refuses = change == "refused"
    back = _sent_back(client.post(LOGIN).url)
    if change in {"state", "code"}:
        back = back.replace(f"{change}=", f"{change}=x")
    browser = Client() if change == "other browser" else client
    page = browser.get(back, follow=True)
    assert page.status_code in {200, 401, 403}
    assert "没有登录成功" in page.text or "已取消" in page.text
    assert "_auth_user_id" not in browser.session


def test_a_code_is_of_use_once(client: Any, person: Any, service: LoginService) -> None:
    from django.test import Client

    SocialAccount.objects.create(user=person("drafter"), provider="office", uid="0001")
    back = _sent_back(client.post(LOGIN).url)
    client.get(back)
    assert "_auth_user_id" in client.session
    thief = Client()
    thief.get(back)
    assert "_auth_user_id" not in thief.session


def test_a_service_that_is_away_is_said_so(client: Any, db: None, settings: Any) -> None:
    with running() as gone:
        url = gone.url
    _use(settings, url)
    page = client.post(LOGIN, follow=True)
    assert page.status_code == 502
    assert "没有登录成功" in page.text
