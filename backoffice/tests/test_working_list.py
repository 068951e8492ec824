"""The working list: alerts around promises, each with what hangs on it and its ways out, most at stake first."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from backoffice.people import roles
from backoffice.screens.working import listing, stakes
from backoffice.tests import acts
from backoffice.watching import alerts, breaking
from orders import fulfillment
from orders.mail import notices
from orders.models import Notice, OrderLine
from orders.tests import make as shop
from suppliers import purchasing, splitting
from suppliers.asking import questions
from suppliers.models import OrderLetter
from suppliers.splitting import ConfirmedPart
from suppliers.tests import make

pytestmark = pytest.mark.django_db
PAGE = "/admin/working-list/"
DAY = make.TODAY + timedelta(days=9)
LATER = make.after(14)


def reader(*names) -> Client:
    roles.keep()
    who = User.objects.create_user("-".join(names), is_staff=True)
    who.groups.set(Group.objects.filter(name__in=names))
    client = Client()
    client.force_login(who)
    return client


def late(sku: str, *units: int, price="10", email="nordlys@supplier.example"):
    """An order for what so many customers wait for, confirmed for a day that has passed."""
    thing = make.product(sku)
    order = make.sent((make.offer(thing, make.supplier("Nordlys", email=email)), 50))
    purchasing.confirm(order.pk, {make.line(order).pk: DAY}, by=None, at=make.MONDAY)
    for count in units:
        shop.line(thing, count)
    OrderLine.objects.filter(product=thing).update(unit_price=Decimal(price))
    return order


def silent() -> None:
    questions.ask(at=make.after(10))
    OrderLetter.objects.update(state="sent", intent_at=make.after(10), sent_at=make.after(10))
    alerts.look(at=LATER)


def shown(client, **asked):
    return client.get(PAGE, asked).context_data["entries"]


def test_what_is_most_at_stake_comes_first_with_what_hangs_on_it():
    late("CHAIR", 2, price="10")
    late("LAMP", 4, 1, price="30")
    silent()

    entries = shown(reader(roles.BUYER))

    first = OrderLine.objects.order_by("first_promised_date").first()
    assert [entry.facts[:2] for entry in entries] == [
        [("At stake", "2 lines of 2 customers"), ("Worth", "150.00")],
        [("At stake", "1 line of 1 customer"), ("Worth", "20.00")],
    ]
    assert entries[0].facts[2][1].startswith(f"{first.first_promised_date.day} ")
    assert [label for label, _ in entries[0].ways] == [
        "They left…",
        "They leave on another day…",
        "They do not come…",
        "The order",
        "Who waits: substitute, new date…",
    ]


def test_each_sees_what_they_may_and_narrows_it_by_kind():
    late("LAMP", 4)
    silent()
    alerts.look(at=LATER)
    buyer = reader(roles.BUYER)

    assert {entry.label for entry in shown(buyer)} == {"Asked, no answer"}
    assert [len(shown(buyer, kind=kind)) for kind in ("ask_silent", "ask_call", "no kind")] == [1, 0, 1]
    assert shown(reader(roles.CUSTOMER_SERVICE), kind="ask_silent") == []


def test_who_may_see_no_alerts_may_not_open_it(client):
    client.force_login(User.objects.create_user("guest", is_staff=True))

    assert client.get(PAGE).status_code == 403


def test_an_empty_list_says_what_that_means():
    page = reader(roles.BUYER).get(PAGE)

    assert "Every promise is looked after" in page.content.decode()


@pytest.mark.proof
@pytest.mark.parametrize("count", [2, 20])
def test_it_keeps_its_query_budget_whatever_hangs_on_it(count, django_assert_max_num_queries):
    for number in range(count):
        late(f"LAMP-{number}", 1, 2, email="" if number % 2 else "nordlys@supplier.example")
    silent()
    client = reader(roles.BUYER)
    client.get(PAGE)

    with django_assert_max_num_queries(14):
        assert len(shown(client)) == count


def test_no_more_are_looked_at_than_a_page_can_show(monkeypatch):
    monkeypatch.setattr(listing, "MOST", 2)
    for number in range(3):
        late(f"LAMP-{number}", 1)
    silent()

    page = reader(roles.BUYER).get(PAGE)

    assert (len(page.context_data["entries"]), page.context_data["note"][:11]) == (2, "The 2 that ")


def test_parts_of_one_line_are_one_line_and_their_units_are_counted_once():
    order = late("LAMP", 30, price="2")
    line = make.line(order)
    parts = [ConfirmedPart(20, DAY), ConfirmedPart(30, DAY + timedelta(days=3))]
    splitting.split(line.pk, parts, by=None, at=make.after(1))

    found = stakes.of([order], due_by=make.TODAY)

    assert (found[order].lines, found[order].money) == (1, Decimal(60))


def test_what_waits_uncovered_for_its_products_hangs_on_an_order_that_is_not_sent():
    who, lamp, chair = make.supplier("Nordlys"), make.product("LAMP"), make.product("CHAIR")
    lamps, chairs = make.offer(lamp, who), make.offer(chair, who)
    ines = shop.customer("Ines")
    first = shop.order((lamp, 4), (chair, 2), price=Decimal(10), who=ines)
    shop.line(lamp, 5, price=Decimal(10), who=shop.customer("Lena"))
    shop.line(lamp, 7, price=Decimal(10), who=ines)
    OrderLine.objects.filter(open=7).update(is_stopped=True)
    OrderLine.objects.filter(product=lamp).update(promised_date=LATER.date())
    OrderLine.objects.filter(product=chair).update(promised_date=DAY)
    assert first.lines.count() == 2
    both = make.approved((lamps, 50), (chairs, 20))
    both.lines.create(product=lamp, offer=lamps, quantity=9, unit_price=Decimal(1), is_touched=True)
    one = make.approved((lamps, 5))
    idle = make.approved((make.offer(make.product("TABLE"), who), 5))

    found = stakes.of([both, one, idle], due_by=make.TODAY)

    assert [found[each] for each in (both, one, idle)] == [
        stakes.Stake(3, 2, Decimal(110), DAY),
        stakes.Stake(2, 2, Decimal(90), LATER.date()),
        stakes.NOTHING,
    ]


def test_an_order_that_is_sent_has_what_it_covers_at_stake_and_one_that_is_not_stands_by_what_waits():
    waits = make.offer(make.product("LAMP"), make.supplier("Nordlys", approval_days=1))
    make.approved((waits, 50))
    make.approved((make.offer(make.product("CHAIR"), make.supplier("Nordlys")), 5))
    shop.line(waits.product, 3, price=Decimal(30))
    alerts.look(at=LATER)

    entries = shown(reader(roles.BUYER), kind="unsent")

    assert [entry.facts[:2] for entry in entries] == [
        [("At stake", "1 line of 1 customer"), ("Worth", "90.00")],
        [("At stake", "nothing that is promised")],
    ]


def offered(client, **asked):
    return [dict(entry.ways) for entry in shown(client, **asked)]


def test_what_is_approved_of_a_product_to_order_is_offered_to_be_sent_first():
    lamp = make.product("LAMP")
    offer = make.offer(lamp, make.supplier("Nordlys"))
    shop.lead_time(lamp, 10, 18)
    shop.line(lamp, 4)
    alerts.look(at=make.after(4))
    buyer = reader(roles.BUYER)
    before = list(*offered(buyer, kind="order_by"))
    orders = [make.approved((offer, units)) for units in (12, 5)]
    make.draft((offer, 9))

    [ways] = offered(buyer, kind="order_by")

    send = [f"Send {orders[0]}: 12…", f"Send {orders[1]}: 5…"]
    assert before == ["Order it", "Who waits: substitute, new date…", "All to order today"]
    assert list(ways) == [*send, *before]
    page = buyer.get(ways[send[1]])
    assert (page.status_code, page.context_data["title"]) == (200, f"Send: {orders[1]}")
    assert [list(each) for each in offered(reader(roles.AUDITOR), kind="order_by")] == [before[1:]]


def test_who_waits_for_an_order_that_is_not_sent_is_a_list_of_each_product_that_somebody_waits_for():
    who = make.supplier("Nordlys", approval_days=1)
    lamp, chair = make.product("LAMP"), make.product("CHAIR")
    make.approved((make.offer(lamp, who), 50), (make.offer(chair, who), 5))
    line = shop.line(lamp, 3)
    alerts.look(at=LATER)
    buyer = reader(roles.BUYER)

    [ways] = offered(buyer, kind="unsent")

    assert list(ways) == ["Send…", "Sent by hand…", "The order", "Who waits for LAMP…"]
    page = buyer.get(ways["Who waits for LAMP…"])
    assert [row.pk for row in page.context_data["cl"].result_list] == [line.pk]


def test_what_is_here_of_orders_that_wait_for_what_is_late_is_offered_to_be_shipped():
    lamp, chair = make.product("LAMP"), make.product("CHAIR")
    make.on_hand(chair, 9)
    make.coming(lamp, 20, on=DAY, is_confirmed=True)
    shop.line(lamp, 1)
    whole = shop.order((lamp, 2), (chair, 2), is_ship_complete=True)
    client = acts.boss("ines")
    alerts.look(at=LATER)
    before = list(*offered(client, kind="overdue"))
    parts = [shop.order((lamp, 2), (chair, 2)) for _ in range(2)]

    [ways] = offered(client, kind="overdue")

    assert set(ways) - set(before) == {"Ship what is here…"}
    page = client.get(ways["Ship what is here…"])
    assert [str(parcel.order) for parcel in page.context_data["form"].parcels] == [str(each) for each in parts]
    assert str(whole) not in page.content.decode()


def test_a_mail_that_tells_of_a_line_twice_is_about_its_units_once():
    line = shop.line(make.product("LAMP"), 10, price=Decimal(10))
    for units in (1, 2):
        fulfillment.cancel([fulfillment.LineUnits(line.pk, units)], reason="Fewer", by=None, at=make.MONDAY)
    notices.send_due(at=make.MONDAY)

    mail = Notice.objects.get(kind="canceled", state="sent")

    assert mail.lines.count() == 2
    assert stakes.of([mail], due_by=make.TODAY)[mail].money == Decimal(70)


def test_what_is_not_paid_is_not_at_stake_where_it_may_not_leave():
    lamp = make.product("LAMP")
    here = make.on_hand(lamp, 9).warehouse
    shop.order((lamp, 2), price=Decimal(10))
    shop.order((lamp, 3), price=Decimal(10), is_unpaid=True)
    tomorrow = make.TODAY + timedelta(days=1)

    [alert] = breaking.not_left(at=make.after(1))

    assert alert.words.startswith("1 line of 1 order is here in BER")
    found = stakes.of([here], due_by=tomorrow)[here]
    assert (found.lines, found.money) == (1, Decimal(20))
