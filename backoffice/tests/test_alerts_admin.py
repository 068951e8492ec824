"""The list of alerts: what, on which row, whose, by when; each sees their own kinds, and solves or gives them once."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.models import Trouble
from backoffice.people.roles import AUDITOR, BUYER, CUSTOMER_SERVICE, OPERATIONS
from backoffice.tests import people
from backoffice.watching import alerts as watched
from backoffice.watching.kinds import KINDS
from inventory.models import Alert, CountSheet, Inbound, Product, Transfer, Warehouse
from inventory.notebook import alerts, hanging, owners
from inventory.supply import transfers
from orders.mail import notices
from orders.models import Notice, Order, OrderLine, PageAct, Refund
from orders.tests import make
from suppliers.letters import facts
from suppliers.models import OrderLetter, PurchaseOrder, Supplier

pytestmark = pytest.mark.django_db
NOW, TODAY = make.MONDAY, make.TODAY
LIST = "/admin/inventory/alert/"


@pytest.fixture(autouse=True)
def _monday(settings):
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield
    cache.clear()


def role(name):
    return owners.role(Group.objects.get(name=name))


def raised(row, words, kind="order_by", to=BUYER, due=TODAY):
    alerts.raise_all([alerts.Matter(kind, hanging.key(row), words, due, role(to))], by=None, at=NOW)
    Alert.objects.filter(words=words).update(due_date=due)
    return Alert.objects.get(words=words)


@pytest.fixture
def shop():
    """Three alerts: of the buyer, of customer service, of operations."""
    lamp = make.product("LAMP-1")
    make.line(lamp, 4, who=make.customer("Lena Ortiz"))
    night = Trouble.objects.create(name="night", key="night:1", words="It did not run.", began_at=NOW)
    return [
        raised(lamp, "Order 4 LAMP-1 today."),
        raised(Notice.objects.get(), "Call Lena Ortiz.", "call", CUSTOMER_SERVICE),
        raised(night, "It did not run.", "night", OPERATIONS, people.in_days(-1)),
    ]


def shown(client, **asked):
    page = client.get(LIST, asked)
    assert page.status_code == 200
    return [row.words for row in page.context_data["cl"].result_list]


def address(act, alert):
    return f"{reverse(f'admin:inventory_alert_{act}')}?ids={alert.pk}"


@pytest.mark.parametrize(
    ("reader", "words"),
    [
        (BUYER, ["It did not run.", "Order 4 LAMP-1 today.", "Call Lena Ortiz."]),
        (OPERATIONS, ["It did not run.", "Order 4 LAMP-1 today.", "Call Lena Ortiz."]),
        (AUDITOR, ["It did not run.", "Order 4 LAMP-1 today.", "Call Lena Ortiz."]),
        (CUSTOMER_SERVICE, ["Call Lena Ortiz."]),
    ],
)
def test_each_sees_the_kinds_that_their_role_is_meant_to_know_what_is_due_first_before(shop, reader, words):
    assert shown(people.browser(reader)) == words


@pytest.mark.parametrize("act", ["solve", "give", "take", "let_go"])
def test_what_one_may_not_see_one_can_neither_open_nor_act_on(shop, act):
    order_today = shop[0]
    client = people.browser(CUSTOMER_SERVICE)

    assert client.get(f"{LIST}{order_today.pk}/change/").status_code == 404
    page = client.post(address(act, order_today), {"reason": "No", "owner": "role-1"}, follow=True)

    assert "Select at least one row first." in page.content.decode()
    order_today.refresh_from_db()
    assert (order_today.solved_at, order_today.given_by, order_today.taken_by) == (None, None, None)


def test_who_may_see_no_alerts_has_no_list_and_no_link(shop, client):
    somebody = User.objects.create_user("ines", is_staff=True)
    client.force_login(somebody)

    assert client.get(LIST).status_code == 403
    assert watched.seen_by(somebody) == []
    assert "To decide" not in [group.label for group in client.get("/admin/").context_data["navigation"]]


@pytest.mark.parametrize(("reader", "count"), [(BUYER, "3"), (CUSTOMER_SERVICE, "1")])
def test_the_menu_counts_the_open_alerts_that_one_may_see(shop, reader, count):
    first = people.browser(reader).get("/admin/").context_data["navigation"][0]

    assert (first.label, [(link.label, link.count) for link in first.links]) == (
        "To decide",
        [("Alerts", count), ("Working list", "")],
    )


def test_what_an_alert_hangs_on_is_a_link_for_who_may_open_it(shop):
    lamp = Product.objects.get()
    text = people.browser(BUYER).get(LIST).content.decode()

    assert f'<a href="/admin/inventory/product/{lamp.pk}/change/">LAMP-1</a>' in text
    assert f'<a href="/admin/orders/notice/{Notice.objects.get().pk}/change/">Backordered to Lena Ortiz</a>' in text
    assert '<a href="/admin/backoffice/jobrun/?job=nightly">The night did not run</a>' in text
    assert re.findall(r"(\d+ Mar 2026)(?: <span class=\"chip red\">(late)</span>)?</td>", text) == [
        ("1 Mar 2026", "late"), ("2 Mar 2026", ""), ("2 Mar 2026", ""),
    ]  # fmt: skip


def test_a_line_leads_to_its_place_in_the_queue_and_a_row_that_is_gone_to_nothing(client):
    client.force_login(User.objects.create_superuser("boss"))
    line = make.line(make.product("MUG-1"), 2, reference="SO-7")
    raised(line, "The typed date has passed.", "typed_passed", CUSTOMER_SERVICE)
    gone = Trouble.objects.create(name="file", key="file:1", words="Lost.", began_at=NOW)
    raised(gone, "Lost.", "file", OPERATIONS)
    gone.delete()

    page = client.get(LIST)

    assert page.status_code == 200
    assert f'<a href="/admin/orders/backorder/{line.pk}/change/">SO-7 · MUG-1</a>' in page.content.decode()
    assert shown(client) == ["The typed date has passed.", "Lost."]


def test_mine_is_what_is_mine_or_of_a_role_of_mine_and_solved_the_newest_first(shop):
    client = people.browser(BUYER)
    buyer = User.objects.get(groups__name=BUYER)
    alerts.give([shop[2].pk], owners.person(buyer), by=buyer, at=NOW)

    assert shown(client, tab="mine") == ["It did not run.", "Order 4 LAMP-1 today."]
    assert shown(client, tab="solved") == []
    alerts.solve([shop[0].pk], reason="Ordered", by=buyer, at=NOW)
    alerts.solve([shop[1].pk], reason="Called", by=buyer, at=NOW + timedelta(minutes=1))

    assert shown(client) == ["It did not run."]
    assert shown(client, tab="mine") == ["It did not run."]
    assert shown(client, tab="solved") == ["Call Lena Ortiz.", "Order 4 LAMP-1 today."]
    assert "2 Mar 2026, 09:01. buyer: Called" in client.get(LIST, {"tab": "solved"}).content.decode()


def test_the_tabs_count_what_is_open_and_what_is_mine(shop):
    text = people.browser(CUSTOMER_SERVICE).get(LIST).content.decode()

    found = re.findall(r'<a href="\?tab=(\w+)"( aria-current="page")?>([\w ]+)(?:<i>(\d+)</i>)?</a>', text)
    assert found == [
        ("open", ' aria-current="page"', "Open", "1"),
        ("work", "", "In work", "0"),
        ("mine", "", "Mine", "1"),
        ("solved", "", "Solved", ""),
    ]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"kind": "call"}, ["Call Lena Ortiz."]),
        ({"q": "lamp-1"}, ["Order 4 LAMP-1 today."]),
        ({"q": "nobody"}, []),
    ],
)
def test_the_list_is_narrowed_by_kind_and_by_any_part_of_what_is_said(shop, asked, words):
    assert shown(people.browser(BUYER), **asked) == words


def test_a_kind_that_one_may_not_see_and_a_tab_that_is_none_are_refused_in_words(shop):
    client = people.browser(CUSTOMER_SERVICE)

    assert client.get(LIST, {"kind": "order_by"}).status_code == 400
    assert client.get(LIST, {"tab": "everything"}).status_code == 400


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        ("open", "Nothing waits for a decision: every alert is solved, or somebody has it in work."),
        ("work", "Nobody has an alert in work. Open one and take it."),
        ("mine", "Nothing waits for you, nor for a role of yours."),
        ("solved", "No alert was solved yet."),
    ],
)
def test_an_empty_list_says_what_that_means(tab, words):
    assert words in people.browser(BUYER).get(LIST, {"tab": tab}).content.decode()


def test_solved_with_a_reason_it_is_solved_once_however_often_it_is_posted(shop):
    client = people.browser(BUYER)
    page = client.get(address("solve", shop[0]))
    key = re.search(r'name="once" value="([^"]+)"', page.content.decode())[1]

    told = [
        client.post(
            address("solve", shop[0]), {"reason": "Ordered by phone", "once": key, **carried(page)}, follow=True
        )
        for _ in range(2)
    ]

    shop[0].refresh_from_db()
    assert (shop[0].solution, shop[0].solved_by.username, shop[0].solved_at) == ("Ordered by phone", "buyer", NOW)
    assert [str(message) for message in told[0].context["messages"]] == ["Solved 1 alert."]
    assert "It was sent twice and done once." in [str(message) for message in told[1].context["messages"]]


def carried(page):
    return {"fingerprint": re.search(r'name="fingerprint" value="([^"]+)"', page.content.decode())[1]}


def test_what_somebody_else_has_solved_since_is_not_solved_again(shop):
    client = people.browser(BUYER)
    page = client.get(address("solve", shop[0]))
    other = User.objects.create_user("other")
    alerts.solve([shop[0].pk], reason="Ordered by fax", by=other, at=NOW)

    answer = client.post(address("solve", shop[0]), {"reason": "Ordered by phone", **carried(page)})

    shop[0].refresh_from_db()
    assert (shop[0].solution, shop[0].solved_by) == ("Ordered by fax", other)
    assert "The facts have moved since you looked." in answer.content.decode()
    assert "Meanwhile other: “Solved: Ordered by fax”." in answer.content.decode()


def test_one_without_a_reason_stays_open(shop):
    answer = people.browser(BUYER).post(address("solve", shop[0]), {"reason": " "})

    assert "This field is required." in answer.content.decode()
    assert Alert.objects.get(pk=shop[0].pk).solved_at is None


def test_an_alert_is_given_to_a_person_or_a_role_that_is_here(shop):
    client = people.browser(CUSTOMER_SERVICE)
    mia = User.objects.create_user("mia", is_staff=True, first_name="Mia", last_name="Moor")
    mia.groups.add(Group.objects.get(name=CUSTOMER_SERVICE))
    left = User.objects.create_user("left", is_staff=True, is_active=False)
    url = address("give", shop[1])

    told = client.post(url, {"owner": f"person-{mia.pk}"}, follow=True)
    refused = client.post(url, {"owner": f"person-{left.pk}"})

    shop[1].refresh_from_db()
    assert (shop[1].person, shop[1].role, shop[1].given_by.username) == (mia, None, "customer.service")
    assert [str(message) for message in told.context["messages"]] == ["Mia Moor has it now."]
    assert "who you chose may not act on this, or does not work here any more" in refused.content.decode()

    client.post(url, {"owner": f"role-{Group.objects.get(name=OPERATIONS).pk}"})
    shop[1].refresh_from_db()
    assert (shop[1].person, shop[1].role.name) == (None, OPERATIONS)


@pytest.mark.parametrize(
    ("number", "names"),
    [(0, {BUYER, OPERATIONS}), (1, {BUYER, CUSTOMER_SERVICE, OPERATIONS}), (2, {BUYER, OPERATIONS})],
)
def test_only_who_sees_an_alert_and_may_solve_it_is_offered(shop, number, names):
    """An auditor changes nothing; customer service sees no purchase order and no night."""
    people.browser(AUDITOR)
    people.browser(CUSTOMER_SERVICE)

    form = people.browser(BUYER).get(address("give", shop[number])).context["form"]

    assert set(form.roles.values()) == names
    called = {User.objects.get(pk=key.rpartition("-")[2]).username for key in form.people}
    assert ("auditor" in called, "customer.service" in called) == (False, CUSTOMER_SERVICE in names)


def test_mail_that_did_not_arrive_is_asked_for_at_once(shop):
    notice = Notice.objects.get()
    raised(notice, "Came back.", "bounced", CUSTOMER_SERVICE)
    raised(notice, "In doubt.", "undelivered", CUSTOMER_SERVICE)
    cache.clear()
    service = people.browser(CUSTOMER_SERVICE)

    [card] = [card for card in service.get("/admin/").context_data["cards"] if card.label == "Did not arrive"]

    assert (card.figure, card.detail, card.rows) == ("2", "mails: 1 came back, 1 never delivered or in doubt", 2)
    asked = card.url.partition("?")[2].partition("=")
    assert shown(service, **{asked[0]: asked[2]}) == ["Came back.", "In doubt."]


def test_an_auditor_looks_and_does_nothing(shop):
    client = people.browser(AUDITOR)
    page = client.get(f"{LIST}{shop[0].pk}/change/").content.decode()

    assert "Order 4 LAMP-1 today." in page
    assert "Solve…" not in page
    assert [client.post(address(act, shop[0])).status_code for act in ("solve", "give", "take", "let_go")] == [403] * 4


def test_what_is_solved_offers_nothing_to_do(shop):
    buyer = people.browser(BUYER)
    url = f"{LIST}{shop[0].pk}/change/"
    ways = ["Order it", WHO_WAITS, "All to order today"]
    offered = [*ways, "Take it", "Solve…", "Give to…"]
    assert [label for label, _ in buyer.get(url).context_data["buttons"]] == offered

    alerts.solve([shop[0].pk], reason="Ordered", by=User.objects.get(username="buyer"), at=NOW)

    assert buyer.get(url).context_data["buttons"] == []


def act(client, name, *rows):
    url = f"{reverse(f'admin:inventory_alert_{name}')}?ids={','.join(str(row.pk) for row in rows)}"
    told = client.post(url, carried(client.get(url)), follow=True)
    return [str(message) for message in told.context["messages"]]


def test_what_somebody_takes_is_theirs_and_in_work_until_it_is_let_go_or_given_on(shop):
    buyer, boss = people.browser(BUYER), people.browser(OPERATIONS)

    assert act(buyer, "take", shop[0], shop[1]) == ["You have 2 alerts in work."]

    assert (shown(buyer), shown(buyer, tab="work")) == (
        ["It did not run."],
        ["Order 4 LAMP-1 today.", "Call Lena Ortiz."],
    )
    assert (shown(buyer, tab="mine"), shown(boss, tab="mine")) == (shown(buyer, tab="work"), ["It did not run."])
    text = boss.get(LIST, {"tab": "work"}).content.decode()
    chip = '<span class="chip blue">in work</span> <span class="dim">since 2 Mar 2026, 09:00</span>'
    assert text.count(f"buyer {chip}") == 2
    cache.clear()
    assert boss.get("/admin/").context_data["navigation"][0].links[0].count == "1"

    assert act(boss, "let_go", shop[0]) == ["1 alert is open again."]
    boss.post(address("give", shop[1]), {"owner": f"role-{Group.objects.get(name=CUSTOMER_SERVICE).pk}"})

    assert (shown(buyer, tab="work"), shown(buyer, tab="mine")) == ([], ["Order 4 LAMP-1 today."])
    assert shown(boss) == ["It did not run.", "Order 4 LAMP-1 today.", "Call Lena Ortiz."]


def test_what_is_in_work_is_offered_to_be_let_go_and_not_to_be_taken(shop):
    buyer = people.browser(BUYER)
    act(buyer, "take", shop[0])

    page = buyer.get(f"{LIST}{shop[0].pk}/change/")

    assert [label for label, _ in page.context_data["buttons"]][-3:] == ["Let go", "Solve…", "Give to…"]
    other = people.browser(OPERATIONS)
    late = other.post(address("take", shop[0]), carried(other.get(address("take", shop[0]))))
    assert "Somebody else has one of these alerts in work. Look again." in late.content.decode()
    assert Alert.objects.get(pk=shop[0].pk).taken_by.username == "buyer"


AT_RISK = [
    "New date…",
    "Its order: ask, shorten…",
    "Order it now",
    "Who waits: substitute, new date…",
]
WHO_WAITS = "Who waits: substitute, new date…"
ASKED = ["They left…", "They leave on another day…", "They do not come…", "The order", WHO_WAITS]


@pytest.mark.proof
def test_each_kind_leads_out_to_pages_that_open(client):
    client.force_login(User.objects.create_superuser("boss"))
    line = make.line(make.product("LAMP-1"), 4, who=make.customer("Lena", ""))
    notices.send_due(at=NOW)
    supplier = Supplier.objects.create(code="NORDLYS", name="Nordlys")
    place = {"supplier": supplier, "warehouse": make.warehouse(), "proposed_at": NOW}
    spare = make.product("SPARE-1")
    make.on_hand(spare, 1)
    order = PurchaseOrder.objects.create(reference="PO-1", **place)
    said = facts.read([order], by=None, at=NOW)
    rows = {
        Product: line.product,
        PurchaseOrder: order,
        Inbound: make.coming(line.product, 4, on=None),
        Transfer: transfers.send(
            transfers.TransferDraft(place["warehouse"].pk, make.warehouse("FAR").pk, {spare.pk: 1}, None),
            by=None,
            at=NOW,
        ),
        CountSheet: CountSheet.objects.create(reference="CS-1", warehouse=place["warehouse"], opened_at=NOW),
        OrderLetter: OrderLetter.objects.create(
            purchase_order=order, number=1, kind="order", facts=said[order.pk].as_row(), due_at=NOW, created_at=NOW
        ),
        Notice: Notice.objects.get(),
        Order: line.order,
        OrderLine: line,
        Warehouse: place["warehouse"],
        PageAct: PageAct.objects.create(order=line.order, number=1, kind="asked", text="Asked: Why?", at=NOW),
        Refund: Refund.objects.create(
            order=line.order, event="test", reason="canceled", amount=9, is_known_paid=True, due_date=make.TODAY, at=NOW
        ),
        Trouble: Trouble.objects.create(name="night", key="night:1", words="It did not run.", began_at=NOW),
    }
    found = {}

    for kind in KINDS:
        alert = raised(rows[kind.model], kind.name, kind.name)
        buttons = client.get(f"{LIST}{alert.pk}/change/").context_data["buttons"][
            : sum(not way.help for way in kind.ways)
        ]
        found[kind.name] = [label for label, _ in buttons]
        for _, url in buttons:
            page = client.get(url, follow=True)
            assert (page.status_code, "Select at least one row" in page.content.decode()) == (200, False), url

    assert found == {
        "order_by": ["Order it", WHO_WAITS, "All to order today"],
        "unsent": ["Send…", "Sent by hand…", "The order"],
        "untouched": ["Approve…", "The order"],
        "bounced": ["The mail", "The customer’s address"],
        "undelivered": ["The mail", "The customer’s address"],
        "call": ["Called…", "The customer’s address"],
        "letter_back": ["The letter", "Send again…", "The supplier’s address"],
        "letter_undelivered": ["The letter", "Send again…", "The supplier’s address"],
        "ask_call": ASKED,
        "ask_silent": ASKED,
        "overdue": AT_RISK,
        "slipped": AT_RISK,
        "may_break": AT_RISK,
        "not_left": ["What is due", "Shipping desk"],
        "must_by": ["The order: substitute, cancel…", "Ship what is here…", "The customer, to call"],
        "count_open": ["Post…", "The sheet"],
        "in_transit": ["Receive…", "The transfer", "What is on its way: new date…"],
        "surplus": ["Keep or send back…", "What came"],
        "typed_passed": ["New date…", "The line"],
        "paid_late": ["Let it go on…", "The order"],
        "stopped": ["Let it go on…", "The order", "The customer, to call"],
        "refund_overdue": ["Paid back…", "The refund"],
        "refund_to_collect": ["Paid back…", "The refund"],
        "night": ["The nights"],
        "mail": ["The mails"],
        "books": ["The audits"],
        "file": ["The files"],
        "asked": ["The order", "The customer’s address"],
        "address_asked": ["Ship to another address…", "The order"],
    }


@pytest.mark.parametrize(("reader", "count"), [(BUYER, 3), (OPERATIONS, 4), (AUDITOR, 2), (CUSTOMER_SERVICE, 2)])
def test_the_list_offers_each_the_ways_that_they_may_go(shop, reader, count):
    text = people.browser(reader).get(LIST).content.decode()

    ways = "Order it|All to order today|Called…|The customer’s address|The nights"
    assert len(re.findall(f"<a href=[^>]*>(?:{ways})<", text)) == count


@pytest.mark.parametrize("size", [3, 30])
def test_the_list_keeps_its_query_budget_whatever_its_rows_hang_on(client, size):
    client.force_login(User.objects.create_superuser("boss"))
    for number in range(size):
        line = make.line(make.product(f"LAMP-{number}"), 1, who=make.customer(f"Lena {number}"))
        raised(line.product, f"Order {number}.")
        raised(line, f"Date {number}.", "typed_passed", CUSTOMER_SERVICE)
        raised(line.notice_lines.get().notice, f"Call {number}.", "call", CUSTOMER_SERVICE)
    client.get(LIST)

    with CaptureQueriesContext(connection) as asked:
        assert len(shown(client)) == min(3 * size, 50)

    assert len(asked) == 12
