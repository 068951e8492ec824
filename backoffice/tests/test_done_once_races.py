"""Every act at the same instant, by one person twice and by two who look at the same page: it is done once."""

import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connections, transaction
from django.test import Client
from django.urls import reverse

from backoffice.books import audit
from backoffice.tests import acts, people, race
from backoffice.tests.acts import Act, Page
from backoffice.tests.scenarios import ACTS
from backoffice.tests.test_done_once import DOUBLED, SHOWN_FIGURES
from backoffice.tests.test_races import POINTS, stop_at
from inventory import spent
from inventory.desk import once
from inventory.models import Inbound, SpentKey
from orders.queue import simulation
from orders.tests import make

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
NOW = people.MONDAY + timedelta(hours=1)
RACED = sorted({*DOUBLED, *sorted(ACTS)[::5]})
"""One act of five, for all go through one door: ``test_done_once`` sends each of them twice, one after the other."""
NOT_COUNTED = {"backoffice_jobrun_start", "password_change"}
"""What they write is a message, or a password, whose salt differs each time."""


@pytest.fixture(autouse=True)
def _monday(settings, tmp_path) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path
    settings.RESTOCK_LIST, settings.SHOP_ADDRESS = True, "Quay 4"
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}, {"model": "inventory.ServiceTarget"}]
    with time_machine.travel(NOW, tick=False):
        yield


def at_once(pages: Sequence[Page]) -> list[Any]:
    """Send these pages at the same instant, each over a connection of its own."""
    start, answers = threading.Barrier(len(pages)), {}

    def send(place: int, page: Page) -> None:
        client = Client()
        client.cookies = page.client.cookies
        start.wait(30)
        try:
            answers[place] = Page(client, page.path, page.fields).send().status_code
        except Exception as error:
            answers[place] = repr(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send, args=(place, page)) for place, page in enumerate(pages)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return [answers.get(place) for place in range(len(pages))]


def held(name: str) -> tuple[list[Page], dict[str, list[Any]]]:
    """One page held twice by one person, and by another one where its figures are shown; the books after one act."""
    act = ACTS[name](people.shop())
    ines, max_ = acts.boss("ines"), acts.boss("max")
    page = acts.opened(ines, act)
    pages = [page, page]
    if name in SHOWN_FIGURES and not act.first:
        pages.append(acts.opened(max_, act))
    mine = session(page)
    with transaction.atomic():
        assert page.send().status_code == 302
        expected = acts.counted()
        transaction.set_rollback(True)
    ines.cookies[settings.SESSION_COOKIE_NAME] = mine  # a new password renews the session
    return pages, expected


@pytest.mark.parametrize("name", RACED)
def test_sent_at_the_same_instant_it_is_done_once(name):
    pages, expected = held(name)
    assert acts.counted() != expected or name in NOT_COUNTED

    codes = at_once(pages)

    assert set(codes) <= {200, 302}
    assert acts.counted() == expected
    assert audit.balances(audit.run(at=NOW))


@pytest.mark.parametrize("name", DOUBLED)
def test_with_the_guard_taken_out_the_same_race_is_lost(name, monkeypatch):
    monkeypatch.setattr(spent, "claim", lambda *args, **kwargs: None)
    monkeypatch.setattr(spent, "fingerprint", lambda *facts: "same")
    pages, expected = held(name)

    at_once(pages)

    assert acts.counted() != expected


# --- a worker that dies -----------------------------------------------------------------------


def receipt() -> tuple[Page, int]:
    lamp = make.product()
    lorry = make.coming(lamp, 20, on=make.TODAY)
    make.line(lamp, 3)
    act = acts.Act(reverse("admin:receive_inbound", args=[lorry.pk]), {f"units-{lorry.pk}": "5"}, is_previewed=True)
    return acts.opened(acts.boss("ines"), act), lorry.pk


def session(page: Page) -> str:
    return page.client.cookies[settings.SESSION_COOKIE_NAME].value


def send_it(session_key: str, path: str, fields: dict[str, Any]) -> int:
    settings.ALLOWED_HOSTS = ["*"]
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session_key
    with time_machine.travel(NOW, tick=False):
        return int(Page(client, path, fields).send().status_code)


def send_and_die(point: str, session_key: str, path: str, fields: dict[str, Any], reached: Any) -> None:
    if point:
        stop_at(point, reached)
    send_it(session_key, path, fields)
    reached.set()
    time.sleep(60)


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_in_the_act_has_spent_nothing_and_the_page_is_sent_again(point):
    page, _ = receipt()
    before = acts.books()
    reached = race.PROCESSES.Event()
    worker = race.start(send_and_die, point, session(page), page.path, page.fields, reached)
    assert reached.wait(60)

    os.kill(worker.pid, signal.SIGKILL)
    worker.join(30)

    assert acts.books() == before
    assert SpentKey.objects.count() == 0
    assert page.send().status_code == 302
    assert page.send().status_code == 302
    assert Inbound.objects.get().received == 5


def test_a_worker_killed_after_the_act_has_done_it_and_the_page_sent_again_gets_its_answer():
    page, _ = receipt()
    reached = race.PROCESSES.Event()
    worker = race.start(send_and_die, "", session(page), page.path, page.fields, reached)
    assert reached.wait(60)

    os.kill(worker.pid, signal.SIGKILL)
    worker.join(30)
    again = page.send()

    told = " ".join(map(str, again.wsgi_request._messages))
    assert told.startswith("Received 5 units of")
    assert once.AGAIN in told
    assert Inbound.objects.get().received == 5


def test_two_processes_that_send_the_same_page_receive_it_once():
    page, _ = receipt()

    codes = race.run(send_it, [(session(page), page.path, page.fields)] * 2)

    assert codes == [302, 302]
    assert Inbound.objects.get().received == 5


def test_who_sends_it_again_while_it_is_not_ended_waits_for_its_answer(monkeypatch):
    """An act that commits by itself has spent its key before it begins."""
    make.line(make.product(), 3)
    once_only, tried = simulation.run, []

    def slow(*args, **kwargs):
        tried.append(args)
        time.sleep(0.5)
        return once_only(*args, **kwargs)

    monkeypatch.setattr(simulation, "run", slow)
    page = acts.opened(acts.boss("ines"), Act(reverse("admin:orders_simulationrun_add"), {"strategy": "age"}))

    codes = at_once([page, page])

    assert (codes, len(tried)) == ([302, 302], 1)
