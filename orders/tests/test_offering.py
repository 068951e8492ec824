"""Another product that staff offer for what waits: told by mail, taken or declined on the page of the order, once."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from inventory.models import Product
from orders import fulfillment
from orders.fulfillment import availability, holds
from orders.mail import notices, told
from orders.models import (
    EventKind,
    LineEvent,
    Notice,
    NoticeKind,
    NoticeLine,
    NoticeState,
    Order,
    OrderLine,
    PageAct,
    SubstituteOffer,
    WarehouseRule,
)
from orders.tests import make
from orders.tests.pages import address, carried, database, decide, look, preview, text

pytestmark = pytest.mark.django_db
NOW = make.MONDAY + timedelta(hours=2)
TAKE, NO = {"offer-1": "take"}, {"offer-1": "no"}


@pytest.fixture(autouse=True)
def _monday(settings: Any) -> Iterator[None]:
    cache.clear()
    settings.SHOP_CURRENCY = "EUR"
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def birch() -> Product:
    made = make.product("BIRCH", name="Birch lamp")
    make.on_hand(made, 50)
    return made


@pytest.fixture
def order() -> Order:
    """Of 11 lamps 9 are here, 2 wait."""
    lamp = make.product(name="Pier floor lamp")
    make.on_hand(lamp, 9)
    make.coming(lamp, 40, on=make.TODAY + timedelta(days=30))
    made = make.order((lamp, 11), reference="HP-6807")
    OrderLine.objects.update(unit_price=40)
    return made


def line(order: Order) -> OrderLine:
    return OrderLine.objects.get(order=order, position=1)


def offered(order: Order, other: Product, price: str | None = "45", **more: Any) -> SubstituteOffer:
    own = [line(order).pk]
    unit_price = Decimal(price) if price else None
    fulfillment.offer_substitute(own, other.pk, unit_price=unit_price, reason="Oak is late", by=None, at=NOW, **more)
    return SubstituteOffer.objects.get(end="")


def mail() -> Notice | None:
    return Notice.objects.filter(kind=NoticeKind.OFFERED).order_by("-pk").first()


def test_a_mail_tells_of_it_and_nothing_of_the_line_changes(order, birch):
    before = OrderLine.objects.values().get()

    offered(order, birch)

    assert OrderLine.objects.values().get() == before
    words = notices.preview(mail(), at=NOW)
    assert words.subject == "Another product instead? 2 × Pier floor lamp (order HP-6807)"
    body = " ".join(words.text.split())
    assert "In place of the 2 that wait you can have: Birch lamp, at 45.00 EUR each instead of 40.00 EUR." in body
    assert address(order) in words.text
    event = LineEvent.objects.get(kind=EventKind.OFFERED)
    assert event.text == "offered: Birch lamp, at 45.00 EUR each instead of 40.00 EUR. Oak is late"


def test_the_page_names_it_with_its_price_and_shows_what_it_changes(order, birch):
    offered(order, birch)

    assert (
        "Another product instead? In place of the 2 × Pier floor lamp that you wait for you can have: "
        "Birch lamp, at 45.00 EUR each instead of 40.00 EUR."
    ) in text(look(order))
    shown = text(look(order, "offer", **TAKE))
    assert "In place of the 2 × Pier floor lamp that you wait for, we send you Birch lamp, at 45.00 EUR" in shown
    assert "It is here." in shown
    assert "You wait on for 2 × Pier floor lamp." in text(look(order, "offer", **NO))


def test_at_the_same_price_no_amount_is_said(order, birch):
    offered(order, birch, price=None)

    assert "you can have: Birch lamp, at the same price." in text(look(order))


def test_what_is_taken_replaces_what_waits_and_nothing_else(order, birch):
    offer = offered(order, birch)

    said = text(decide(order, "offer", **TAKE))

    assert "Thank you. You take Birch lamp, at 45.00 EUR each instead of 40.00 EUR, in place of 2 × Pier" in said
    own = OrderLine.objects.order_by("position").values_list("product__sku", "open", "allocated", "unit_price")
    assert [row[1:] for row in own] == [(9, 9, 40), (2, 2, 45)]
    assert own[1][0] == "BIRCH"
    offer.refresh_from_db()
    assert (offer.end, offer.ended_at) == ("taken", NOW)
    assert NoticeLine.objects.filter(kind=NoticeKind.SUBSTITUTED, order=order).count() == 2
    assert mail().state == NoticeState.SUPERSEDED
    assert PageAct.objects.get().kind == "answered"
    assert "Another product instead" not in said


def test_what_somebody_else_took_meanwhile_is_shown_before_it_is_taken(order):
    other = make.product("OSLO", name="Oslo lamp")
    make.on_hand(other, 2)
    offered(order, other)
    page = preview(order, "offer", **TAKE)
    make.order((other, 1), at=NOW)

    answer = Client().post(address(order, "offer"), {**carried(page), "do": "1"})

    assert "It is here." in text(page)
    assert answer.status_code == 409
    assert "A part of it is here, the rest has to come first, and no date can be given for it yet." in text(answer)
    assert (OrderLine.objects.filter(order=order).count(), PageAct.objects.count()) == (1, 0)


def test_what_cannot_be_had_any_more_is_said_and_not_taken(order):
    other = make.product("OSLO", name="Oslo lamp", is_discontinued=True)
    make.on_hand(other, 1)
    offered(order, other)

    page = preview(order, "offer", **TAKE)
    answer = decide(order, "offer", **TAKE)

    assert "There is not enough of it any more. Please ask us." in text(page)
    assert "This will happen" not in text(page)
    assert "Yes, do it like this" not in text(page)
    assert "You wait on for 2 × Pier floor lamp." in text(preview(order, "offer", **NO))
    assert "It has to come first" not in text(page)
    assert answer.status_code == 409
    assert (OrderLine.objects.filter(order=order).count(), PageAct.objects.count()) == (1, 0)


def test_what_lies_where_the_order_does_not_ship_from_is_not_here(order, birch):
    """It said so, and who took it waited without a date."""
    offered(order, birch)
    Order.objects.update(warehouse_rule=WarehouseRule.PREFERRED)
    assert "It is here." in text(preview(order, "offer", **TAKE))

    Order.objects.update(warehouse=make.warehouse("FAR"))

    said = text(preview(order, "offer", **TAKE))
    assert "It has to come first, too, and no date can be given for it yet." in said
    assert "It is here." not in said


@pytest.mark.parametrize(
    ("here", "is_together", "words"),
    [
        (0, False, "It has to come first, too. As it stands it ships by March 24."),
        (1, False, "A part of it is here, the rest has to come first. As it stands it ships by March 24."),
        (0, True, "It has to come first, too: this page says when."),
        (2, False, "It is here."),
    ],
)
def test_who_is_to_take_it_reads_when_it_ships(here, is_together, words, order):
    elm = make.product("ELM", name="Elm lamp")
    if here:
        make.on_hand(elm, here)
    make.coming(elm, 9, on=make.TODAY + timedelta(days=20))
    offered(order, elm)
    Order.objects.update(is_ship_complete=is_together)

    assert words in text(preview(order, "offer", **TAKE))


def test_what_is_kept_for_its_customer_is_here_for_them_alone(order, django_user_model):
    elm, boss = make.product("ELM", name="Elm lamp"), django_user_model.objects.create(username="boss")
    make.on_hand(elm, 2)
    kept = holds.HoldDraft(elm.pk, make.warehouse().pk, order.customer_id, 2, make.TODAY + timedelta(days=9), "asked")
    holds.hold(kept, by=boss, at=NOW)
    offered(order, elm)
    stranger = make.order((line(order).product, 1), at=NOW)

    assert "It is here." in text(preview(order, "offer", **TAKE))
    assert availability.instead(list(stranger.lines.all()), elm.pk, at=NOW).here == 0
    decide(order, "offer", **TAKE)
    assert OrderLine.objects.get(product=elm).allocated == 2


def test_it_ships_on_the_day_that_was_said(order):
    elm = make.product("ELM", name="Elm lamp")
    make.coming(elm, 9, on=make.TODAY + timedelta(days=20))
    offered(order, elm)

    decide(order, "offer", **TAKE)

    assert OrderLine.objects.get(product=elm).promised_date == make.TODAY + timedelta(days=22)


def test_units_that_arrive_as_it_is_taken_are_not_replaced(order, birch, monkeypatch):
    """What waits is counted once nothing may arrive any more."""
    offer, lock = offered(order, birch), Product.objects.lock

    def arrives_first(product_ids: Any) -> Any:
        monkeypatch.undo()
        make.on_hand(line(order).product, 1, at=NOW)
        return lock(product_ids)

    monkeypatch.setattr(type(Product.objects), "lock", lambda self, product_ids: arrives_first(list(product_ids)))

    assert fulfillment.take_offer(offer.pk, at=NOW) == 1
    assert (line(order).allocated, line(order).canceled) == (10, 1)


def test_what_is_declined_leaves_the_line_and_is_not_asked_again(order, birch):
    offer = offered(order, birch)

    said = text(decide(order, "offer", **NO))

    assert "Thank you. You wait on for 2 × Pier floor lamp." in said
    assert (line(order).open, OrderLine.objects.count()) == (11, 1)
    offer.refresh_from_db()
    assert offer.end == "declined"
    assert "No other product is offered for it" in text(look(order, "offer"))


def test_what_is_sent_twice_is_done_once(order, birch):
    offered(order, birch)
    sent = {**carried(preview(order, "offer", **TAKE)), "do": "1"}

    first = Client().post(address(order, "offer"), sent)
    after = database()
    second = Client().post(address(order, "offer"), sent)

    assert (first.status_code, second.status_code, first["Location"]) == (303, 303, second["Location"])
    assert database() == after


def test_to_look_changes_nothing(order, birch):
    offered(order, birch)
    before = database()

    for query in ({}, TAKE, NO, {"offer-1": "perhaps"}, {"offer-9": "take"}):
        assert look(order, "offer", **query).status_code == 200
        assert preview(order, "offer", **query).status_code == 200

    assert database() == before


@pytest.mark.parametrize("what", ["withdrawn", "another", "shipped", "canceled", "arrived", "stopped"])
def test_an_offer_that_is_over_is_not_taken(what, order, birch):
    offered(order, birch)
    sent = {**carried(preview(order, "offer", **TAKE)), "do": "1"}
    own = line(order)
    match what:
        case "withdrawn":
            fulfillment.withdraw_offers([own.pk], reason="sold", by=None, at=NOW)
        case "another":
            offered(order, make.product("ELM", name="Elm lamp"))
        case "shipped":
            make.counted(own.product, 11, at=NOW)
            fulfillment.ship([fulfillment.LineUnits(own.pk, 11)], carrier="GLS", tracking="9", by=None, at=NOW)
        case "canceled":
            fulfillment.cancel([fulfillment.LineUnits(own.pk, 2)], reason="No", by=None, at=NOW)
        case "arrived":
            make.counted(own.product, 11, at=NOW)
        case "stopped":
            boss = User.objects.create(username="boss")
            fulfillment.stop(order.pk, fulfillment.Stop("customer", boss.pk), by=boss, at=NOW)
    before = database()

    answer = Client().post(address(order, "offer"), sent)

    assert answer.status_code == 409
    assert database() == before
    assert not OrderLine.objects.filter(product__sku="BIRCH").exists()
    facts = list(NoticeLine.objects.filter(kind=NoticeKind.OFFERED).select_related(*told.RELATED).order_by("pk")[:1])
    assert facts[0].is_superseded or told.as_of_now(facts, at=NOW).told == []


@pytest.mark.parametrize("what", ["own", "negative", "nothing waits"])
def test_what_cannot_be_offered_is_refused_and_nothing_is_written(what, order, birch):
    own = line(order)
    other = own.product if what == "own" else birch
    if what == "nothing waits":
        make.counted(own.product, 11, at=NOW)
    before = database()

    with pytest.raises(fulfillment.NotASubstitute):
        fulfillment.offer_substitute(
            [own.pk], other.pk, unit_price=Decimal(-1 if what == "negative" else 1), reason="x", by=None, at=NOW
        )

    assert database() == before


def test_a_newer_offer_takes_the_place_of_the_older_and_one_mail_tells_of_it(order, birch):
    first = offered(order, birch)
    second = offered(order, make.product("ELM", name="Elm lamp"))

    first.refresh_from_db()
    assert (first.end, second.product.sku) == ("withdrawn", "ELM")
    live = NoticeLine.objects.filter(kind=NoticeKind.OFFERED, is_superseded=False)
    assert [fact.event for fact in live] == [second.event]
    assert "Elm lamp" in text(look(order))
    assert "Birch lamp" not in text(look(order))
