import logging
import re
from datetime import UTC, datetime, time, timedelta
from io import StringIO

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db.models import Count, Exists, F, OuterRef, Q
from django.http import HttpRequest
from django.test import TestCase
from django.utils import timezone

from backoffice import embedded, jobs
from backoffice.books import audit
from backoffice.demo import later, people, shop
from backoffice.demo.places import berlin
from backoffice.management.commands import serve
from backoffice.management.commands.demo import MONEY, Command
from backoffice.models import JobRun
from inventory.formulas.calendars import working_days
from inventory.ground.post.letter import LetterState
from inventory.models import (
    DailyDemand,
    DemandEntry,
    Inbound,
    Movement,
    MovementKind,
    Product,
    ReorderPolicy,
    Stock,
    Transfer,
    Warehouse,
)
from inventory.models.folded import Folded
from orders.models import (
    UNPINNED,
    Basis,
    Batch,
    Hold,
    Notice,
    NoticeState,
    Order,
    OrderLine,
    PageAct,
    Refusal,
    RepeatedBackorder,
    RestockList,
    RestockRequest,
    Return,
    Shipment,
    ShipmentLine,
    ShipTo,
)
from suppliers.models import Delivery, OrderLetter, PurchaseOrder, PurchaseOrderLine, Slip, Supplier

pytestmark = pytest.mark.embedded
PRODUCTS = 75


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """A small demo, made once for all these tests, and rolled back after the last one."""
    with django_db_blocker.unblock():
        atoms = TestCase._enter_atomics()
        try:
            yield made()
        finally:
            TestCase._rollback_atomics(atoms)


def made(**options):
    out = StringIO()
    call_command("demo", no_serve=True, products=PRODUCTS, stdout=out, **options)
    return out.getvalue()


def waiting():
    return OrderLine.objects.backordered()


def today():
    return timezone.localdate()


def sent():
    return PurchaseOrder.objects.filter(sent_at__isnull=False, canceled_at=None)


def pegs(of):
    return Exists(Inbound.objects.filter(of, allocations__line=OuterRef("pk")))


STATES = {
    "waits for a confirmed inbound": lambda: waiting().filter(pegged__gt=0, basis=Basis.CONFIRMED),
    "waits for a supplier's lead time, nothing ordered": lambda: waiting().filter(pegged=0, basis=Basis.LEAD_TIME),
    "waits without a date, nobody supplies it": lambda: waiting().filter(promised_date=None, basis=Basis.NONE),
    "is here in part": lambda: waiting().filter(allocated__gt=0),
    "was shipped in part": lambda: waiting().filter(shipped__gt=0),
    "waits for a transfer": lambda: waiting().filter(pegs(Q(transfer_line__isnull=False))),
    "waits for an inbound that is late": lambda: waiting().filter(pegs(Q(first_date__lt=today()))),
    "has a promise at risk": lambda: waiting().filter(promised_date__gte=today(), safe_date__gt=F("promised_date")),
    "is past what it was promised first": lambda: waiting().filter(first_promised_date__lt=today()),
    "has a typed date": lambda: waiting().filter(is_promise_pinned=True, promised_date__gte=today()),
    "was promised another date first": lambda: waiting().filter(first_promised_date__lt=F("promised_date")),
    "was lifted in the queue": lambda: OrderLine.objects.filter(priority__gt=0),
    "was pinned to a place": lambda: OrderLine.objects.exclude(pin_rank=UNPINNED),
    "waits more than 30 days": lambda: waiting().filter(placed_at__lt=timezone.now() - timedelta(days=30)),
    "leaves units to others until the rest of its order comes": lambda: OrderLine.objects.filter(is_held_back=True),
    "is wanted later": lambda: waiting().filter(order__wanted_date__gt=today()),
    "stands in an order that is stopped": lambda: OrderLine.objects.open().filter(is_stopped=True),
    "units held for somebody": lambda: Hold.objects.filter(units__gt=0),
    "stands ready to ship": lambda: OrderLine.objects.open().filter(
        backordered=0, allocated__gt=0, order__is_ship_complete=False
    ),
    "waited, and was shipped": lambda: OrderLine.objects.filter(shipped__gt=0, events__kind="allocated"),
    "was canceled while it waited": lambda: OrderLine.objects.filter(canceled__gt=0),
    "lost units that were set aside": lambda: OrderLine.objects.filter(events__kind="lost"),
    "whose customer agreed to a new date": lambda: OrderLine.objects.filter(consents__isnull=False),
    "of which its customer canceled a unit on their page": lambda: OrderLine.objects.filter(
        canceled__gt=0, order__page_acts__kind="canceled"
    ),
    "was refused": Refusal.objects.all,
    "a notice that was sent": lambda: Notice.objects.filter(state=NoticeState.SENT),
    "an address in doubt that its customer was shown": lambda: Notice.objects.filter(
        kind="address", body_text__contains="please look at the address we have for it"
    ),
    "a notice that was overtaken": lambda: Notice.objects.filter(state=NoticeState.SUPERSEDED),
    "a notice that cannot be delivered": lambda: Notice.objects.filter(state=NoticeState.DEAD),
    "a purchase order in draft, by a person": lambda: PurchaseOrderLine.objects.filter(
        purchase_order__approved_at=None, parts__touched_by="buyer"
    ),
    "a purchase order proposed by the night": lambda: PurchaseOrder.objects.filter(
        approved_at=None, canceled_at=None, proposed_on__isnull=False
    ),
    "a purchase order approved and not sent": lambda: PurchaseOrder.objects.filter(
        approved_at__isnull=False, sent_at=None
    ),
    "a purchase order sent and not confirmed": lambda: sent().filter(
        confirmed_at=None, lines__inbound__outstanding__gt=0
    ),
    "a purchase order received in part": lambda: sent().filter(
        lines__inbound__received__gt=0, lines__inbound__outstanding__gt=0
    ),
    "a purchase order that is late": lambda: sent().filter(
        lines__inbound__outstanding__gt=0, lines__inbound__first_date__lt=today()
    ),
    "an order that goes abroad": lambda: ShipTo.objects.filter(country="DE"),
    "a purchase order that was canceled": lambda: PurchaseOrder.objects.filter(canceled_at__isnull=False),
    "a purchase order that went out by mail": lambda: OrderLetter.objects.filter(state=LetterState.SENT),
    "a date that a supplier moved": lambda: Slip.objects.filter(now__isnull=False),
    "a date that a supplier took back": lambda: Slip.objects.filter(now=None),
    "a delivery with damage": lambda: Delivery.objects.filter(damaged__gt=0),
    "a transfer on its way": lambda: Transfer.objects.filter(lines__inbound__outstanding__gt=0),
    "a transfer that arrived": lambda: Transfer.objects.filter(lines__inbound__outstanding=0),
    "a stock count that differed": lambda: Movement.objects.filter(kind=MovementKind.COUNT),
    "a return": lambda: Return.objects.filter(restocked__gt=0),
    "a return to be decided on": lambda: Return.objects.filter(inspecting__gt=0),
    "a parcel that was lost": lambda: ShipmentLine.objects.filter(lost__gt=0),
    "a batch on the floor": lambda: Batch.objects.filter(posted_at=None, put_away_at=None),
    "a shelf that has a bin": lambda: Stock.objects.exclude(bin=""),
    "a parcel that says when it should be there": lambda: Shipment.objects.filter(arrives_by__isnull=False),
    "on backorder again and again": lambda: RepeatedBackorder.objects.filter(spells__gte=3),
    "a restock list of three products": lambda: RestockList.objects.all()[2:3],
    "somebody on a restock list": lambda: RestockRequest.objects.filter(state="waiting"),
    "a wave that is out": lambda: Hold.objects.filter(request__state="offered", units__gt=0),
    "a customer who agreed by their page": lambda: PageAct.objects.filter(kind="agreed"),
    "a customer who canceled by their page": lambda: PageAct.objects.filter(kind="canceled"),
    "a supplier on hold": lambda: Supplier.objects.filter(is_on_hold=True),
    "a parcel with a tracking number": lambda: Shipment.objects.exclude(tracking=""),
}


@pytest.mark.parametrize("state", STATES)
def test_the_demo_shows_every_state(demo, state):
    assert STATES[state]().exists()


@pytest.mark.proof
@pytest.mark.django_db
@pytest.mark.parametrize("day", [datetime(2026, 11, 28, 1, 12, tzinfo=UTC), datetime(2027, 3, 31, 15, 54, tzinfo=UTC)])
def test_it_does_whatever_the_day(day):
    """On a Saturday, and on the last of a March, nobody had been asked for a new date."""
    with time_machine.travel(day):
        made()

        assert [state for state, found in STATES.items() if not found().exists()] == []


def test_it_prints_the_link_of_a_customer_who_is_asked(demo, client):
    [link] = re.findall(r"A customer’s page, by the link of their mail: http://127.0.0.1:8000(\S+)", demo)

    assert "Is the new date all right?" in client.get(link).content.decode()


def test_the_books_of_the_demo_balance(demo):
    findings = audit.run(at=timezone.now())

    assert [finding for finding in findings if finding.broken] == []


def test_every_door_that_the_demo_goes_through_writes_what_a_row_is_found_by(demo):
    for table in Folded.all_tables():
        rows = list(table.objects.all())
        assert rows
        assert [row for row in rows if row.folded != row.own_folded()] == []


def test_no_two_orders_of_the_demo_have_one_number(demo):
    numbers = Order.objects.values_list("reference").annotate(Count("pk")).order_by()

    assert {reference: count for reference, count in numbers if count > 1} == {}


def test_nothing_in_the_demo_happens_in_the_future(demo):
    late = timezone.now()

    assert not OrderLine.objects.filter(placed_at__gt=late).exists()
    assert not Movement.objects.filter(at__gt=late).exists()
    assert not DailyDemand.objects.filter(day__gt=today()).exists()


def test_two_years_of_demand_lie_behind_every_reorder_point(demo):
    first = DemandEntry.objects.order_by("day").values_list("day", flat=True)[0]

    assert (today() - first).days >= 725
    assert ReorderPolicy.objects.filter(reorder_point__gt=0).count() > PRODUCTS
    assert Product.objects.count() == PRODUCTS


def test_everybody_it_names_can_sign_in_and_knows_the_password_only_on_a_desk(demo, settings):
    names = ["operations", "service", "buyer", "auditor", "admin"]

    said = re.search("^Sign in as operations, service, buyer, auditor, admin; the password is “(.+)”.$", demo, re.M)

    assert said is not None
    assert (said[1] == "demo") is settings.EMBEDDED
    assert [name for name in names if authenticate(HttpRequest(), username=name, password=said[1])] == names


def test_where_a_database_is_set_no_password_is_known_to_anybody(settings):
    settings.EMBEDDED = True
    assert people.password() == "demo"

    settings.EMBEDDED = False
    made_up = {people.password(), people.password()}

    assert len(made_up) == 2
    assert {len(word) for word in made_up} == {16}


@pytest.mark.parametrize(
    ("site", "host", "port", "leads"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1", 8000, "http://127.0.0.1:8000"),
        ("http://127.0.0.1:8000", "127.0.0.1", 8417, "http://127.0.0.1:8417"),
        ("http://127.0.0.1:8000", "::1", 8417, "http://[::1]:8417"),
        ("http://127.0.0.1:8000", "0.0.0.0", 8712, "http://127.0.0.1:8712"),
        ("http://127.0.0.1:8000", "0.0.0.0", 8000, "http://127.0.0.1:8000"),
        ("https://office.shop.example", "127.0.0.1", 8417, "https://office.shop.example"),
    ],
)
def test_links_in_mails_lead_to_where_it_is_served(site, host, port, leads, settings):
    settings.SITE_URL = site

    serve.lead_here(host, port)

    assert leads == settings.SITE_URL


def test_a_password_that_was_said_is_not_said_again(demo, settings):
    people_of_the_demo = User.objects.filter(username__in=["operations", "service", "buyer", "auditor", "admin"])
    for person in people_of_the_demo:
        person.set_password("only they know it")
        person.save()

    again = made()

    assert again.splitlines()[1] == (
        "Sign in as operations, service, buyer, auditor, admin; `manage.py changepassword NAME` gives a new password."
    )


def test_a_demo_that_is_there_is_left_as_it_is(demo):
    models = [model for model in apps.get_models() if model._meta.managed]
    before = {model: model.objects.count() for model in models}

    again = made(seed=7)

    assert again.startswith("There is a demo shop already; it is left as it is.\nSign in as operations")
    assert {model: model.objects.count() for model in models} == before


@pytest.mark.django_db
def test_a_shop_that_is_no_demo_is_not_touched():
    Product.objects.create(sku="LAMP-1")

    with pytest.raises(CommandError, match="holds a shop that is no demo; nothing was touched"):
        made()

    assert Product.objects.count() == 1
    assert not JobRun.objects.exists()


@pytest.mark.django_db
def test_a_shop_of_an_earlier_release_is_not_brought_up_to_date_by_a_demo(monkeypatch):
    """Who types demo where DATABASE_URL is that of the shop changes nothing there, tables included."""
    Product.objects.create(sku="LAMP-1")
    monkeypatch.setattr(embedded, "migrate", lambda: pytest.fail("A shop was migrated."))

    with pytest.raises(CommandError, match="holds a shop that is no demo; nothing was touched"):
        made()


@pytest.mark.django_db
def test_half_a_demo_is_not_served():
    jobs.claim("demo", on=today(), at=timezone.now())

    with pytest.raises(CommandError, match="was interrupted"):
        made()


@pytest.mark.django_db
def test_no_mail_is_sent_to_made_up_customers(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"

    with pytest.raises(CommandError, match="Unset EMAIL_URL"):
        made()

    assert not Product.objects.exists()


@pytest.mark.django_db
def test_a_mail_that_the_demo_cannot_deliver_is_no_error_of_its_start(caplog, monkeypatch):
    log = logging.getLogger("inventory.ground.post.results")
    monkeypatch.setattr(shop, "make", lambda **given: log.error("Lost in the demo.") or {})

    made()
    log.error("Lost in the shop.")

    assert [record.getMessage() for record in caplog.records if record.name == log.name] == ["Lost in the shop."]


@pytest.mark.django_db
def test_a_database_that_has_people_gets_no_demo_and_no_password():
    ada = User.objects.create_user("admin", password="nobody knows it")

    with pytest.raises(CommandError, match="holds a shop that is no demo; nothing was touched"):
        made()

    assert list(User.objects.values_list("pk", "password")) == [(ada.pk, ada.password)]


@pytest.mark.parametrize(("given", "said"), [("", MONEY), ("We pay back today.", "We pay back today.")])
@pytest.mark.django_db
def test_a_demo_that_is_served_says_what_becomes_of_money(given, said, settings, monkeypatch):
    settings.CANCELED_MONEY = given
    served = []
    monkeypatch.setattr(embedded, "migrate", lambda: False)
    monkeypatch.setattr(Command, "is_there", lambda self: True)
    monkeypatch.setattr(serve, "check_address", lambda *address: None)
    monkeypatch.setattr(serve, "serve", lambda *address, with_jobs: served.append(settings.CANCELED_MONEY))

    call_command("demo", stdout=StringIO())

    assert served == [said]


def test_berlin_works_on_its_own_days_and_has_an_order_that_left_one_that_is_stopped_and_a_new_one(demo):
    place = Warehouse.objects.get(code=berlin.CODE)
    orders = {order.reference: order for order in Order.objects.filter(warehouse=place)}
    left = Shipment.objects.get(order__reference=berlin.GONE)

    assert (place.country, place.region, place.cut_off, place.handling_days) == ("DE", "BE", time(14), 1)
    assert set(orders) == {berlin.GONE, berlin.STOPPED, berlin.NEW}
    assert {order.ship_to.country for order in orders.values()} == {"DE"}
    assert (left.warehouse, left.carrier) == (place, "DHL")
    shipped = timezone.localtime(left.shipped_at).date()
    assert left.arrives_by == working_days.of_country("DE").shift(shipped, 2)
    lines = {reference: order.lines.get() for reference, order in orders.items()}
    assert {reference: (line.open, line.allocated, line.is_stopped) for reference, line in lines.items()} == {
        berlin.GONE: (0, 0, False),
        berlin.STOPPED: (2, 2, True),
        berlin.NEW: (2, 2, False),
    }
    gone = sum(ShipmentLine.objects.filter(shipment__warehouse=place).values_list("quantity", flat=True))
    assert (place.stock.count(), sum(place.stock.values_list("on_hand", flat=True))) == (6, 6 * 12 - gone)


def test_one_channel_is_told_later_and_an_order_of_it_is_there_in_each_state(demo):
    found = {
        order.reference: (
            order.is_unpaid,
            payment.released_at is not None,
            payment.paid_at is not None,
            payment.is_out,
            payment.canceled_at is not None,
        )
        for order in Order.objects.filter(channel=later.BANK)
        for payment in [order.payment]
    }

    assert found == {
        # unpaid, released, paid, out of the queue, canceled
        later.RESERVED: (True, False, False, False, False),
        later.OUT: (True, True, False, True, False),
        later.IN_TIME: (False, False, True, False, False),
        later.LATE: (False, True, True, False, False),
        later.SOLD_OUT: (False, True, True, True, False),
        later.NEVER: (True, True, False, False, True),
    }
