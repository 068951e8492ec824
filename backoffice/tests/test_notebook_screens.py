"""Notes and whose turn it is, on the pages of rows; everybody's inbox; lists by whose turn it is."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.people.roles import AUDITOR, BUYER, CUSTOMER_SERVICE, OPERATIONS
from backoffice.screens.notebook import head
from backoffice.tests import acts, people
from inventory.models import Assignment, Note
from inventory.notebook import assignments, hanging, notes, owners
from orders.models import OrderLine
from orders.tests import make
from suppliers.models import PurchaseOrder, Supplier

pytestmark = pytest.mark.django_db
NOW, TODAY = make.MONDAY, make.TODAY


@pytest.fixture(autouse=True)
def _monday(settings):
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield
    cache.clear()


def purchase():
    nordlys = Supplier.objects.create(code="NL", name="Nordlys")
    return PurchaseOrder.objects.create(
        reference="PO-1", supplier=nordlys, warehouse=make.warehouse(), proposed_at=NOW, note=""
    )


@pytest.fixture
def line():
    return make.line(make.product("LAMP-1"), 4, who=make.customer("Lena Ortiz"))


def told(response):
    return [str(message) for message in response.wsgi_request._messages]


def quick(client, page, text, **typed):
    """Write into the quick form of a page, as a browser sends it."""
    found = client.get(page).content.decode()
    form = re.search(r'<form method="post" action="(/admin/note/[^"]+)".*?</form>', found, re.S)
    assert form
    fields = dict(re.findall(r'name="(once|fingerprint)" value="([^"]+)"', form[0]))
    return client.post(form[1].replace("&amp;", "&"), {**fields, "text": text, **typed})


def pages(line):
    return {
        "line": reverse("admin:orders_backorder_change", args=[line.pk]),
        "order": reverse("admin:orders_order_change", args=[line.order_id]),
        "customer": reverse("admin:orders_customer_change", args=[line.order.customer_id]),
    }


@pytest.mark.parametrize("which", ["line", "order", "customer"])
def test_a_note_is_written_where_it_belongs_in_one_step_and_read_there(which, line):
    client = people.browser(CUSTOMER_SERVICE)
    page = pages(line)[which]

    sent = quick(client, page, "Wants it <b>blue</b>.", is_pinned="on")

    assert (sent.status_code, sent["Location"]) == (302, f"{page}#notes")
    assert told(sent) == ["Written down."]
    shown = client.get(page).content.decode()
    assert "Wants it &lt;b&gt;blue&lt;/b&gt;." in shown
    assert '<span class="chip violet">pinned</span>' in shown


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" \n ", "This field is required."),
        ("x" * 10_001, "That is too long: there is room for 10000 characters, and it has 10001."),
        (" ".join(f"@p{number}" for number in range(51)), "A note names at most 50 people; this one has 51 names."),
    ],
)
def test_what_is_no_note_is_refused_in_words_and_nothing_typed_is_lost(text, words, line):
    client = people.browser(CUSTOMER_SERVICE)

    sent = quick(client, pages(line)["order"], text)

    assert sent.status_code == 200
    assert words in sent.content.decode()
    assert text.strip() in sent.content.decode()
    assert Note.objects.count() == 0


def test_a_page_of_html_of_a_hundred_kilobytes_is_refused_in_words_comes_back_as_it_was_and_is_never_markup(line):
    client = people.browser(CUSTOMER_SERVICE)
    text = "<img src=x onerror=alert(1)>" * 3_700

    sent = quick(client, pages(line)["order"], text)

    shown = sent.content.decode()
    assert (len(text), sent.status_code) == (103_600, 200)
    assert "That is too long: there is room for 10000 characters, and it has 103600." in shown
    assert "&lt;img src=x onerror=alert(1)&gt;" * 3_700 in shown
    assert "<img src=x" not in shown
    assert Note.objects.count() == 0


def test_the_longest_note_that_is_taken_is_shown_whole_and_as_text(line):
    client = people.browser(CUSTOMER_SERVICE)
    text = "<b>" * 3_333 + "!"

    assert quick(client, pages(line)["order"], text).status_code == 302

    assert Note.objects.get().text == text
    shown = client.get(pages(line)["order"]).content.decode()
    assert "&lt;b&gt;" * 3_333 + "!" in shown


def test_who_is_named_is_told_and_who_is_not_here_is_said(line):
    tom = User.objects.create_user("tom", first_name="Tom", last_name="Lang", is_staff=True, is_superuser=True)
    User.objects.create_user("ada", is_staff=True, is_active=False)
    client = people.browser(CUSTOMER_SERVICE)

    sent = quick(client, pages(line)["order"], "@tom @ada @bob ask the sender")

    assert told(sent) == [
        "Written down. It is in the inbox of Tom Lang. ada does not work here any more. Nobody here is called @bob."
    ]
    browser = people.Hands()
    browser.force_login(tom)
    assert 'Inbox <span class="count" title="not read yet">1</span>' in browser.get("/admin/").content.decode()
    shown = browser.get("/admin/inbox/").content.decode()
    assert "@tom @ada @bob ask the sender" in shown
    assert f'href="{pages(line)["order"]}"' in shown


def test_what_is_read_leaves_the_inbox_and_its_number_one_by_one_or_all(line, django_capture_on_commit_callbacks):
    boss = acts.boss("ines")
    nils = User.objects.create_user("nils", is_staff=True)
    for text in ("@ines one", "@ines two", "@ines three"):
        notes.write([hanging.key(line.order)], text, by=nils, at=NOW)
    page = acts.Page(boss, "/admin/inbox/", acts.form_of(boss.get("/admin/inbox/")))
    (newest, *_) = page.fields["shown"]

    with django_capture_on_commit_callbacks(execute=True):
        page.send(one=newest)

    assert 'not read yet">2</span>' in boss.get("/admin/").content.decode()
    rest = acts.Page(boss, "/admin/inbox/", acts.form_of(boss.get("/admin/inbox/")))
    assert len(rest.fields["shown"]) == 2
    with django_capture_on_commit_callbacks(execute=True):
        rest.send()
    shown = boss.get("/admin/inbox/").content.decode()
    assert "Nothing new." in shown
    assert 'class="count" title="not read yet"' not in shown


def test_a_row_is_given_from_its_page_stands_in_the_inbox_and_is_done(line):
    client = people.browser(CUSTOMER_SERVICE)
    me = User.objects.get(username="customer.service")
    give = f"{reverse('admin:assign_rows', args=['orders.order'])}?ids={line.order_id}"
    page = acts.opened(
        client, acts.Act(give, {"owner": f"person-{me.pk}", "task": "Call back", "due_date": "2026-03-02"})
    )

    sent = page.send()

    assert told(sent) == ["customer.service has it now."]
    inbox = client.get("/admin/inbox/").content.decode()
    assert "Call back" in inbox
    assert "until 2 Mar 2026" in inbox
    assert "late" not in re.sub(r"<[^>]+>", "", inbox).partition("Yours to do")[2].partition("Read of late")[0]
    done = acts.opened(client, acts.Act(reverse("admin:assignment_done", args=[Assignment.objects.get().pk])))
    assert told(done.send()) == ["It is done."]
    assert "Nobody has given you anything." in client.get("/admin/inbox/").content.decode()
    assert Assignment.objects.get().is_done


def test_a_turn_is_late_from_the_day_after_its_last_on_the_page_and_in_the_inbox(line):
    client = people.browser(CUSTOMER_SERVICE)
    me = owners.person(User.objects.get(username="customer.service"))
    key = hanging.key(line.order)
    late = '<span class="chip red">late</span>'
    for days, is_late in ((0, False), (-1, True)):
        assignments.assign([key], me, due_date=TODAY + timedelta(days=days), by=None, at=NOW)
        panel = client.get(pages(line)["order"]).content.decode().partition('id="notes"')[2].partition("</section>")[0]
        inbox = client.get("/admin/inbox/").content.decode().partition("Yours to do")[2].partition("</section>")[0]
        assert (late in panel, late in inbox) == (is_late, is_late)


@pytest.mark.parametrize("count", [200, 201])
def test_as_many_rows_are_given_at_once_as_one_page_takes_and_not_one_more(count):
    lamp = make.product()
    make.order(*((lamp, 1) for _ in range(count)))
    client = people.browser(OPERATIONS)
    ids = list(OrderLine.objects.values_list("pk", flat=True))

    sent = client.post("/admin/orders/backorder/", {"action": "give", "_selected_action": ids})

    is_taken = sent["Location"].startswith("/admin/give/")
    assert (is_taken, told(sent)) == (
        (True, [])
        if count == 200
        else (False, ["That is more than 200 rows. Narrow the list first, then act on a part of it."])
    )


def test_a_row_is_offered_to_those_who_see_it_and_may_have_it(line):
    """An auditor may have nothing; a purchase order is nothing that customer service sees; who left is not here."""
    for name in (AUDITOR, BUYER, CUSTOMER_SERVICE):
        people.browser(name)
    User.objects.filter(username="buyer").update(is_active=False)
    client = people.browser(OPERATIONS)

    [order, bought] = [
        client.get(f"{reverse('admin:assign_rows', args=[label])}?ids={pk}").context["form"]
        for label, pk in (("orders.order", line.order_id), ("suppliers.purchaseorder", purchase().pk))
    ]

    assert set(order.people.values()) == {"operations", "customer.service"}
    assert set(order.roles.values()) == {BUYER, CUSTOMER_SERVICE, OPERATIONS}
    assert set(bought.people.values()) == {"operations"}
    assert set(bought.roles.values()) == {BUYER, OPERATIONS}


def test_of_two_who_give_the_same_row_away_the_second_looks_again(line):
    ines, max_ = acts.boss("ines"), acts.boss("max")
    address = f"{reverse('admin:assign_rows', args=['orders.order'])}?ids={line.order_id}"
    held = [acts.opened(client, acts.Act(address)) for client in (ines, max_)]
    held[0].send()

    late = held[1].send()

    assert told(late) == ["The facts have moved since you looked. Nothing was done: here is how they stand now."]
    assert Assignment.objects.get().person.username == "ines"


def test_lines_are_given_from_the_queue_and_the_list_shows_mine_or_nobodys(line):
    other = make.line(make.product("MUG-1"), 1)
    client = people.browser(OPERATIONS)
    me = User.objects.get(username="operations")
    sent = client.post("/admin/orders/backorder/", {"action": "give", "_selected_action": [line.pk]})
    assert sent["Location"] == f"/admin/give/orders.orderline/?ids={line.pk}"
    assignments.assign(hanging.keys(OrderLine, [line.pk]), owners.person(me), by=me, at=NOW)

    def listed(turn):
        rows = client.get("/admin/orders/backorder/", {"turn": turn}).context["cl"].result_list
        return [row.pk for row in rows]

    assert (listed("mine"), listed("nobody"), listed("somebody")) == ([line.pk], [other.pk], [line.pk])


def test_many_lines_are_named_by_as_many_statements_as_one():
    lines = [make.line(make.product(f"LAMP-{number}"), 2) for number in range(3)]
    client = people.browser(CUSTOMER_SERVICE)
    counts = []

    for many in (lines[:1], lines[:1], lines):
        with CaptureQueriesContext(connection) as asked:
            client.get(f"/admin/give/orders.orderline/?ids={','.join(str(line.pk) for line in many)}")
        counts.append(len(asked))

    assert counts[2] == counts[1]


def test_who_writes_on_rows_or_gives_them_away_reads_how_many_and_of_what():
    lines = [make.line(make.product(f"LAMP-{number}"), 2) for number in (1, 2)]
    client = people.browser(CUSTOMER_SERVICE)
    me = User.objects.get(username="customer.service")
    rows = f"orders.orderline/?ids={lines[0].pk},{lines[1].pk}"

    noted = acts.opened(client, acts.Act(f"/admin/note/{rows}", {"text": "Call them."})).send()
    given = acts.opened(client, acts.Act(f"/admin/give/{rows}", {"owner": f"person-{me.pk}"})).send()

    assert told(noted) == ["Written down on 2 order lines."]
    assert told(given) == ["customer.service has 2 order lines now."]


def test_an_auditor_reads_notes_and_writes_none(line):
    nils = User.objects.create_user("nils", is_staff=True)
    notes.write([hanging.key(line.order)], "Called twice.", by=nils, at=NOW)
    client = people.browser(AUDITOR)

    shown = client.get(pages(line)["order"]).content.decode()

    assert "Called twice." in shown
    assert "/admin/note/" not in shown
    assert "/admin/give/" not in shown


def test_nobody_changes_anothers_note_and_who_changes_a_stale_one_is_told_what_it_says(line):
    nils = User.objects.create_user("nils", is_staff=True)
    notes.write([hanging.key(line.order)], "Called twice.", by=nils, at=NOW)
    note = Note.objects.get()
    boss = acts.boss("ines")
    page = acts.opened(boss, acts.Act(reverse("admin:note_reword", args=[note.pk]), {"text": "Never called."}))
    assert "nils wrote this note. Write one of your own." in page.send().content.decode()

    own = acts.boss("max")
    quick(own, pages(line)["order"], "No answer.")
    mine = Note.objects.latest("pk")
    stale = acts.opened(own, acts.Act(reverse("admin:note_reword", args=[mine.pk]), {"text": "Answered."}))
    notes.edit(mine.pk, "Rang back.", was="No answer.", by=mine.author, at=NOW + timedelta(minutes=1))

    assert "This note was changed since you opened it. It says now: Rang back." in stale.send().content.decode()


def test_twenty_notes_are_seen_at_once_and_the_older_ones_are_folded(line):
    nils = User.objects.create_user("nils", is_staff=True)
    for number in range(22):
        notes.write([hanging.key(line.order)], f"Note {number}.", by=nils, at=NOW)
    shown = people.browser(AUDITOR).get(pages(line)["order"]).content.decode()

    assert "2 older notes" in shown
    before, _, folded = shown.partition("2 older notes")
    assert ("Note 2." in before, "Note 1." in folded, "Note 0." in folded) == (True, True, True)


def test_the_panel_and_the_inbox_ask_no_more_of_the_database_for_many_notes(line):
    nils = User.objects.create_user("nils", is_staff=True)
    boss = acts.boss("ines")

    def asked(page):
        boss.get(page)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            boss.get(page)
        return len(queries)

    def write(count):
        for number in range(count):
            notes.write([hanging.key(line.order), hanging.key(line.product)], f"@ines {number}", by=nils, at=NOW)

    write(1)
    few = asked(pages(line)["order"]), asked("/admin/inbox/")
    write(15)

    assert (asked(pages(line)["order"]), asked("/admin/inbox/")) == few


@pytest.mark.parametrize(
    "address", ["/admin/note/orders.hold/?ids=1", "/admin/give/nothing/?ids=1", "/admin/note/9/pin/"]
)
def test_what_is_not_there_is_said(address):
    assert acts.boss("ines").get(address).status_code == 404


def test_rows_of_a_role_that_may_not_see_them_are_not_written_on(line):
    client = people.browser(CUSTOMER_SERVICE)

    assert client.get("/admin/note/suppliers.supplier/?ids=1").status_code == 403


def test_notes_join_the_line_of_time_of_the_order_and_of_the_customer(line):
    nils = User.objects.create_user("nils", is_staff=True)
    on = {"the order": line.order, "the line": line, "the customer": line.order.customer}
    for words, row in on.items():
        notes.write([hanging.key(row)], f"On {words}.", by=nils, at=NOW)
    notes.write([hanging.key(make.order((line.product, 1)))], "On another's.", by=nils, at=NOW)
    client = people.browser(CUSTOMER_SERVICE)

    def story(page):
        entries = client.get(page, {"show": "noted"}).context["story"]
        return [(re.sub(r"<[^>]+>", "", entry.what), entry.detail, entry.by) for entry in entries]

    of_order = [("LAMP-1", "On the line.", "nils"), ("on the order", "On the order.", "nils")]
    reference = line.order.reference
    assert story(pages(line)["order"]) == of_order
    assert story(pages(line)["customer"]) == [
        ("on the customer", "On the customer.", "nils"),
        *((f"{reference} · {what}", text, by) for what, text, by in of_order),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_page_that_is_looked_at_while_a_note_is_being_written_keeps_no_number_of_before():
    nils, ines = (User.objects.create_user(name, is_staff=True) for name in ("nils", "ines"))
    order = make.order((make.product("LAMP-1"), 1))

    with transaction.atomic():
        notes.write([hanging.key(order)], "@ines look", by=nils, at=NOW)
        head.forget([ines])
        cache.set(f"inbox:{ines.pk}", 0, head.FRESH_SECONDS)  # a page elsewhere counts, and does not see the note yet

    assert head.count(ines) == 1
