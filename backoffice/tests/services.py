"""
Pytest plugin: what this machine offers the tests.

A marked test whose service is missing skips and says what it lacks; what takes long waits until it is asked for. Each
worker of a parallel run has a Redis database of its own, and nothing is remembered from one test to the next. Where
django-zeal is installed, a request that makes an N+1 query fails its test.
"""

import gc
import importlib.util
import os
import re
import shutil
from collections.abc import Callable, Generator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

TOUCHING = ("django_db", "django.db", "django.test", "subprocess", "DATABASE_URL", "services", "transactional")
"""Words without which the source of a module of tests has nothing to do with a database."""
LONGEST = ("test_browser_screens.py",)
"""Modules whose tests take minutes each: they begin, so that no worker is left alone with one in the end."""
MIGRATING = re.compile(r"def test_\w+\([^)]*\bmigrate\b")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def own_redis(url: str, worker: str) -> str:
    """
    Move a worker's Redis database up by the worker's number, so that none takes another's messages.

    >>> own_redis("redis://localhost:6379/4", "gw1")
    'redis://localhost:6379/5'
    """
    return re.sub(r"/(\d+)$", lambda found: f"/{int(found[1]) + int(worker.removeprefix('gw'))}", url)


if "REDIS_URL" in os.environ and "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["REDIS_URL"] = own_redis(os.environ["REDIS_URL"], os.environ["PYTEST_XDIST_WORKER"])


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings
    from django.test import TransactionTestCase

    from backoffice.tests import emptying

    if not config.option.markexpr and config.args_source == pytest.Config.ArgsSource.TESTPATHS:
        config.option.markexpr = "not proof"

    # A log-in in each test need not be hard to guess.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # News goes in the moment it is written, at whatever hour a test runs; tests of the time set it as shops have it.
    settings.MAIL_QUIET_MINUTES = settings.MAIL_NIGHT_FROM = settings.MAIL_NIGHT_TO = 0
    # Nor does each browser of a test read every static file before its first page.
    settings.WHITENOISE_AUTOREFRESH = True
    TransactionTestCase._fixture_teardown = emptying.empty  # type: ignore[attr-defined]
    if importlib.util.find_spec("zeal"):
        from zeal.apps import ZealConfig

        ZealConfig("zeal", importlib.import_module("zeal")).ready()
        settings.MIDDLEWARE.insert(0, "zeal.middleware.zeal_middleware")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give all tests that share what was made once to one worker, and the others one by one."""
    if config.getoption("dist") != "load":
        return None
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            module = nodeid.partition("::")[0]
            return sharing(config.rootpath / module) or nodeid

    return Scheduling(config, log)


@cache
def sharing(module: Path) -> str:
    """Name those among whom the tests of this module share what one of them makes; "" if each makes its own."""
    source = module.read_text()
    if MIGRATING.search(source):
        return "shops of earlier releases"
    return str(module) if 'scope="module"' in source else ""


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, Any, Any]:
    """Begin with a copy of a shop that was migrated before by the same code, where there is one."""
    if fixturedef.argname != "django_db_setup":
        return (yield)
    from pytest_django import fixtures

    from backoffice.benches.shops import empty
    from backoffice.tests import emptying

    with empty.copied(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(fixtures, "_get_databases_for_setup", partial(databases, fixtures._get_databases_for_setup))
        made = yield
    with request.getfixturevalue("django_db_blocker").unblock():
        emptying.remember()
    return made


def databases(asked_for: Callable[[Sequence[pytest.Item]], Any], items: Sequence[pytest.Item]) -> Any:
    """
    Give the test databases of these tests: one in any case. What a module makes once asks for none by a mark, and
    would be written to the shop that stands there.
    """
    from django.db import DEFAULT_DB_ALIAS

    aliases, serialized = asked_for(items)
    return {DEFAULT_DB_ALIAS, *aliases}, serialized


def lacking() -> dict[str, str]:
    """Name, for each marker, what keeps its tests from running here."""
    missing = {}
    if not os.environ.get("DATABASE_URL", "").startswith("postgres") or not os.environ.get("REDIS_URL"):
        missing["services"] = "needs DATABASE_URL (PostgreSQL) and REDIS_URL"
    if not CHROMIUM or not importlib.util.find_spec("playwright"):
        missing["browser"] = "needs Chromium and Playwright"
    elif not os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE"):
        missing["browser"] = "needs DJANGO_ALLOW_ASYNC_UNSAFE=1, in a run of its own: pytest -m browser"
    return missing


def is_alike_everywhere(source: str) -> bool:
    """Whether tests touch no database and start nothing that does: run on one, they need not run on the other."""
    return not any(word in source for word in TOUCHING)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in LONGEST)
    alike = {path: is_alike_everywhere(path.read_text()) for path in {item.path for item in items}}
    for item in items:
        if alike[item.path] and item.path.name.startswith("test_"):
            item.add_marker(pytest.mark.embedded)
    for marker, reason in lacking().items():
        for item in items:
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What thousands of tests are made of stays to the end: no collector of garbage need look at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    """No test reads a figure that another has left in the cache, however long ago by its own clock."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """A folder for screenshots and the like; kept after the run, never committed."""
    folder = Path(os.environ.get("ARTIFACTS_DIR", "var/artifacts")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder
