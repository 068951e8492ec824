"""What is done is what was shown: the figures an act rests on, and none of a busy product's others."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from backoffice.tests import acts, people
from backoffice.tests.acts import Act
from inventory.desk import once
from inventory.models import Inbound, Product, Stock, Transfer
from inventory.supply import inbound as arrivals
from orders import fulfillment
from orders.mail import outbox
from orders.models import Notice, OrderLine, Shipment
from orders.queue import rehearsal
from orders.queue.effects import Effects
from orders.tests import make, pages

pytestmark = pytest.mark.django_db
NOW = people.MONDAY + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _now(settings, tmp_path) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ines(db):
    return acts.boss("ines")


def said(response) -> str:
    return " ".join(map(str, response.wsgi_request._messages))


def receipt(row: Inbound, units: int) -> Act:
    return Act(reverse("admin:receive_inbound", args=[row.pk]), {f"units-{row.pk}": str(units)}, is_previewed=True)


def shipping(*orders) -> Act:
    path = f"{reverse('admin:orders_order_ship')}?ids={','.join(str(order.pk) for order in orders)}"
    return Act(path, is_previewed=True)


def on_line(name: str, line: OrderLine, **typed: str) -> Act:
    address = f"{reverse(f'admin:orders_backorder_{name}')}?ids={line.pk}"
    return Act(address, {"reason": "They rang", **typed}, is_previewed=True)


def test_five_of_twenty_received_by_a_double_click_are_five(ines):
    lorry = make.coming(make.product(), 20, on=make.TODAY)
    page = acts.opened(ines, receipt(lorry, 5))

    first, second = page.send(), page.send()

    lorry.refresh_from_db()
    assert (lorry.received, lorry.outstanding, Stock.objects.get().on_hand) == (5, 15, 5)
    assert first["Location"] == second["Location"]
    assert [str(message) for message in ines.get(second["Location"]).context["messages"]] == [
        f"Received 5 units of {lorry}. No customer hears anything new.",
        once.AGAIN,
    ]


def test_the_preview_of_one_inbound_fits_no_other_though_neither_moves_anybody(ines):
    one, other = (make.coming(make.product(), 20, on=make.TODAY) for _ in range(2))
    of_one, of_other = acts.opened(ines, receipt(one, 5)), acts.opened(ines, receipt(other, 5))

    of_other.send(fingerprint=of_one.fields["fingerprint"])

    other.refresh_from_db()
    assert of_one.fields["fingerprint"] != of_other.fields["fingerprint"]
    assert other.received == 0


def test_two_receipts_of_the_same_units_by_two_people_are_one(ines):
    lorry = make.coming(make.product(), 20, on=make.TODAY)
    of_ines, of_max = (acts.opened(who, receipt(lorry, 5)) for who in (ines, acts.boss("max")))
    of_ines.send()

    response = of_max.send()

    lorry.refresh_from_db()
    assert lorry.received == 5
    assert "The facts have moved since you looked." in said(response)
    assert [row[4] for row in response.context["tables"][0].rows] == [15]


def test_what_comes_to_an_inbound_that_is_complete_is_received_once_by_two_people(ines):
    """In place of what was damaged: neither what was received nor what is outstanding moves by it."""
    lorry = make.coming(make.product(), 10, on=make.TODAY)
    make.arrived(lorry, 10, damaged=6)
    mine, theirs = (acts.opened(who, receipt(lorry, 3)) for who in (ines, acts.boss("omar")))

    mine.send()
    again = theirs.send()

    lorry.refresh_from_db()
    assert (lorry.surplus, Stock.objects.get(product=lorry.product).on_hand) == (3, 7)
    assert "The facts have moved" in said(again)


def test_more_units_that_two_people_give_to_one_line_from_one_preview_are_given_once(ines):
    """They stand in a line beside it: its own figures do not move by it."""
    lamp = make.product()
    make.on_hand(lamp, 50)
    ordered = make.line(lamp, 5)
    more = on_line("quantity", ordered, **{f"units-{ordered.pk}": "8"})
    mine, theirs = (acts.opened(who, more) for who in (ines, acts.boss("omar")))

    mine.send()
    again = theirs.send()

    assert sorted(OrderLine.objects.values_list("open", flat=True)) == [3, 5]
    assert "The facts have moved" in said(again)


def test_other_units_than_were_previewed_are_not_received(ines):
    lorry = make.coming(make.product(), 20, on=make.TODAY)
    page = acts.opened(ines, receipt(lorry, 5))

    response = page.send(**{f"units-{lorry.pk}": "6"})

    lorry.refresh_from_db()
    assert lorry.received == 0
    assert "The facts have moved since you looked." in said(response)


def test_no_more_is_shipped_than_was_shown(ines):
    lamp = make.product()
    make.on_hand(lamp, 9)
    order = make.order((lamp, 11))
    page = acts.opened(ines, shipping(order))
    make.on_hand(lamp, 2)

    response = page.send()

    assert Shipment.objects.count() == 0
    assert "The facts have moved since you looked." in said(response)
    assert [row[3] for row in response.context["tables"][0].rows] == [11]


@pytest.fixture
def busy():
    """A product of which others order, receive and ship all the time."""
    lamp = make.product("LAMP", name="Oak lamp")
    make.on_hand(lamp, 50)
    return lamp


def others_go_on(lamp: Product) -> None:
    """Somebody orders and has it shipped, somebody orders and waits for nothing, a lorry of its own comes."""
    gone = make.order((lamp, 2), at=NOW)
    fulfillment.ship_order(gone.pk, by=None, at=NOW)
    make.order((lamp, 1), at=NOW)
    other = make.coming(lamp, 4, on=make.TODAY)
    make.arrived(other, 4)


def test_a_receipt_goes_through_while_others_order_receive_and_ship(ines, busy):
    lorry = make.coming(busy, 20, on=make.TODAY)
    page = acts.opened(ines, receipt(lorry, 5))
    others_go_on(busy)

    assert page.send().status_code == 302

    lorry.refresh_from_db()
    assert lorry.received == 5


def test_a_shipment_goes_through_while_others_order_receive_and_ship(ines, busy):
    page = acts.opened(ines, shipping(make.order((busy, 3))))
    others_go_on(busy)

    assert page.send().status_code == 302

    assert Shipment.objects.count() == 2


def test_damage_goes_through_while_others_order(ines, busy):
    row = Stock.objects.get(product=busy)
    path = f"{reverse('admin:inventory_stock_damage')}?ids={row.pk}"
    page = acts.opened(ines, Act(path, {f"units-{row.pk}": "1", "reason": "Fell"}, is_previewed=True))
    make.order((busy, 7), at=NOW)

    assert page.send().status_code == 302


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("new_date", {"promised_date": str(people.in_days(30))}),
        ("priority", {"priority": "2"}),
        ("pin", {"rank": "1"}),
        ("cancel", {}),
    ],
)
def test_a_control_goes_through_while_others_join_the_queue_and_leave_it_at_its_head(ines, name, typed):
    lamp = make.product("LAMP", name="Oak lamp")
    first = make.line(lamp, 2)
    lines = [make.line(lamp, 2, at=make.MONDAY + timedelta(minutes=number)) for number in range(1, 4)]
    page = acts.opened(ines, on_line(name, lines[-1], **typed))
    fulfillment.cancel([fulfillment.LineUnits(first.pk)], reason="x", by=None, at=NOW)
    make.line(lamp, 1, at=NOW)

    assert page.send().status_code == 302


def test_a_date_is_given_to_the_next_in_the_queue_though_the_one_before_it_leaves_meanwhile(ines):
    lamp = make.product("LAMP", name="Oak lamp")
    first, second = make.line(lamp, 2), make.line(lamp, 2, at=make.MONDAY + timedelta(minutes=1))
    page = acts.opened(ines, on_line("new_date", second, promised_date=str(people.in_days(30))))
    fulfillment.cancel([fulfillment.LineUnits(first.pk)], reason="x", by=None, at=NOW)

    assert page.send().status_code == 302


def test_a_line_that_somebody_else_put_first_meanwhile_is_shown_anew(ines):
    lamp = make.product("LAMP", name="Oak lamp")
    lines = [make.line(lamp, 2, at=make.MONDAY + timedelta(minutes=number)) for number in range(3)]
    page = acts.opened(ines, on_line("pin", lines[2], rank="2"))
    acts.opened(acts.boss("max"), on_line("pin", lines[1], rank="1")).send()

    response = page.send()

    lines[2].refresh_from_db()
    assert response.status_code == 200
    assert not lines[2].is_pinned


def effects_of_a_receipt() -> Effects:
    lamp = make.product()
    lorry = make.coming(lamp, 5, on=make.TODAY)
    make.line(lamp, 3)

    def receive() -> int:
        arrivals.receive([arrivals.Receipt(lorry.pk, 5)], by=None, at=NOW)
        return 0

    return rehearsal.rehearse(receive, at=NOW, product_ids=[lamp.pk])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "new_date"),
        ("units", 2),
        ("ready", 2),
        ("waiting", 1),
        ("was_date", people.TODAY),
        ("likely_date", people.in_days(9)),
        ("promised_date", people.in_days(9)),
        ("detail", "by DHL"),
    ],
)
def test_a_preview_of_which_only_the_words_of_a_mail_changed_is_another_one(field, value):
    effects = effects_of_a_receipt()
    [fact] = effects.told

    assert replace(effects, told=[fact._replace(**{field: value})]).fingerprint != effects.fingerprint


def test_a_preview_of_which_only_a_mail_more_or_less_changed_is_another_one():
    effects = effects_of_a_receipt()

    assert replace(effects, told=()).fingerprint != effects.fingerprint


def test_a_file_of_which_only_the_problems_changed_between_look_and_load_is_not_loaded(ines):
    make.product("LAMP")
    text = b"sku,warehouse,quantity\nLAMP,BER,3\nMUG,NOWHERE,4\n"
    make.warehouse()
    chosen = ines.get(reverse("admin:backoffice_upload_add"))
    fields = {**acts.form_of(chosen), "kind": "stock", "file": SimpleUploadedFile("s.csv", text)}
    address = ines.post(reverse("admin:backoffice_upload_add"), fields)["Location"]
    page = acts.opened(ines, Act(address, {"is_skipping": "on"}))
    shown = ines.get(address).context
    make.product("MUG")

    response = page.send()

    now = ines.get(address).context
    assert said(response) == "Something changed since you looked. Please look again."
    assert (now["explanation"], now["tables"][1].rows) == (shown["explanation"], shown["tables"][1].rows)
    assert now["tables"][0].rows != shown["tables"][0].rows
    assert Stock.objects.count() == 0


# --- who is held back reads what a customer did ---------------------------------------------------


CANCELED = "“SO-9, LAMP: Canceled: they rang”"


def canceled(line: OrderLine) -> None:
    fulfillment.cancel([fulfillment.LineUnits(line.pk)], reason="they rang", by=None, at=NOW)


def test_who_receives_for_a_customer_who_canceled_since_reads_that_they_did(ines):
    lorry = make.coming(lamp := make.product("LAMP"), 20, on=make.TODAY)
    line = make.line(lamp, 3, reference="SO-9")
    page = acts.opened(ines, receipt(lorry, 5))
    canceled(line)

    again = page.send()

    told = said(again)
    assert "The facts have moved since you looked." in told
    assert "Meanwhile “" in told
    assert CANCELED in told
    assert f"units-{lorry.pk}" in again.content.decode()


def test_who_acts_on_a_line_that_is_closed_by_then_reads_what_closed_it(ines):
    line = make.line(make.product("LAMP"), 3, reference="SO-9")
    page = acts.opened(ines, on_line("priority", line, priority="3"))
    canceled(line)

    told = said(page.send())

    assert "These lines are no longer in this list" in told
    assert CANCELED in told


def test_who_sends_units_along_with_a_line_that_is_closed_by_then_reads_what_closed_it(ines):
    """The address is mistyped, or it was deleted, was all it said."""
    make.on_hand(lamp := make.product("LAMP"), 3)
    line, hamburg = make.line(lamp, 3, reference="SO-9"), make.warehouse("HAM")
    soon = str(make.TODAY + timedelta(days=2))
    typed = {"source": make.warehouse().pk, "destination": hamburg.pk, "units": "3", "expected_date": soon}
    page = acts.opened(ines, Act(reverse("admin:orders_backorder_carry", args=[line.pk]), typed, is_previewed=True))
    canceled(line)

    answer = page.send()

    assert answer["Location"] == reverse("admin:orders_backorder_changelist")
    told = said(answer)
    assert "This line is no longer in this list: something has happened to it since you looked." in told
    assert CANCELED in told
    assert not Transfer.objects.exists()
    assert ines.get(page.path).status_code == 404


def test_who_joins_a_customer_or_calls_them_reads_what_they_did_since(ines):
    kim = make.customer("Kim Adams", email="")
    line = make.line(make.product("LAMP"), 3, reference="SO-9", who=kim)
    outbox.sort_out(at=NOW)
    call = f"{reverse('admin:orders_notice_called')}?ids={Notice.objects.get().pk}"
    join = f"{reverse('admin:orders_customer_join')}?ids={kim.pk}"
    held = [acts.opened(ines, Act(call)), acts.opened(ines, Act(join, {"into": f"#{make.customer('Kim A.').pk}"}))]
    canceled(line)

    for page in held:
        told = said(page.send())
        assert once.MOVED in told
        assert CANCELED in told


def wish(order) -> None:
    home = {"name": "Lena", "street": "Elm Street 4", "city": "Springfield", "postal_code": "12345", "country": "DE"}
    assert pages.decide(order, "address", **home).status_code == 200


def test_who_ships_an_order_for_which_another_address_was_asked_since_is_shown_that_first(ines):
    make.on_hand(lamp := make.product("LAMP"), 9)
    order, other = (make.order((lamp, 2), reference=name) for name in ("SO-9", "SO-10"))
    page = acts.opened(ines, shipping(order, other))
    wish(order)

    again = page.send()

    assert "Meanwhile “SO-9: By the customer, on their page”." in said(again)
    assert not Shipment.objects.exists()
    assert "SO-9: another address was asked for, and is not answered yet." in again.content.decode()
    assert "Elm Street" not in again.content.decode()
    assert acts.Page(ines, page.path, page.fields | acts.form_of(again)).send().status_code == 302
    assert Shipment.objects.count() == 2


def test_an_order_that_has_another_address_since_it_was_asked_for_ships_without_a_word_of_it(ines):
    make.on_hand(lamp := make.product("LAMP"), 9)
    order = make.order((lamp, 2), reference="SO-9")
    wish(order)
    there = fulfillment.Address("Lena", "Elm Street 4", "Springfield", postal_code="12345", country="DE")
    fulfillment.ship_to(order.pk, there, reason="asked", keeps=False, by=None, at=NOW)

    assert "another address" not in ines.get(shipping(order).path).content.decode()
