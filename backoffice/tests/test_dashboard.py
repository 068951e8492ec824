import re
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group, Permission, User
from django.core.cache import cache

from backoffice import dashboard, kpi
from backoffice.models import ClockTick, JobRun
from backoffice.people import roles
from backoffice.people.roles import AUDITOR, BUYER, CUSTOMER_SERVICE, OPERATIONS
from backoffice.tests import people
from backoffice.today import desks
from backoffice.watching import troubles
from inventory.models import ReorderPolicy
from inventory.notebook import alerts, assignments, hanging, notes, owners
from orders import fulfillment
from orders.models import Notice, NoticeState, OrderLine
from orders.promising import by_hand, sweep
from orders.tests import make
from suppliers.models import PurchaseOrder, PurchaseOrderLine, Slip, Supplier

pytestmark = pytest.mark.django_db
NOW = make.MONDAY + timedelta(hours=3)


@pytest.fixture(autouse=True)
def _now():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def _ticks(db):
    troubles.tick(at=NOW)


def person(*permissions):
    user = User.objects.create_user("ines", is_staff=True)
    for name in permissions:
        app, codename = name.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return user


@pytest.fixture
def everyone(client):
    client.force_login(User.objects.create_superuser("root"))
    return client


@contextmanager
def later(client, days):
    """Days later, when whoever looks has signed in again."""
    cache.clear()
    with time_machine.travel(NOW + timedelta(days=days), tick=False):
        client.force_login(User.objects.get(username="root"))
        yield


def cards(client):
    return {card.label: (card.figure, card.detail, card.tone) for card in client.get("/admin/").context_data["cards"]}


def draft(reference="PO-1", **fields):
    supplier = Supplier.objects.get_or_create(code="NORDLYS", name="Nordlys")[0]
    return PurchaseOrder.objects.create(
        reference=reference, supplier=supplier, warehouse=make.warehouse(), proposed_at=NOW, **fields
    )


def test_an_empty_shop_says_so_in_words(everyone):
    page = everyone.get("/admin/")

    assert cards(everyone) == {
        "Waiting units": ("0", "on 0 lines", "gray"),
        "Ready, promise due": ("0", "nothing that is here is due", "green"),
        "Shipping desk": ("0", "no batch is on the floor", "gray"),
        "Promises kept": ("no data", "no promised day has passed yet", "gray"),
        "Past promise": ("0", "no promised day has passed", "green"),
        "No date": ("0", "every line has a date", "green"),
        "Can ship now": ("0", "nothing stands ready", "gray"),
        "Needs a decision": ("0", "every date holds", "green"),
        "Receipts expected": ("0", "nothing within 7 days", "gray"),
        "Never told": ("0", "every customer who waits has heard", "green"),
        "About to run out": ("0", "no SKU", "green"),
        "Order today": ("0", "no promise hangs on it", "green"),
        "Drafts to approve": ("0", "nothing to approve", "green"),
    }
    text = page.content.decode()
    assert "No data yet." in text
    assert "Nothing does: every waiting line has a date, and every date holds." in text
    assert "Not run yet" in text
    assert "Not checked yet" in text


def test_what_stands_still_is_a_red_card_before_all_else(everyone):
    JobRun.objects.create(
        job="audit", business_date=make.TODAY, started_at=NOW, finished_at=NOW, counts={"rules": {"Held": 3}}
    )
    ClockTick.objects.update(at=NOW - timedelta(hours=1))

    first, second, *rest = everyone.get("/admin/").context_data["cards"]

    assert (first.label, first.figure, first.tone) == ("The clock stands still", "11:00", "red")
    assert first.url == "/admin/backoffice/jobrun/"
    assert (second.label, second.figure, second.tone) == ("The books do not balance", "3 differ", "red")
    assert everyone.get(second.url).status_code == 200
    assert "red" not in {card.tone for card in rest}


def test_what_stands_still_is_shown_to_who_may_mend_it(client):
    ClockTick.objects.update(at=NOW - timedelta(hours=1))
    client.force_login(person("suppliers.view_purchaseorder"))
    assert "The clock stands still" not in cards(client)

    User.objects.all().delete()
    client.force_login(person("backoffice.view_jobrun"))
    assert "The clock stands still" in cards(client)


def test_the_cards_count_units_lines_orders_and_skus(everyone):
    lamp, mug, rug = make.product("LAMP"), make.product("MUG"), make.product("RUG")
    make.coming(lamp, 9, on=make.TODAY + timedelta(days=4), is_confirmed=True, at=make.MONDAY - timedelta(days=12))
    make.on_hand(mug, 4)
    make.order((lamp, 2), (rug, 7), reference="SO-1", at=make.MONDAY - timedelta(days=12))
    make.order((mug, 6), reference="SO-2")
    late = make.line(lamp, 3, at=make.MONDAY - timedelta(days=11))
    by_hand.set_date([late.pk], make.TODAY - timedelta(days=1), reason="said so", by=None, at=NOW - timedelta(days=10))
    for place, chance in (("BER", 0.5), ("HAM", 0.49), ("RTM", None)):
        ReorderPolicy.objects.create(product=rug, warehouse=make.warehouse(place), stockout_chance=chance)
    draft("PO-1")
    draft("PO-2", canceled_at=NOW)
    draft("PO-3", approved_at=NOW)

    assert cards(everyone) == {
        "Waiting units": ("14", "on 4 lines, oldest 12 days", "gray"),
        "Ready, promise due": ("0", "nothing that is here is due", "green"),
        "Shipping desk": ("0", "no batch is on the floor", "gray"),
        "Promises kept": ("no data", "no promised day has passed yet", "gray"),
        "Past promise": ("1", "line in 1 order", "red"),
        "No date": ("2", "lines, 9 units", "amber"),
        "Can ship now": ("4", "units in 1 order", "green"),
        "Needs a decision": ("3", "lines", "amber"),
        "Receipts expected": ("1", "within 7 days, 0 of them today", "gray"),
        "Never told": ("4", "lines", "amber"),
        "About to run out": ("1", "SKU, before the next order can arrive", "amber"),
        "Order today": ("0", "no promise hangs on it", "green"),
        "Drafts to approve": ("1", "purchase order", "blue"),
    }


def test_orders_not_sent_in_time_and_drafts_left_lying_have_cards_of_their_own(everyone):
    """Nordlys is asked within a day of the approval; exactly a day is in time, exactly a week is left lying."""
    day, week = timedelta(days=1), timedelta(days=7)
    draft("PO-1", approved_at=NOW - day)
    draft("PO-2", approved_at=NOW - day - timedelta(microseconds=1))
    draft("PO-3", approved_at=NOW - week, sent_at=NOW)
    draft("PO-4", approved_at=NOW - week, canceled_at=NOW)
    PurchaseOrder.objects.update(proposed_at=NOW - 2 * week)
    draft("PO-5", touched_at=NOW)
    draft("PO-6", touched_at=NOW - week)
    PurchaseOrder.objects.filter(reference__in=["PO-5", "PO-6"]).update(proposed_at=NOW - 2 * week)
    draft("PO-7")

    found = {card.label: card for card in everyone.get("/admin/").context_data["cards"]}

    unsent, lying = found["Approved, not sent"], found["Drafts left lying"]
    assert (unsent.figure, unsent.detail, unsent.tone) == ("1", "purchase order, beyond the approval time", "red")
    assert (lying.figure, lying.detail, lying.tone) == ("1", "purchase order, untouched for a week", "amber")
    listed = {
        card.label: [row.reference for row in everyone.get(card.url).context_data["cl"].result_list]
        for card in (unsent, lying)
    }
    assert listed == {"Approved, not sent": ["PO-2"], "Drafts left lying": ["PO-6"]}


def test_every_card_leads_to_the_list_it_counts(everyone):
    make.line(make.product("LAMP"), 2, reference="SO-1")
    draft()
    urls = {card.label: card.url for card in everyone.get("/admin/").context_data["cards"]}

    for label, url in urls.items():
        assert everyone.get(url).status_code == 200, label
    assert len(everyone.get(urls["No date"]).context_data["cl"].rows) == 1
    assert len(everyone.get(urls["Drafts to approve"]).context_data["cl"].result_list) == 1
    assert len(everyone.get(urls["About to run out"]).context_data["cl"].result_list) == 0


def test_a_person_sees_the_cards_of_their_role_only(client):
    client.force_login(person("suppliers.view_purchaseorder"))

    response = client.get("/admin/")

    assert [card.label for card in response.context_data["cards"]] == ["Order today", "Drafts to approve"]
    assert "Needs a decision" not in response.content.decode()
    assert "Nightly run" not in response.content.decode()


def test_a_person_without_any_role_is_told_what_to_do(client):
    client.force_login(person())

    assert "Ask whoever manages people" in client.get("/admin/").content.decode()


def test_new_and_filled_backorders_are_counted_by_day():
    lamp = make.product()
    earlier = NOW - timedelta(days=3)
    lorry = make.coming(lamp, 5, on=make.TODAY, at=earlier)
    make.on_hand(lamp, 1, at=earlier)
    make.line(lamp, 4, at=earlier)
    make.line(lamp, 2, at=NOW - timedelta(days=1))
    make.arrived(lorry, 4, at=NOW)
    make.lost(lamp, 1, at=NOW)

    days = kpi.flow(on=make.TODAY, days=5)

    assert [(day.day - make.TODAY).days for day in days] == [-4, -3, -2, -1, 0]
    assert [(day.new, day.filled) for day in days] == [(None, None), (3, 0), (0, 0), (2, 0), (1, 4)]


def test_a_shop_without_history_has_no_data_and_draws_nothing():
    assert {(day.new, day.filled) for day in kpi.flow(on=make.TODAY)} == {(None, None)}
    assert dashboard.chart(make.TODAY).is_empty


def test_the_chart_shows_fourteen_days(everyone):
    make.line(make.product(), 3)

    page = everyone.get("/admin/").content.decode()

    assert "2: 3 new units" in page
    assert page.count("<rect") == 2
    assert len(dashboard.chart(make.TODAY).columns) == 14


def test_what_needs_a_decision_is_listed_by_product_with_most_units_first(everyone):
    lamp, mug = make.product("LAMP", name="Drum lamp"), make.product("MUG")
    make.line(mug, 2)
    make.line(lamp, 3)
    make.line(lamp, 4)

    rows = everyone.get("/admin/").context_data["undecided"]

    assert [(row.sku, row.lines, row.units, row.soonest) for row in rows] == [("LAMP", 2, 7, None), ("MUG", 1, 2, None)]
    assert 'href="/admin/orders/backorder/?tab=decide&amp;sku=LAMP"' in everyone.get("/admin/").content.decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"finished_at": NOW, "counts": {"differences": 0}}, "The books balance ✓"),
        ({"finished_at": NOW, "counts": {"differences": 3}}, "3 differences found"),
        ({"error": "disk full"}, "The check broke off: disk full"),
        ({}, "Being checked now"),
    ],
)
def test_the_books_card_says_what_the_last_audit_found(everyone, fields, words):
    JobRun.objects.create(job="audit", business_date=make.TODAY, started_at=NOW, **fields)

    assert words in everyone.get("/admin/").content.decode()


def test_the_nightly_run_shows_its_progress_until_it_is_done(everyone):
    run = JobRun.objects.create(
        job="nightly", business_date=make.TODAY, started_at=NOW, progress=40, step="Reorder points"
    )

    assert "40 %</span> Reorder points" in everyone.get("/admin/").content.decode()

    run.finished_at = NOW
    run.save()

    assert "2 Mar 2026 · finished now" in everyone.get("/admin/").content.decode()


def test_shipping_takes_a_line_off_the_card(everyone):
    lamp = make.product()
    make.on_hand(lamp, 2)
    order = make.order((lamp, 2))
    assert cards(everyone)["Can ship now"][0] == "2"

    fulfillment.ship_order(order.pk, by=None, at=NOW)
    cache.clear()

    assert cards(everyone)["Can ship now"][0] == "0"


def test_what_is_here_is_due_on_its_promised_day_and_broken_a_day_later(everyone):
    lamp = make.product()
    make.on_hand(lamp, 5)
    make.order((lamp, 2))
    make.order((lamp, 3), at=make.MONDAY + timedelta(days=1))
    found = {}

    for days in range(3):
        with later(everyone, days):
            shown = cards(everyone)
            found[days] = shown["Ready, promise due"], shown["Past promise"]

    assert found == {
        0: (("0", "nothing that is here is due", "green"), ("0", "no promised day has passed", "green")),
        1: (("2", "units in 1 order", "amber"), ("0", "no promised day has passed", "green")),
        2: (("5", "units in 2 orders, 1 line late", "red"), ("1", "line in 1 order", "red")),
    }


def test_what_is_here_and_left_lying_until_no_day_can_be_given_is_due_and_late(everyone):
    lamp = make.product()
    make.on_hand(lamp, 5)
    make.order((lamp, 2))
    for night in range(1, 30):
        sweep.sweep(at=make.MONDAY + timedelta(days=night))

    with later(everyone, 29):
        shown = cards(everyone)

    assert shown["Ready, promise due"] == ("2", "units in 1 order, 1 line late", "red")


def test_an_order_of_which_one_line_waits_and_one_is_here_is_late_once(everyone):
    lamp, mug = make.product(), make.product()
    make.on_hand(lamp, 1)
    make.coming(mug, 1, on=make.TODAY + timedelta(days=1))
    make.order((lamp, 1), (mug, 1))

    with later(everyone, 9):
        assert cards(everyone)["Past promise"] == ("2", "lines in 1 order", "red")


def test_promises_at_risk_show_what_waits_of_them_in_money_and_lead_to_their_lines(everyone, settings):
    settings.SHOP_CURRENCY = "EUR"
    lamp, mug = make.product("LAMP"), make.product("MUG")
    make.on_hand(lamp, 2)
    make.coming(mug, 9, on=make.TODAY + timedelta(days=4), is_confirmed=True)
    today = make.order((lamp, 5), reference="TODAY").lines.get()
    two = make.order((lamp, 1), (lamp, 4), reference="TWO")
    yesterday = make.order((lamp, 10), reference="YESTERDAY", at=make.MONDAY - timedelta(days=9)).lines.get()
    make.order((mug, 9), reference="SAFE")
    OrderLine.objects.update(unit_price="10.00")
    for days, line_ids in (0, [today.pk]), (5, two.lines.values_list("pk", flat=True)), (-1, [yesterday.pk]):
        at = min(NOW, NOW + timedelta(days=days))
        by_hand.set_date(line_ids, make.TODAY + timedelta(days=days), reason="x", by=None, at=at)
    cache.clear()

    found = {card.label: card for card in everyone.get("/admin/").context_data["cards"]}

    risk = found["Promise at risk"]
    assert (risk.figure, risk.detail, risk.tone, risk.money) == ("3", "lines in 2 orders", "amber", "80 EUR")
    assert (risk.rows, risk.url) == (3, "/admin/orders/backorder/?tab=risk")
    listed = [row.line.order.reference for row in everyone.get(risk.url).context_data["cl"].rows]
    assert listed == ["TODAY", "TWO", "TWO"]


def test_an_order_wanted_later_can_ship_on_its_day_and_not_before(everyone):
    lamp = make.product(backorder_policy="never")
    make.on_hand(lamp, 2)
    make.order((lamp, 2), wanted_date=make.TODAY + timedelta(days=2))
    found = []

    for days in (1, 2):
        with later(everyone, days):
            found.append(cards(everyone)["Can ship now"])

    assert found == [("0", "nothing stands ready", "gray"), ("2", "units in 1 order", "green")]


def test_today_takes_few_queries_however_many_lines_wait(everyone, django_assert_max_num_queries):
    lamps = [make.product() for _ in range(6)]
    for number in range(30):
        make.line(lamps[number % 6], 1)
    cache.clear()

    with django_assert_max_num_queries(30):  # each figure that is no count of another is one statement
        everyone.get("/admin/")
    with django_assert_max_num_queries(5):
        everyone.get("/admin/")


def test_a_person_of_a_role_asks_once_more_which_it_is(client, django_assert_max_num_queries):
    roles.keep()
    make.line(make.product(), 1)
    client.force_login(of_role(OPERATIONS))
    client.get("/admin/")

    with django_assert_max_num_queries(8):
        client.get("/admin/")


def of_role(*names):
    user = User.objects.create_user("-".join(names), is_staff=True)
    user.groups.set(Group.objects.filter(name__in=names))
    return user


def busy_shop():
    """Lines past their promise, at risk, ready, undated, never told; receipts due, late, moved; drafts; alerts."""
    lamp, mug, rug = (make.product(sku) for sku in ("LAMP", "MUG", "RUG"))
    yesterday = NOW - timedelta(days=1)
    for units, days in ((9, 0), (8, 6), (7, 7), (6, -1)):
        make.coming(lamp, units, on=make.TODAY + timedelta(days=days), reference=f"PO-{days}", is_confirmed=True)
    make.on_hand(mug, 4)
    make.order((rug, 7), reference="SO-1")
    make.order((mug, 3), reference="SO-2")
    make.order((mug, 1), (rug, 1), reference="SO-3")
    late = make.order((lamp, 2), reference="SO-4", at=make.MONDAY - timedelta(days=11)).lines.get()
    by_hand.set_date([late.pk], make.TODAY - timedelta(days=1), reason="x", by=None, at=NOW - timedelta(days=10))
    risky = make.order((make.product("VASE"), 6), reference="SO-5").lines.get()
    by_hand.set_date([risky.pk], make.TODAY + timedelta(days=9), reason="x", by=None, at=NOW)
    OrderLine.objects.update(unit_price="12.50")
    ordered = draft("PO-9", approved_at=NOW - timedelta(days=3))
    line = PurchaseOrderLine.objects.create(purchase_order=ordered, product=rug, quantity=1, unit_price=1)
    for at in (yesterday, yesterday.replace(hour=0), yesterday.replace(hour=0) - timedelta(microseconds=1)):
        Slip.objects.create(line=line, was=make.TODAY, now=make.TODAY + timedelta(days=9), at=at)
    Supplier.objects.create(code="FJORD", name="Fjord", currency="USD", rate="0.5")
    PurchaseOrderLine.objects.create(purchase_order=draft("PO-7"), product=rug, quantity=10, unit_price="2.00")
    foreign = PurchaseOrder.objects.create(
        reference="PO-8", supplier=Supplier.objects.get(code="FJORD"), warehouse=make.warehouse(), proposed_at=NOW
    )
    PurchaseOrderLine.objects.create(purchase_order=foreign, product=rug, quantity=100, unit_price="3.00")
    notice = Notice.objects.order_by("pk").first()
    for kind in ("bounced", "call"):
        matter = alerts.Matter(kind, hanging.key(notice), kind, make.TODAY, owners.role(Group.objects.first()))
        alerts.raise_all([matter], by=None, at=NOW)
    Notice.objects.filter(pk=notice.pk).update(state=NoticeState.CALL)


def test_each_card_leads_to_a_list_of_exactly_as_many_rows_as_it_counts(everyone, settings):
    settings.SHOP_CURRENCY, settings.ZEAL_ALLOWLIST = "EUR", [{"model": "auth.User"}]
    roles.keep()
    busy_shop()
    cache.clear()
    found = everyone.get("/admin/").context_data["cards"]

    listed = {}
    for card in found:
        if card.rows is not None:
            page = everyone.get(card.url).context_data["cl"]
            listed[card.label] = page.paginator.count if hasattr(page, "paginator") else len(page.rows)

    assert listed == {card.label: card.rows for card in found if card.rows is not None}
    assert listed == {
        "Alerts": 2,
        "Waiting units": 4,
        "Past promise": 1,
        "Promise at risk": 1,
        "No date": 2,
        "Can ship now": 2,
        "Ready, promise due": 0,
        "Needs a decision": 4,
        "Receipts expected": 2,
        "Never told": 4,
        "Calls to make": 1,
        "Did not arrive": 1,
        "About to run out": 0,
        "Drafts to approve": 2,
        "Approved, not sent": 1,
        "Overdue": 1,
        "Slips": 2,
    }


def test_money_stands_under_what_is_at_stake(everyone, settings):
    settings.SHOP_CURRENCY, settings.ZEAL_ALLOWLIST = "EUR", [{"model": "auth.User"}]
    roles.keep()
    busy_shop()
    cache.clear()
    page = everyone.get("/admin/")

    assert {card.label: card.money for card in page.context_data["cards"] if card.money} == {
        "Past promise": "25 EUR",
        "Promise at risk": "75 EUR",
        "Can ship now": "50 EUR",
        "Drafts to approve": "170 EUR",
    }
    assert '<b class="money">worth 170 EUR</b>' in page.content.decode()


SHIPPING = {"Can ship now", "Ready, promise due", "Needs a decision", "Shipping desk", "Promises kept"}
WAITING = {"Waiting units", "Past promise", "Promise at risk", "No date"}
ANSWERING = {"Never told", "Calls to make", "Did not arrive"}
BUYING = {"About to run out", "Order today", "Drafts to approve", "Approved, not sent", "Overdue", "Slips"}
COMING, ALL = {"Receipts expected"}, {"Alerts", "Working list"}


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        ([OPERATIONS], ALL | WAITING | SHIPPING | COMING),
        ([CUSTOMER_SERVICE], ALL | WAITING | ANSWERING),
        ([BUYER], ALL | COMING | BUYING),
        ([CUSTOMER_SERVICE, BUYER], ALL | WAITING | ANSWERING | COMING | BUYING),
        ([OPERATIONS, BUYER], ALL | WAITING | SHIPPING | COMING | BUYING),
        ([AUDITOR], ALL | WAITING | (SHIPPING - {"Shipping desk"}) | ANSWERING | COMING | BUYING),
    ],
)
def test_each_role_sees_its_cards_and_who_has_several_sees_each_once(client, settings, names, labels):
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    roles.keep()
    busy_shop()
    cache.clear()
    client.force_login(of_role(*names))

    found = [card.label for card in client.get("/admin/").context_data["cards"]]

    assert (set(found), len(found)) == (labels, len(labels))


def test_what_is_mine_counts_notes_that_name_me_and_rows_given_to_me_or_my_role(client):
    roles.keep()
    lamp, mug, rug = (make.product(sku) for sku in ("LAMP", "MUG", "RUG"))
    mia, tom = of_role(CUSTOMER_SERVICE), User.objects.create_user("tom", is_staff=True)
    notes.write([hanging.key(lamp)], f"@{mia.username.replace(' ', '-')} look", by=tom, at=NOW, key="1")
    assignments.assign([hanging.key(lamp)], owners.person(mia), by=tom, at=NOW)
    assignments.assign([hanging.key(mug)], owners.role(mia.groups.get()), by=tom, at=NOW)
    assignments.assign([hanging.key(rug)], owners.person(tom), by=tom, at=NOW)
    cache.clear()
    client.force_login(mia)

    card = client.get("/admin/").context_data["cards"][0]

    assert (card.label, card.figure, card.detail, card.url) == (
        "Mine", "2", "2 given to you or your role", "/admin/inbox/",
    )  # fmt: skip
    page = client.get(card.url).context_data
    assert len(page["unread"]) + len(page["turns"]) == 2


def test_what_is_mine_says_of_what_there_is_and_not_of_what_there_is_none(client):
    roles.keep()
    lamp = hanging.key(make.product("LAMP"))
    mia = User.objects.create_user("mia", is_staff=True)
    mia.groups.add(Group.objects.get(name=CUSTOMER_SERVICE))
    client.force_login(mia)
    said = []

    for act in (
        lambda: notes.write([lamp], "@mia look", by=mia, at=NOW, key="1"),
        lambda: notes.write([lamp], "@mia look", by=User.objects.create_user("tom"), at=NOW, key="2"),
        lambda: assignments.assign([lamp], owners.person(mia), by=None, at=NOW),
    ):
        act()
        cache.clear()
        said.append([card.detail for card in client.get("/admin/").context_data["cards"] if card.label == "Mine"])

    assert said == [[], ["1 unread note"], ["1 unread note, 1 given to you or your role"]]


def test_nothing_on_today_is_inline(everyone):
    make.line(make.product(), 3)

    response = everyone.get("/admin/")

    html = response.content.decode()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", html)
    assert not re.search(r"<script(?![^>]*\ssrc=)", html)
    assert response["Content-Security-Policy"].startswith("default-src 'none'")


# --- the navigation ---------------------------------------------------------------------------


def links(client, url="/admin/"):
    groups = client.get(url).context_data["navigation"]
    return {group.label: [(link.label, link.count, link.is_current) for link in group.links] for group in groups}


def test_the_navigation_shows_what_a_person_may_open_and_flags_what_needs_them(client):
    make.line(make.product(), 2)
    draft()
    client.force_login(person("orders.view_orderline", "suppliers.view_purchaseorder"))

    assert links(client) == {
        "Orders": [("Backorders", "1", False)],
        "Buying": [("Proposals", "1", False), ("Order today", "", False), ("Purchase orders", "", False)],
    }


def test_one_link_of_the_navigation_is_where_you_are(client):
    client.force_login(person("suppliers.view_purchaseorder"))
    purchase = draft()
    here = "/admin/suppliers/purchaseorder/"

    proposals = [("Proposals", "1", True), ("Order today", "", False), ("Purchase orders", "", False)]
    assert links(client, f"{here}?is=draft")["Buying"] == proposals
    assert links(client, f"{here}?is=draft&q=PO&o=-1&p=1&cols=reference,units")["Buying"] == proposals
    assert links(client, f"{here}?is=done&q=PO")["Buying"][2] == ("Purchase orders", "", True)
    assert links(client, here)["Buying"][2] == ("Purchase orders", "", True)
    assert links(client, f"{here}{purchase.pk}/change/")["Buying"][2] == ("Purchase orders", "", True)


def test_what_is_to_be_ordered_today_is_counted_and_listed_with_the_draft_that_holds_it(everyone):
    lamp = make.product("LAMP", name="Oak lamp")
    make.lead_time(lamp, 10, 18)
    make.order((lamp, 4), reference="SO-1")
    make.order((lamp, 8), reference="SO-2")
    order = draft("PO-1", approved_at=NOW)
    PurchaseOrderLine.objects.create(purchase_order=order, product=lamp, quantity=162, unit_price=1)
    friday = NOW + timedelta(days=4)

    with later(everyone, 4):
        cache.clear()
        card = cards(everyone)["Order today"]
        (url,) = (each.url for each in desks.cards(User.objects.get(), at=friday) if each.label == "Order today")
        page = everyone.get(url)

    assert card == ("1", "product, or 2 promises break", "red")
    (row,) = page.context_data["table"].rows
    assert row[1:-1] == ("Oak lamp", date(2026, 3, 6), 12, 2, date(2026, 3, 25), 0, "Nordlys")
    shown = page.content.decode()
    assert "PO-1: 162, approved" in shown
    assert "Once that day has passed, the promises break more likely each day." in shown
    assert "Sent today, an order keeps" not in shown


def test_the_list_of_what_to_order_today_says_so_when_nothing_is(everyone):
    page = everyone.get("/admin/order-today/")

    assert "Every promise that hangs on an order still to be written can wait until tomorrow." in page.content.decode()


def test_in_shadow_who_sends_orders_reads_that_none_leaves_and_finds_them(settings):
    settings.MAIL = "shadow"

    pages = {role: people.browser(role).get("/admin/").content.decode() for role in (BUYER, CUSTOMER_SERVICE)}

    assert "Letters to suppliers are in shadow" in pages[BUYER]
    assert "/admin/suppliers/orderletter/?state__exact=shadowed" in pages[BUYER]
    assert "Letters to suppliers are in shadow" not in pages[CUSTOMER_SERVICE]
