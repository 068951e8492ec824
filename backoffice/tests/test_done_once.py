"""Every act of every screen is done once, and is what was shown, in whatever way its page is sent."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User

from backoffice.tests import acts, people
from backoffice.tests.scenarios import ACTS
from inventory import spent
from inventory.desk import once
from inventory.models import SpentKey

pytestmark = [pytest.mark.django_db, pytest.mark.embedded, pytest.mark.proof]
NOW = people.MONDAY + timedelta(hours=1)
NO_FIGURES = (
    "_add", "_delete", "_start", "_columns", "_link", "password_change", "own_time", "note_write", "inbox",
    "view_keep", "row_follow", "row_leave",
)  # fmt: skip
SHOWN_FIGURES = {name for name in ACTS if not name.endswith(NO_FIGURES)}
"""Acts on rows whose figures were shown: of two people who hold the same page, one does it."""


SHOWN_OTHERWISE = {"orders_simulationrun_apply", "orders_notice_called"}
"""Acts that touch lines and need no preview: a run of a simulation is its own, and of a call only that it was made."""


@pytest.fixture(autouse=True)
def _monday(settings) -> Iterator[None]:
    settings.RESTOCK_LIST, settings.SHOP_ADDRESS = True, "Quay 4"
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}, {"model": "inventory.ServiceTarget"}]
    with time_machine.travel(NOW, tick=False):
        yield


def moved(before, after) -> bool:
    """Say if an order line that was there stands otherwise: a customer may feel it."""
    return bool(set(before["orders.OrderLine"]) - set(after["orders.OrderLine"]))


def told(response) -> str:
    return " ".join(str(message) for message in response.wsgi_request._messages)


def test_every_act_of_every_screen_has_its_scenario():
    assert acts.acting_addresses() == set(ACTS)
    assert acts.operations() <= set(ACTS)


@pytest.mark.parametrize("name", ACTS)
def test_sent_twice_it_is_done_once_and_gives_the_first_answer_and_sent_otherwise_it_does_nothing(name, shop):
    act = ACTS[name](shop)
    page = acts.opened(acts.boss("ines"), act)
    before = acts.books()

    first = page.send()
    once_done = acts.books()
    words = told(first)
    second = page.send()
    other = page.send(reason="Another one", _other="1")

    assert first.status_code == 302, re.findall(r"errorlist[^>]*>(.*?)</ul>", first.content.decode(), re.S)
    assert once_done != before
    assert act.is_previewed or name in SHOWN_OTHERWISE or not moved(before, once_done)
    assert acts.books() == once_done
    assert (second.status_code, second["Location"]) == (302, first["Location"])
    assert once.AGAIN in told(second)
    assert words in told(second)
    assert once.AGAIN not in map(str, other.wsgi_request._messages._queued_messages)


@pytest.mark.parametrize("name", ACTS)
def test_without_a_key_of_ones_own_nothing_is_done_and_after_a_refusal_the_page_may_be_sent_again(name, shop):
    boss = acts.boss("ines")
    act = ACTS[name](shop)
    page = acts.opened(boss, act)
    acts.boss("max")
    of_max = once.fresh(User.objects.get(username="max"), NOW)
    old = once.fresh(User.objects.get(username="ines"), NOW - spent.KEPT)
    before = acts.books()

    for key in ("", "made-up", of_max, old):
        refused = page.send(once=key)
        assert once.NO_KEY.partition(":")[0] in refused.content.decode() + told(refused), key
    if "fingerprint" in page.fields:
        page.send(fingerprint="another")

    assert acts.books() == before
    assert SpentKey.objects.count() == (1 if act.first else 0)
    assert page.send().status_code == 302
    assert acts.books() != before


@pytest.mark.parametrize("name", sorted(SHOWN_FIGURES))
def test_of_two_people_who_hold_the_same_page_one_does_it_and_the_other_is_told(name, shop):
    act = ACTS[name](shop)
    of_ines = acts.opened(acts.boss("ines"), act)
    of_max = acts.opened(acts.boss("max"), act) if not act.first else None
    of_ines.send()
    once_done = acts.books()

    second = of_max.send() if of_max else None

    assert acts.books() == once_done
    assert second is None or once.AGAIN not in told(second)


SAVED_AGAIN = {name for name in SHOWN_FIGURES if name.endswith(("_change", "_edit"))} - {
    "suppliers_offer_change",
    "view_change",
}
"""Pages with a button to save; a price tier may stand in an offer only once, and a view is one person's."""


@pytest.mark.parametrize("name", sorted(SAVED_AGAIN))
def test_a_page_that_is_told_of_newer_figures_can_be_saved_from_where_it_stands(name, shop):
    act = ACTS[name](shop)
    of_ines, of_max = (acts.opened(acts.boss(who), act) for who in ("ines", "max"))
    of_ines.send()

    told_first = of_max.send()

    assert told_first.status_code == 200
    assert acts.Page(of_max.client, of_max.path, of_max.fields | acts.form_of(told_first)).send().status_code == 302


DOUBLED = (
    "inventory_stock_damage",
    "orders_shipment_return",
    "inventory_transfer_add",
    "receive_inbound",
    "receive_transfer",
    "orders_hold_add",
)
ADDED = ("inventory_demandevent_add",)


@pytest.mark.parametrize("name", [*DOUBLED, *ADDED])
def test_with_the_guard_taken_out_it_is_done_twice(name, shop, monkeypatch):
    """The control: the same acts, with no key spent and a fingerprint that holds nothing."""
    monkeypatch.setattr(spent, "claim", lambda *args, **kwargs: None)
    monkeypatch.setattr(spent, "fingerprint", lambda *facts: "same")
    page = acts.opened(acts.boss("ines"), ACTS[name](shop))
    page.send()
    once_done = acts.books()

    page.send()

    assert acts.books() != once_done
