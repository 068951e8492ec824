"""Customers on the pages of their orders while staff ship, cancel, replace, receive: each act is done or refused."""

import random
import re
import time
from collections import Counter
from datetime import timedelta
from itertools import chain

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db.models import Sum
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from backoffice.books import audit
from backoffice.people import roles
from inventory.models import Inbound
from inventory.supply import inbound
from inventory.supply.stock import UnitsPicked
from orders import fulfillment
from orders.fulfillment import LineUnits
from orders.models import AddedLine, Consent, EventKind, LineEvent, NoticeKind, NoticeLine, Order, OrderLine, PageAct
from orders.pages import deciding, shown, standing, views
from orders.pages.acts import BY_NAME
from orders.pages.deeds import REASON, NotNow
from orders.pages.forms import keep
from orders.promising import by_hand
from orders.tests import make
from orders.tests.books import assert_balanced

from . import acts, race

pytestmark = [pytest.mark.services, pytest.mark.proof, pytest.mark.django_db(transaction=True)]
AT = make.MONDAY + timedelta(hours=1)
ORDERS, CUSTOMERS, STAFF, TURNS = 20, 3, 3, 40
HOME = {"name": "Lena", "street": "9 Quay", "city": "Reno", "postal_code": "89501", "country": "US"}
ACTS = {"agree": 4, "cancel": 1, "cancel one": 4, "address": 3, "ask": 2}
"""How often each is done: what is canceled leaves nothing to do."""
CONFIRMED = ("ask", "address", "agree")
CHANGED = "changed on the telephone"
REFUSED = (
    fulfillment.BackorderLimit, fulfillment.NotALine, fulfillment.NotAQuantity, fulfillment.NotASubstitute,
    fulfillment.NothingToCancel, fulfillment.NothingToShip, inbound.NotAnInbound, inbound.NotOutstanding,
    inbound.OverReceipt, by_hand.NotAPromise, UnitsPicked,
)  # fmt: skip


def shop():
    """Twenty who bought thirty lamps and twenty mugs each: some is here, some comes, and birch lamps are here."""
    lamp, mug, birch = make.product("LAMP"), make.product("MUG"), make.product("BIRCH")
    make.on_hand(lamp, 250)
    make.on_hand(mug, 160)
    make.on_hand(birch, 50)
    lorries = [make.coming(thing, 300, on=make.TODAY + timedelta(days=5)).pk for thing in (lamp, mug)]
    orders = [make.order((lamp, 30), (mug, 20)).pk for _ in range(ORDERS)]
    for role, name in BY_PAGE.items():
        User.objects.create_user(name, is_staff=True).groups.add(Group.objects.get(name=role))
    return orders, lorries, birch.pk


# --- customers ----------------------------------------------------------------------------------


def customer(orders, dice):
    """Open the page of an order, look, and a moment later send what it would do: which act, and what became of it."""
    order = Order.objects.get(pk=dice.choice(orders))
    seen = standing.of(order, at=AT)
    able = {name: often for name, often in ACTS.items() if not _deed(name).why_not(seen)}
    (name,) = dice.choices([*able], [*able.values()])
    typed, lines, units = _typed(name, seen.open, dice)
    data = QueryDict(mutable=True)
    data.update({**typed, deciding.SEEN: deciding.seen(_deed(name), seen), deciding.DO: "1"})
    time.sleep(dice.random() * 0.02)
    try:
        decided = deciding.decide(_deed(name), order, data, at=AT)
    except NotNow as why:
        return name, str(why)
    except deciding.StandsOtherwise:
        return name, _why_otherwise(order, _deed(name))
    text = decided.act.text
    return name, f"done already, by the same page: {text}" if decided.is_again else (lines, units, text)


def _typed(name, open_lines, dice):
    """Give what a customer types, and of how many lines how many units it would cancel."""
    match name:
        case "cancel":
            return {keep(line): 0 for line in open_lines}, len(open_lines), sum(line.open for line in open_lines)
        case "cancel one":
            line = dice.choice(open_lines)
            return {keep(line): line.open - 1}, 1, 1
        case _:
            return {"ask": {"question": "Where is it?"}, "address": HOME}.get(name, {}), 0, 0


def _deed(name):
    return BY_NAME[name.partition(" ")[0]]


def _why_otherwise(order, deed):
    """Say what the page says then: how the order stands, and why this cannot be done; "" if it says nothing."""
    now = standing.of(Order.objects.get(pk=order.pk), at=AT)
    stands = shown.sentence(now)
    return f"{views.MOVED} {stands} {deed.why_not(now)}" if stands else ""


# --- staff --------------------------------------------------------------------------------------


def ship(dice, line, lorries, other):
    return sum(
        row.quantity for each in fulfillment.ship_order(line.order_id, by=None, at=AT) for row in each.lines.all()
    )


def call_off(dice, line, lorries, other):
    return fulfillment.cancel([LineUnits(line.pk, 1)], reason=CHANGED, by=None, at=AT)


def substitute(dice, line, lorries, other):
    return fulfillment.substitute([LineUnits(line.pk, 1)], other, reason=CHANGED, by=None, at=AT)


def quantity(dice, line, lorries, other):
    left = max(1, line.open + line.shipped + dice.choice((-1, 1)))
    return fulfillment.change_quantity([LineUnits(line.pk, left)], reason=CHANGED, by=None, at=AT)


def receive(dice, line, lorries, other):
    inbound.receive([inbound.Receipt(dice.choice(lorries), 2)], by=None, at=AT)
    return 2


def later(dice, line, lorries, other):
    day = make.TODAY + timedelta(days=dice.randint(20, 60))
    return by_hand.set_date([line.pk], day, reason=CHANGED, by=None, at=AT)


def moment(dice):
    """The hour of all others; no two look at the same instant, since a preview knows what it wrote by that."""
    return time_machine.travel(AT + timedelta(microseconds=dice.randrange(1, 10**6)), tick=False)


def hands(role):
    """Somebody of this group at a browser, in this process."""
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(groups__name=role))
    return client


def place(dice, line, lorries, other):
    """Place an order by its form, as customer service does, for a customer who may be at their page just now."""
    act = acts.Act(reverse("admin:orders_order_add"), {"customer": f"#{line.order.customer_id}"}, is_new=True)
    with moment(dice):
        page = acts.opened(hands(roles.CUSTOMER_SERVICE), act)
        return _sent(page.send(**{"lines-0-sku": line.product.sku, "lines-0-units": str(dice.randint(1, 3))}), 1)


def ship_page(dice, line, lorries, other):
    """Look at what of an order ships and, a moment later, ship it, as operations does."""
    with moment(dice):
        return _shipped(hands(roles.OPERATIONS), f"{reverse('admin:orders_order_ship')}?ids={line.order_id}", dice)


def _shipped(client, address, dice):
    seen = client.get(address)
    looked = client.post(address, {**acts.form_of(seen), "preview": "1"})
    if 'name="apply"' not in looked.content.decode():
        return _sent(looked, 0)
    time.sleep(dice.random() * 0.02)
    answer = client.post(address, {**acts.form_of(looked), "apply": "1"})
    said = _sent(answer, 1)
    if isinstance(said, str):
        return said
    return int(re.search(r"Shipped ([\d,]+) unit", client.get(answer["Location"]).content.decode())[1])


def _sent(answer, done):
    """Say what a page said that did nothing; ``done`` where it was done."""
    if answer.status_code == 302:
        return done
    return " ".join(
        re.findall(r'class="(?:errornote|warning|error)[^"]*"[^>]*>([^<]*)', answer.content.decode())
    ).strip()


DEEDS = (ship, call_off, substitute, quantity, receive, later, place, ship_page)
BY_PAGE = {roles.CUSTOMER_SERVICE: "grace", roles.OPERATIONS: "oskar"}
"""Who of which group is at a page."""


def member(orders, lorries, other, dice):
    """Do one thing to a line of one of these orders: which, and how many of what it counts, or why not."""
    deed = dice.choice(DEEDS)
    lines = list(OrderLine.objects.filter(order=dice.choice(orders)).exclude(product=other))
    try:
        return deed.__name__, deed(dice, dice.choice(lines), lorries, other)
    except REFUSED as why:
        return deed.__name__, str(why)


# --- at once ------------------------------------------------------------------------------------


def work(is_customer, seed, orders, lorries, other):
    dice = random.Random(seed)
    if is_customer:
        return [customer(orders, dice) for _ in range(TURNS)]
    return [member(orders, lorries, other, dice) for _ in range(TURNS)]


def all_at_once(**given):
    orders, lorries, other = shop()
    people = [True] * CUSTOMERS + [False] * STAFF
    found = race.run(work, [(who, seed, orders, lorries, other) for seed, who in enumerate(people)], **given)
    return found, lorries


def faults(found, lorries):
    """All that must not be, of what a race left behind."""
    broken = [each for each in found if isinstance(each, str)]
    if broken:
        return broken
    theirs, ours = list(chain(*found[:CUSTOMERS])), list(chain(*found[CUSTOMERS:]))
    done = [(name, *how) for name, how in theirs if isinstance(how, tuple)]
    wrong = [f"{name} is refused without words" for name, how in [*theirs, *ours] if how == ""]
    wrong += [f"{name} is done without words" for name, *_, text in done if not text]
    times, units = Counter(name for name, *_ in done), Counter[str]()
    for name, how in ours:
        units[name] += how if isinstance(how, int) else 0
    confirmed = sum(times[name] for name in CONFIRMED)
    mine = LineEvent.objects.filter(kind=EventKind.CANCELED, text=REASON)
    said = {
        "acts": (PageAct.objects.count(), len(done)),
        "numbers": (PageAct.objects.values("order", "number").distinct().count(), len(done)),
        "words of acts": (sorted(PageAct.objects.values_list("text", flat=True)), sorted(text for *_, text in done)),
        "confirmations": (NoticeLine.objects.filter(kind=NoticeKind.NOTED).count(), confirmed),
        "consents": (Consent.objects.values("act").distinct().count(), times["agree"]),
        "canceled by customers": (mine.aggregate(all=Sum("units"))["all"] or 0, sum(each for _, _, each, _ in done)),
        "canceled mails": (
            NoticeLine.objects.filter(kind=NoticeKind.CANCELED, detail=REASON).count(),
            sum(lines for _, lines, *_ in done),
        ),
        "shipped": (OrderLine.objects.aggregate(all=Sum("shipped"))["all"], units["ship"] + units["ship_page"]),
        "placed": (Order.objects.filter(channel="staff").count(), units["place"]),
        "received": (Inbound.objects.filter(pk__in=lorries).aggregate(all=Sum("received"))["all"], units["receive"]),
        "replaced": (AddedLine.objects.filter(is_substitute=True).count(), units["substitute"]),
    }  # fmt: skip
    wrong += [f"{what}: {there}, not {told}" for what, (there, told) in said.items() if there != told]
    return wrong + [finding.rule for finding in audit.run(at=AT) if finding.broken]


def test_what_customers_and_staff_do_at_once_to_the_same_orders_is_each_done_once_or_refused_in_words():
    found, lorries = all_at_once()

    assert faults(found, lorries) == []
    assert_balanced(at=AT)
    kept = [how for some in found for _, how in some]
    assert len(kept) == (CUSTOMERS + STAFF) * TURNS
    done = {name for some in found for name, how in some if not isinstance(how, str) and how}
    assert len({*ACTS, *(deed.__name__ for deed in DEEDS)} - done) <= 1, done  # a rare one may find nothing to do
    assert any("nothing was done just now" in str(how) or "just now." in str(how) for how in kept)


def test_without_the_lock_the_same_race_is_lost():
    for _ in range(4):  # on a busy machine six processes may happen to take turns: one race of a few is lost
        if faults(*all_at_once(unguarded=True)):
            return
        call_command("flush", interactive=False, verbosity=0)
    pytest.fail("No race was lost.")
