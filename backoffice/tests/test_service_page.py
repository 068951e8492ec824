"""The page that answers a caller: what it says, what it offers, what it costs, however much there is."""

from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.urls import reverse
from django.utils.html import strip_tags

from backoffice.people import roles
from backoffice.tests.people import browser
from inventory.tests import make as goods
from orders import fulfillment
from orders.admin.service import lines
from orders.answering import briefs, spoken
from orders.mail import letters
from orders.models import Customer, Notice, NoticeState, Order, OrderLine, Promise
from orders.promising import by_hand
from orders.tests import make

pytestmark = pytest.mark.django_db
NOW = make.MONDAY + timedelta(hours=3)
MOST = {"order": 13, "customer": 13}
"""Statements of the page, log-in, permissions, navigation, notes and turns included."""
HOSTILE = "<script>alert(1)</script>" + "x" * 175
"""A name of 200 signs without a blank."""


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def service():
    """Somebody of customer service, in whose process all that is read once has been read."""
    return signed_in(roles.CUSTOMER_SERVICE)


def signed_in(role):
    roles.keep()
    ContentType.objects.get_for_models(*apps.get_models())
    cache.clear()
    hands = browser(role)
    hands.get(reverse("admin:index"))
    return hands


def page_of(row) -> str:
    return reverse(f"admin:orders_{row._meta.model_name}_change", args=[row.pk])


def opened(hands, row, **params):
    response = hands.get(page_of(row), params)
    assert response.status_code == 200
    response.html = response.content.decode()
    return response


def said(response):
    return response.context_data["answer"].sentence


def in_days(days):
    return make.TODAY + timedelta(days=days)


def facts(line) -> dict[str, str]:
    return dict(line.facts)


# --- what is said ---


@pytest.fixture
def waiting():
    """Two orders for lamps; the second waits behind the first."""
    lamp = make.product("LAMP-1", name="Oak lamp", price="29.90")
    make.coming(lamp, 9, on=in_days(9), safe=in_days(13), reference="PO-77")
    make.order((lamp, 3), reference="SO-1", who=make.customer("Tom Baker"))
    return make.order((lamp, 4), reference="SO-2", who=make.customer("Lena Ortiz", "lena@example.com"))


def test_an_order_that_waits_is_answered_in_the_words_of_its_mail(service, waiting):
    response = opened(service, waiting)

    assert said(response) == (
        "In your order SO-2, 4 × Oak lamp are still to come; we expect to ship them between March 12 and 17. "
        "You are second in line."
    )
    [line] = response.context_data["lines"]
    [notice] = Notice.objects.filter(customer=waiting.customer)
    assert (line.say, line.note) == ("between March 12 and 17", "")
    assert f"We expect to ship them {line.say}." in letters.preview(notice, at=NOW).text


def test_one_window_stands_on_the_page_and_what_is_computed_otherwise_is_for_staff(service, waiting):
    make.moved(goods.Inbound.objects.get(), in_days(12), safe=in_days(15))
    response = opened(service, waiting)

    line = waiting.lines.get()
    [shown] = response.context_data["lines"]
    assert line.safe_date != line.promised_date == in_days(15)
    before_story = response.html.partition('id="story"')[0]
    assert before_story.count("between ") == before_story.count("between March 12 and 17") == 2
    assert shown.say == "between March 12 and 17"  # as it was told, though it is computed from another day by now
    assert shown.note == (
        "What covers it now points to March 18, 1 day after what was promised. Say what was promised."
    )
    assert response.html.count("March 18") == 1


def test_a_typed_date_is_the_window(service, waiting):
    by_hand.set_date([waiting.lines.get().pk], in_days(20), reason="Asked by phone", by=None, at=NOW)

    [line] = opened(service, waiting).context_data["lines"]

    assert line.say == "by March 22"


def test_what_is_here_shipped_and_canceled_is_said_by_its_units(service):
    lamp = make.product("LAMP-1", name="Oak lamp")
    make.on_hand(lamp, 3)
    order = make.order((lamp, 6), reference="SO-2")
    fulfillment.ship_order(order.pk, by=None, at=make.MONDAY)
    make.on_hand(lamp, 1)
    fulfillment.cancel([fulfillment.LineUnits(order.lines.get().pk, 1)], reason="Too many", by=None, at=NOW)

    response = opened(service, order)

    assert said(response) == (
        "In your order SO-2, of 6 × Oak lamp, 3 have shipped, 1 was canceled, 1 is here and set aside for you and "
        "1 is still to come; no date can be given yet."
    )
    [line] = response.context_data["lines"]
    assert [(part.tone, part.x, part.width, part.words) for part in line.bar] == [
        ("gray", "0.00", "50.00", "3 shipped"),
        ("green", "50.00", "16.67", "1 here"),
        ("red", "66.67", "16.67", "1 waits, none on the way"),
        ("none", "83.33", "16.67", "1 canceled"),
    ]


def test_an_order_of_which_nothing_is_open_says_what_became_of_it(service):
    lamp = make.product("LAMP-1")
    make.on_hand(lamp, 2)
    shipped, canceled = make.order((lamp, 2), reference="SO-1"), make.order((lamp, 2), reference="SO-2")
    fulfillment.ship_order(shipped.pk, by=None, at=make.MONDAY)
    fulfillment.cancel([fulfillment.LineUnits(canceled.lines.get().pk)], reason="no", by=None, at=NOW)

    assert said(opened(service, shipped)) == "Nothing of your order SO-1 is open: all has shipped."
    assert said(opened(service, canceled)) == "Nothing of your order SO-2 is open: all was canceled."


def test_what_is_replaced_is_called_so_and_not_canceled(service):
    lamp, other = make.product("LAMP-1", name="Oak lamp"), make.product("LAMP-2", name="Ash lamp")
    order = make.order((lamp, 6), reference="SO-2")
    line = order.lines.get()
    fulfillment.cancel([fulfillment.LineUnits(line.pk, 1)], reason="Too many", by=None, at=NOW)
    fulfillment.substitute([fulfillment.LineUnits(line.pk, 3)], other.pk, reason="Sold out", by=None, at=NOW)

    response = opened(service, order)

    assert said(response).startswith(
        "In your order SO-2, of 6 × Oak lamp, 1 was canceled, 3 were replaced and 2 are still to come;"
    )
    assert [part.words for part in response.context_data["lines"][0].bar] == [
        "2 wait, none on the way",
        "1 canceled",
        "3 replaced",
    ]


def test_an_order_of_which_all_was_replaced_or_canceled_says_both():
    lamp, other = make.product("LAMP-1"), make.product("LAMP-2")
    order = make.order((lamp, 6), reference="SO-2")
    line = order.lines.get()
    fulfillment.substitute([fulfillment.LineUnits(line.pk, 3)], other.pk, reason="Sold out", by=None, at=NOW)
    new = order.lines.get(product=other)
    for each in (line, new):
        fulfillment.cancel([fulfillment.LineUnits(each.pk)], reason="no", by=None, at=NOW)

    briefing = briefs.of_order(order.pk, at=make.MONDAY)

    assert spoken.of_order(order, briefing, today=make.TODAY) == (
        "Nothing of your order SO-2 is open: all was canceled or replaced."
    )


def test_a_line_that_waits_says_why_and_what_would_be_sooner(service, waiting):
    [line] = opened(service, waiting).context_data["lines"]

    told = facts(line)
    inbound = goods.Inbound.objects.get()
    assert told["Covered by"] == (
        f'<div><a href="/admin/inventory/inbound/{inbound.pk}/change/">PO-77</a>: 4 units from Nordlys to BER, '
        "expected on March 11, which the sender has not confirmed</div>"
    )
    assert told["Before it"] == "3 units of 1 line · place 2 of 2"
    assert told["Sooner?"] == "<div>Pinned to the first place, it would pass 1 line.</div>"
    assert line.is_unfolded


def test_where_nothing_would_be_sooner_the_page_says_so(service):
    order = make.order((make.product("LAMP-1"), 1))

    [line] = opened(service, order).context_data["lines"]

    said, _, way = facts(line)["Not ordered"].partition(" · ")
    assert said == "1 unit; nobody supplies this product, so no date can be given"
    assert way == '<span title="You may not add purchase orders.">add a supplier</span>'
    assert facts(line)["Sooner?"] == f"<div>{lines.NOTHING_SOONER}</div>"


def test_an_order_that_ships_complete_names_what_it_ships_with(service):
    lamp, mug = make.product("LAMP-1", name="Oak lamp"), make.product("MUG-1")
    make.coming(mug, 2, on=in_days(9))
    both = make.order((lamp, 1), (mug, 2), reference="SO-1", is_ship_complete=True)
    alone = make.order((lamp, 1), reference="SO-2", is_ship_complete=True)

    first, second = opened(service, both).context_data["lines"]
    [only] = opened(service, alone).context_data["lines"]

    assert "All that is open of SO-1 ships together." in said(opened(service, both))
    ships_with = [strip_tags(facts(line)["Ships with"]) for line in (first, second)]
    assert ships_with == ["2 units of MUG-1", "1 unit of LAMP-1"]
    assert "Ships with" not in facts(only)
    assert "ships together" not in said(opened(service, alone))


def test_a_customer_hears_of_all_that_is_open(service, waiting):
    mug = make.product("MUG-1", name="Clay mug")
    make.on_hand(mug, 2)
    make.order((mug, 2), reference="SO-3", who=waiting.customer)

    response = opened(service, waiting.customer)

    assert said(response) == (
        "In your order SO-2, 4 × Oak lamp are still to come; we expect to ship them between March 12 and 17. "
        "In your order SO-3, 2 × Clay mug are here and set aside for you; we expect to ship them by March 3."
    )
    assert [line.order for line in response.context_data["lines"]] == [
        f'<a href="{page_of(order)}">{order}</a>' for order in (waiting, Order.objects.get(reference="SO-3"))
    ]


def test_a_customer_without_anything_open_hears_of_their_last_order(service):
    nobody = make.customer("Ada Moor")
    lamp = make.product("LAMP-1")
    make.on_hand(lamp, 2)
    order = make.order((lamp, 2), reference="SO-1")
    fulfillment.ship_order(order.pk, by=None, at=make.MONDAY)

    assert said(opened(service, nobody)) == "There is no order of yours yet."
    assert (
        said(opened(service, order.customer)) == "Nothing of yours is open. Of your last order SO-1, all has shipped."
    )


# --- who, and what may be done ---


def test_who_it_is_stands_with_links_to_reach_them(service, waiting):
    Customer.objects.filter(pk=waiting.customer_id).update(phone="+49 (151) 234-5678", language="de")

    html = opened(service, waiting).html

    assert '<a href="tel:+491512345678">+49 (151) 234-5678</a>' in html
    assert '<a href="mailto:lena@example.com">lena@example.com</a>' in html
    assert "<dd>German</dd>" in html
    assert "<dd>12:00 in the shop (UTC); their own zone is not known</dd>" in html
    assert "no other open order" in html


def test_the_time_is_that_of_the_country_where_parcels_go(service, waiting):
    there = fulfillment.Address("Lena", "Hauptstr. 5", "Berlin", country="DE")
    fulfillment.ship_to(waiting.pk, there, reason="", keeps=True, by=None, at=make.MONDAY)

    for row in (waiting, waiting.customer):
        assert "<dd>12:00 in the shop (UTC); 13:00 in Germany</dd>" in opened(service, row).html


def test_a_customer_without_phone_and_address_is_said_to_be_so(service):
    who = make.customer("Kim Adams", "")

    html = opened(service, who).html

    assert "No phone number is known." in html
    assert "No address: their news is calls to make." in html


def buttons(response) -> list[str]:
    return [label for label, _ in response.context_data["buttons"]]


CHANGES = ("Change the order…", "Ship to another address…", "Add a product…", "Stop…", "Withdraw links…")


@pytest.mark.parametrize(
    ("role", "of_order", "of_customer"),
    [
        (
            roles.CUSTOMER_SERVICE,
            [
                *CHANGES,
                "New date…",
                "Change quantity…",
                "Substitute…",
                "Offer another product…",
                "Cancel…",
                "Cause…",
            ],
            [
                "New date…",
                "Change quantity…",
                "Substitute…",
                "Offer another product…",
                "Cancel…",
                "Cause…",
                "Join with another…",
                "Place an order…",
            ],
        ),
        (
            roles.OPERATIONS,
            [
                "Ship what is here…",
                *CHANGES,
                "New date…",
                "Priority…",
                "Change quantity…",
                "Substitute…",
                "Offer another product…",
                "Cancel…",
                "Cause…",
            ],
            [
                "Ship what is here…",
                "New date…",
                "Priority…",
                "Change quantity…",
                "Substitute…",
                "Offer another product…",
                "Cancel…",
                "Cause…",
            ],
        ),
        (roles.AUDITOR, [], []),
    ],
)
def test_what_may_be_done_today_is_offered_to_whoever_may(waiting, role, of_order, of_customer):
    make.on_hand(OrderLine.objects.first().product, 4)
    hands = signed_in(role)

    assert buttons(opened(hands, waiting)) == of_order
    assert buttons(opened(hands, waiting.customer))[: len(of_customer)] == of_customer


def test_every_button_leads_to_its_page(waiting):
    make.on_hand(OrderLine.objects.first().product, 4)
    hands = signed_in(roles.OPERATIONS)

    for row in (waiting, waiting.customer):
        addresses = [url for _, url in opened(hands, row).context_data["buttons"]]
        assert [hands.get(url).status_code for url in addresses] == [200] * len(addresses)


def test_names_are_links_for_who_may_open_them_and_plain_text_for_others(service, waiting):
    product = waiting.lines.get().product
    link = f'<a href="{reverse("admin:inventory_product_change", args=[product.pk])}">LAMP-1</a>'
    before = opened(service, waiting).html
    roles.Group.objects.get(name=roles.CUSTOMER_SERVICE).permissions.remove(
        roles.Permission.objects.get(codename="view_product")
    )

    after = opened(service, waiting).html

    assert link in before
    assert link not in after
    assert "LAMP-1" in after


def test_a_customer_is_read_first_and_changed_behind_a_button(service, waiting):
    who = waiting.customer
    edit = reverse("admin:orders_customer_edit", args=[who.pk])
    page = opened(service, who).html
    form = service.get(edit).content.decode()

    told = {"name": "Lena O.", "email": who.email, "language": "en-us", "hears": "later", "_save": "Save"}
    address = {"name": "Lena O.", "street": "1 Main St", "city": "Reno", "country": "US"}
    added = {f"addresses-0-{name}": value for name, value in address.items()}
    answer = service.post(edit, {**told, "addresses-TOTAL_FORMS": 1, "addresses-INITIAL_FORMS": 0, **added})

    who.refresh_from_db()
    assert 'name="email"' not in page
    assert f'href="{edit}"' in page
    assert 'name="email"' in form
    assert (answer.status_code, answer["Location"], who.name) == (302, page_of(who), "Lena O.")
    assert who.hears == "later"
    assert "Only what comes later" in opened(service, who).html
    assert [each.lines() for each in who.addresses.all()] == [["Lena O.", "1 Main St", "RENO", "UNITED STATES"]]
    assert edit not in opened(signed_in(roles.AUDITOR), who).html


def test_a_field_of_another_page_that_opens_a_customer_gets_the_form(waiting):
    html = signed_in(roles.OPERATIONS).get(page_of(waiting.customer), {"_popup": "1"}).content.decode()

    assert 'name="email"' in html


# --- everything that happened ---


def story(response) -> list[tuple[str, str]]:
    return [(entry.kind, str(entry.what)) for entry in response.context_data["story"]]


def test_all_that_happened_is_one_line_of_time_with_filters(service, waiting):
    line = waiting.lines.get()
    Notice.objects.filter(customer=waiting.customer).update(
        state=NoticeState.SENT, sent_at=make.MONDAY + timedelta(minutes=1), subject="About SO-2", body_text="Hello Lena"
    )
    by_hand.set_date([line.pk], in_days(20), reason="Asked by phone", by=None, at=NOW)
    make.on_hand(line.product, 7, at=NOW + timedelta(minutes=1))
    fulfillment.ship_order(waiting.pk, by=None, at=NOW + timedelta(minutes=2))

    kinds = [kind for kind, _ in story(opened(service, waiting))]
    assert kinds == [
        *("Mailed", "Shipped"),  # two minutes later
        *("Mailed", "Changed"),  # units came
        *("Mailed", "Promised"),  # a typed date
        *("Mailed", "Promised", "Placed"),
    ]
    assert story(opened(service, waiting, show="placed")) == [
        ("Placed", f'<a href="{page_of(waiting)}">SO-2</a>'),
    ]
    first = opened(service, waiting, show="mailed").context_data["story"][-1]
    assert (first.subject, first.exact, first.detail) == ("About SO-2", "Hello Lena", "")
    promised = opened(service, waiting, show="promised").context_data["story"]
    assert ["<b>by March 22</b>" in told.what for told in promised].count(True) == 1
    assert "<b>between March 12 and 17</b>" in promised[-1].what
    assert [entry.detail for entry in promised][-2:] == ["Asked by phone", ""]
    [parcel] = story(opened(service, waiting, show="shipped"))
    assert "<b>4 units from BER</b>" in parcel[1]


def test_what_is_finished_is_folded_behind_what_is_open(service):
    lamp, mug, chair = (make.product(sku) for sku in ("LAMP", "MUG", "CHAIR"))
    for thing in (lamp, mug):
        make.on_hand(thing, 2)
    order = make.order((lamp, 2), (mug, 2), (chair, 2), (chair, 3), who=make.customer("Lena"))
    first, second, third, fourth = order.lines.order_by("position")
    fulfillment.ship([fulfillment.LineUnits(line.pk) for line in (first, second)], by=None, at=NOW)
    fulfillment.cancel([fulfillment.LineUnits(third.pk)], reason="x", by=None, at=NOW)

    page = opened(service, order)
    open_part, _, finished = page.html.partition("<summary>2 lines shipped, 1 line canceled or replaced</summary>")
    assert [open_part.count(">CHAIR</a>"), open_part.count("<article>"), finished.count("<article>")] == [1, 1, 3]

    fulfillment.cancel([fulfillment.LineUnits(fourth.pk)], reason="x", by=None, at=NOW)
    assert opened(service, order).context_data["folded"] == ""
    assert opened(service, order).html.count("<article>") == 4


def test_a_long_story_folds_what_is_older_than_its_newest_thirty(service, big, waiting):
    page = opened(service, big).html
    newest, _, older = page.partition("<summary>Show all 100</summary>")

    assert newest.partition('id="story"')[2].count("<li>") == 30
    assert older.count("<li><small>") == 70
    assert "Show all" not in opened(service, waiting).html


def test_days_in_what_changed_are_written_as_days_are_elsewhere(service, waiting):
    line = waiting.lines.get()
    line.events.create(kind="date", text="2026-03-02 → 2026-03-22, typed: SO-2026-03-02", at=NOW)

    [told, *_] = opened(service, waiting, show="changed").context_data["story"]

    assert told.detail == "2 Mar 2026 → 22 Mar 2026, typed: SO-2026-03-02"
    assert (
        "2 Mar 2026 → 22 Mar 2026, typed"
        in service.get(reverse("admin:orders_backorder_change", args=[line.pk])).content.decode()
    )


def test_other_open_orders_lead_to_their_customer(service, waiting):
    make.order((waiting.lines.get().product, 1), who=waiting.customer)

    assert f'<a href="{page_of(waiting.customer)}">1 other open order</a>' in opened(service, waiting).html


def test_what_nobody_supplies_leads_a_buyer_to_a_supplier_and_tells_others_why_not(service, waiting):
    mug = make.product("MUG")
    order = make.order((mug, 2))
    way = f'href="{reverse("admin:order_product", args=[mug.pk])}?warehouse={order.warehouse_id}">add a supplier</a>'
    page = reverse("admin:inventory_product_change", args=[mug.pk])
    buyer = signed_in(roles.BUYER)

    assert way in buyer.get(page_of(order)).content.decode()
    assert ">nobody supplies it</a>" in buyer.get(page).content.decode()
    html = opened(service, order).html
    assert way not in html
    assert "nobody supplies this product, so no date can be given · <span title=" in html


@pytest.mark.parametrize(
    ("state", "words", "detail"),
    [
        (NoticeState.QUEUED, "", "Its words are written when it leaves."),
        (NoticeState.CALL, "", "What to say stands on its page."),
        (NoticeState.SUPERSEDED, "", "It did not leave: newer news took its place."),
        (NoticeState.SUPERSEDED, "Hello Lena", "It did not leave: newer news took its place."),
        (NoticeState.DEAD, "", ""),
        (NoticeState.SENT, "Hello Lena", ""),
    ],
)
def test_a_mail_without_words_says_why_it_has_none(state, words, detail, service, waiting):
    Notice.objects.filter(customer=waiting.customer).update(state=state, body_text=words)

    [told] = opened(service, waiting, show="mailed").context_data["story"]

    assert (told.detail, told.exact) == (detail, words)


def test_a_part_of_the_story_that_does_not_exist_is_refused_in_words(service, waiting):
    response = service.get(page_of(waiting), {"show": "nonsense"})

    assert response.status_code == 400
    assert "The story has no part named “nonsense”." in response.content.decode()


# --- bad input, bounds and budgets ---


def test_hostile_names_are_shown_and_cut_where_they_are_read_aloud(service):
    lamp = make.product("LAMP-1", name=HOSTILE)
    order = make.order((lamp, 2), reference="SO-1", who=make.customer(HOSTILE, "h@example.com"))

    for row in (order, order.customer):
        response = opened(service, row)
        assert "<script>alert" not in response.html
        assert HOSTILE.replace("<", "&lt;").replace(">", "&gt;") in response.html
        assert f"2 × {HOSTILE[:60]}… are still to come" in said(response)


@pytest.fixture
def big():
    """An order of 500 lines: 10 here, 490 that wait, of which one has no date."""
    things = [make.product(f"P-{number:03}", name=f"Part {number}") for number in range(500)]
    for thing in things[:10]:
        make.on_hand(thing, 1)
    for thing in things[10:-1]:
        make.lead_time(thing, 10, 18)
    return make.order(*((thing, 1) for thing in things), reference="SO-500", who=make.customer("Big Co"))


def test_an_order_of_500_lines_is_bounded_in_words_and_in_statements(service, big, django_assert_max_num_queries):
    who = big.customer
    service.get("/admin/")
    with django_assert_max_num_queries(MOST["order"]):
        response = opened(service, big)
    with django_assert_max_num_queries(MOST["customer"]):
        of_customer = opened(service, who)

    last = OrderLine.objects.filter(order=big, promised_date__isnull=False).latest("promised_date").promised_date
    assert said(response) == (
        "In your order SO-500, 1 × Part 10 is still to come; we expect to ship it between March 17 and 25. "
        "1 × Part 11 is still to come; we expect to ship it between March 17 and 25. "
        "1 × Part 12 is still to come; we expect to ship it between March 17 and 25. "
        f"497 more lines are open; the last day promised for any of it is March {last.day}. "
        "For 1 of all 500 no date can be given yet."
    )
    assert len(response.context_data["lines"]) == 50
    assert "450 more lines are not shown" in response.html
    assert [line.is_unfolded for line in response.context_data["lines"]].count(True) == 3
    assert (len(response.context_data["story"]), response.context_data["answer"].chronicle.more) == (100, 402)
    assert "… and 402 more, older." in response.html
    assert len(of_customer.context_data["lines"]) == 50


@pytest.mark.parametrize("size", [1, 12])
@pytest.mark.parametrize("kind", ["order", "customer"])
def test_the_answer_costs_thirteen_statements(kind, size, django_assert_max_num_queries):
    who, lamp = make.customer("Lena Ortiz", "lena@example.com"), make.product("LAMP-0")
    make.coming(lamp, 30, on=in_days(5), place=make.warehouse("HAM", rank=2))
    for number in range(size):
        things = [make.product() for _ in range(size)]
        make.on_hand(things[0], 1)
        order = make.order((lamp, 2), *((thing, 3) for thing in things), who=who, reference=f"SO-{number}")
    fulfillment.ship_order(order.pk, by=None, at=make.MONDAY)
    hands = signed_in(roles.CUSTOMER_SERVICE)
    hands.get("/admin/")  # they come from some page, whose head has counted what they have not read

    with django_assert_max_num_queries(MOST[kind]):
        response = opened(hands, order if kind == "order" else who)

    assert response.context_data["answer"].briefing.totals.open == (size + 1 if kind == "order" else size * (size + 1))
    assert Promise.objects.exists()
