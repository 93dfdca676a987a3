"""A site to test: a workspace with a synthetic year, a release of it, and people of every role at three levels.

The workspace is made once for the whole run and copied for each process; the release is published once into the test database of each.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.core.management import call_command
from django.utils import translation

from web.prepared import REGION
from yangban.readings.workspace import Workspace


@pytest.fixture(scope="session", autouse=True)
def _site_workspace(prepared: Path) -> Iterator[None]:
    """The site's workspace of this process."""
    shutil.copytree(prepared, settings.WORKSPACE, dirs_exist_ok=True)
    yield
    shutil.rmtree(settings.WORKSPACE.parent, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any, _site_workspace: None) -> None:
    """The test database with the release published, once for the process."""
    from yangban.web.public.publishing import sync
    from yangban.web.workspace import site_workspace

    with django_db_blocker.unblock():
        call_command("createcachetable", verbosity=0)
        sync(site_workspace())


@pytest.fixture(autouse=True)
def _fresh() -> None:
    """No test sees what another left in the pages held, in the counters of rate limits, or as the language of the thread."""
    caches["pages"].clear()
    caches["now"].clear()
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def own_workspace(prepared: Path, tmp_path: Path, settings: Any) -> Workspace:
    """A workspace that the test may change; the site serves it while the test runs."""
    copy = tmp_path / "workspace"
    shutil.copytree(prepared, copy)
    settings.WORKSPACE = copy
    settings.MEDIA_ROOT = copy / "site-files"
    return Workspace.open(copy)


PLACES = {"province": "360000", "city": "360100", "county": "360102"}


@pytest.fixture
def bureau(db: None) -> Callable[..., Any]:
    """A bureau at a place, made when it is missing."""
    from yangban.web.accounts.models import Organisation

    def get(region: str, *, kind: str = "bureau", name: str = "") -> Organisation:
        found, _ = Organisation.objects.get_or_create(region=region, kind=kind, name=name or f"{kind} {region}")
        return found

    return get


@pytest.fixture
def person(bureau: Callable[..., Any], django_user_model: Any) -> Callable[..., Any]:
    """A person with a role at a place: ``person("drafter", "360100")``; another call makes another person."""
    from yangban.web.accounts.models import Membership

    def make(role: str, region: str = REGION, *, kind: str = "bureau", organisation: Any = None, name: str = "") -> Any:
        count = django_user_model.objects.count()
        user = django_user_model.objects.create_user(username=name or f"{role}-{region}-{count}", password="a word of twelve letters")
        Membership.objects.create(user=user, organisation=organisation or bureau(region, kind=kind), role=role)
        return user

    return make


@pytest.fixture
def enter(client: Any, settings: Any) -> Callable[[Any], Any]:
    """A client in which a person is logged in, with the second factor done."""

    def go(user: Any) -> Any:
        client.force_login(user)
        session = client.session
        session["second_factor"] = True
        session.save()
        return client

    return go
