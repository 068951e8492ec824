"""The product served, a real Chromium, and windows in which people are signed in."""

import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.conf import settings as configured
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import transaction
from django.test import Client, override_settings
from pytest_django.live_server_helper import LiveServer
from pytest_django.plugin import DjangoDbBlocker

from backoffice.celery import app
from backoffice.tests import people
from backoffice.tests.browser import HEIGHT, WIDE, Window
from backoffice.tests.services import CHROMIUM
from inventory.tests.hands import admin_client, client
from inventory.tests.past import migrate

__all__ = ["admin_client", "client", "migrate"]

if TYPE_CHECKING:
    from playwright.sync_api import Browser

app.conf.broker_url  # read once by a process: before a test says that the broker is elsewhere

NOT_WANTED = (
    # the list of Playwright, which the last switch of the name takes the place of
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *(
        "HttpsFirstBalancedModeAutoEnable",
        "LensOverlay",
        "MediaRouter",
        "PaintHolding",
        "ThirdPartyStoragePartitioning",
    ),
    *("AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled"),
    "PreconnectToSearch",
    # two pages and a process for what nobody types into the bar of addresses: half a second of work for each window
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
)
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    f"--disable-features={','.join(NOT_WANTED)}",
)


@pytest.fixture(scope="module")
def opening() -> Callable[[], Any]:
    """What the shop of a module is made by: a module that wants another says so."""
    return people.shop


@pytest.fixture(scope="module")
def shop_of_the_module(
    opening: Callable[[], Any],
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Any, Path]]:
    """One of everything, and its files, in a transaction that is taken back after the last test of the module."""
    folder = tmp_path_factory.mktemp("files")
    around = transaction.atomic()
    with django_db_blocker.unblock():
        around.__enter__()
        with override_settings(MEDIA_ROOT=folder), time_machine.travel(people.MONDAY, tick=False):
            made = opening()
    yield made, folder
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


@pytest.fixture
def shop(shop_of_the_module: tuple[Any, Path], db: None, settings: Any, tmp_path: Path) -> Any:
    """
    A shop with one of everything, made once for all tests of a module; what one does to it, no other sees.

    A module in which some tests want an empty database makes its own, with ``people.shop()``.
    """
    made, folder = shop_of_the_module
    settings.MEDIA_ROOT = shutil.copytree(folder, tmp_path / "files")
    return deepcopy(made)


@pytest.fixture(scope="session")
def server(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The product, served by this process; its address."""
    with django_db_blocker.unblock():
        live = LiveServer("localhost")
    yield live.url
    live.stop()


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_window(
    transactional_db: None, server: str, chromium: "Browser", artifacts: Path
) -> Iterator[Callable[..., Window]]:
    """Open windows, in which a person may be signed in; in the end, none of their pages has complained."""
    windows: list[Window] = []
    cache.clear()

    def open_window(user: User | None = None, *, width: int = WIDE) -> Window:
        context = chromium.new_context(
            viewport={"width": width, "height": HEIGHT},
            has_touch=width < WIDE,
            locale="en-US",
            reduced_motion="reduce",
        )
        if user:
            client = Client()
            client.force_login(user)
            name = configured.SESSION_COOKIE_NAME
            context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": server}])
        windows.append(Window(context, server, artifacts))
        return windows[-1]

    yield open_window
    for window in windows:
        window.context.close()
    cache.clear()
    assert [complaint for window in windows for complaint in window.complaints] == []
