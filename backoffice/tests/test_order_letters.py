"""A purchase order really goes out: once, as it was shown, with a paper and a sheet that say the same."""

import csv
import io
import signal
from collections.abc import Iterator
from datetime import timedelta

import pypdfium2
import pytest
import zxingcpp
from django.core import mail

from inventory.ground.post import bounces
from inventory.ground.post import sender as post_office
from inventory.ground.post.letter import Attached
from inventory.models import Inbound, Warehouse
from orders.mail import notices
from orders.tests import mailbox
from orders.tests.mailbox import Post
from orders.tests.test_outbox import sender as worker
from suppliers import purchasing
from suppliers.letters import facts, papers, wording, writing
from suppliers.models import Lesson, LetterKind, Offer, OrderLetter, PurchaseOrder, Supplier
from suppliers.tests import make

MINUTE = timedelta(minutes=1)
NOW = make.MONDAY
LEASE = post_office.Outbox.LEASE
HOSTILE = ("W" * 200, "<b>bold</b> & co", "\u202eevil\u202c", "Lamp \N{ELECTRIC LIGHT BULB}", "שלום", "=1+1", "Жα ř")


@pytest.fixture(autouse=True)
def shop(settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "Backoffice <orders@harbor.example>"
    settings.REPLY_TO_EMAIL = "service@harbor.example"
    settings.SHOP_ADDRESS = "Pier 3\nBergen"
    settings.PURCHASE_TERMS = "Bills within 30 days."
    settings.SHOP_CURRENCY = "EUR"


@pytest.fixture
def post(settings) -> Iterator[Post]:
    """The mail goes to a real SMTP server that is ours."""
    with mailbox.smtp_server() as (post, port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5
        yield post


def buyer():
    ines = make.buyer()
    ines.first_name, ines.last_name, ines.email = "Inès", "Ødegård", "ines@harbor.example"
    ines.save()
    return ines


def approved(who="nordlys", *, sku="LAMP", names=("Oslo lamp",), units=12) -> PurchaseOrder:
    """An order whose supplier's address says what the server will do."""
    supplier = make.supplier(who.title(), email=f"{who}@supplier.example")
    place = make.warehouse("BER")
    Warehouse.objects.update(name="Berlin")
    offers = [
        (make.offer(make.product(f"{sku}-{number}", name=name), supplier, supplier_sku=f"N-{number}"), units)
        for number, name in enumerate(names, start=1)
    ]
    return make.approved(*offers, place=place)


def mailed(who="nordlys", **order) -> OrderLetter:
    [letter] = writing.send([approved(who, **order).pk], by=buyer(), at=NOW)
    return letter


def read(letter: OrderLetter) -> OrderLetter:
    letter.refresh_from_db()
    return letter


def sent(order: PurchaseOrder) -> PurchaseOrder:
    order.refresh_from_db()
    return order


def text_of(content: bytes) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content))


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


# --- What goes out --------------------------------------------------------------------


@pytest.mark.django_db
def test_an_order_is_sent_and_its_letter_arrives_with_the_paper_and_the_sheet(post):
    letter = mailed()
    order = sent(letter.purchase_order)
    assert (order.words, order.sent_at, make.expected(order).quantity) == ("Sent", NOW, 12)

    assert notices.send_due(at=NOW) == {"sent": 1}

    [received] = post.mails
    read(letter)
    assert (letter.state, letter.kind, letter.number, letter.by.username) == ("sent", "order", 1, "ines")
    assert received["From"] == "Harbor & Pine <orders@harbor.example>"
    assert received["To"] == "nordlys@supplier.example"
    assert received["Reply-To"] == "Inès Ødegård <ines@harbor.example>"
    assert received["Subject"].strip() == letter.subject == f"Purchase order {order} from Harbor & Pine"
    body = received.get_body(preferencelist=("plain",)).get_content().replace("\r\n", "\n")
    assert body == letter.body_text
    assert body == (
        f"Hello Nordlys,\n\nplease find our order {order} attached, as PDF and as CSV: 1 line, 12 units, 120.00 EUR, "
        "to be delivered to Berlin.\n\nPlease answer with the day on which each line will arrive.\n\n"
        "Inès Ødegård\nHarbor & Pine\nPier 3\nBergen\n"
    )
    files = [(part.get_filename(), part.get_content_type()) for part in received.iter_attachments()]
    assert files == [(f"{order}.pdf", "application/pdf"), (f"{order}.csv", "text/csv")]


@pytest.mark.django_db
def test_the_paper_says_who_orders_what_of_whom_where_to_and_its_barcode_is_the_reference():
    letter = mailed()
    content = papers.paper(facts.OrderFacts.of(letter.facts))
    text = text_of(content).replace("\r\n", "\n")

    reference = letter.purchase_order.reference
    for words in (
        *(f"Purchase order {reference}", "Nordlys", "Berlin", "Harbor & Pine\nPier 3\nBergen", "Buyer: Inès Ødegård"),
        *("Date: 2 March 2026", "Currency: EUR", "N-1 LAMP-1 Oslo lamp", "12 10.00 120.00", "12 units, 120.00 EUR"),
        *("Bills within 30 days.", "Page 1 of 1"),
    ):
        assert words in text, words
    scanned = zxingcpp.read_barcodes(pypdfium2.PdfDocument(content)[0].render(scale=3).to_pil())
    assert [found.text for found in scanned] == [reference]


@pytest.mark.django_db
def test_the_sheet_says_the_same_and_nothing_in_it_is_run_by_a_spreadsheet():
    letter = mailed(names=("Oslo lamp", "=1+1"))
    reference = letter.purchase_order.reference

    rows = rows_of(papers.sheet(facts.OrderFacts.of(letter.facts)))

    assert rows == [
        list(papers.COLUMNS),
        [reference, "1", "N-1", "LAMP-1", "Oslo lamp", "12", "10.0000", "EUR", "", "Berlin"],
        [reference, "2", "N-2", "LAMP-2", "'=1+1", "12", "10.0000", "EUR", "", "Berlin"],
    ]


@pytest.mark.django_db
def test_the_address_of_the_warehouse_stands_on_the_paper_in_the_sheet_and_in_the_mail():
    approved()
    Warehouse.objects.update(address="Gate 7\r\nKaistraße 12\n10317 Berlin\n")

    [letter] = writing.send([PurchaseOrder.objects.get().pk], by=buyer(), at=NOW)
    said = facts.OrderFacts.of(letter.facts)

    paper, sheet = papers.of(said)
    there = "Berlin, Gate 7, Kaistraße 12, 10317 Berlin"
    assert "Deliver to Berlin Gate 7 Kaistraße 12 10317 Berlin" in " ".join(text_of(paper.content).split())
    assert rows_of(sheet.content)[1][-1] == there
    assert f"to be delivered to {there}." in wording.of(LetterKind.ORDER, said).text


@pytest.mark.django_db
def test_a_warehouse_that_moves_is_a_correction_and_a_letter_of_before_is_still_read():
    letter = mailed()
    kept = {name: value for name, value in letter.facts.items() if name != "place_address"}
    OrderLetter.objects.update(state="sent", facts=kept)
    assert facts.OrderFacts.of(kept).deliver_to == "Berlin"
    order = letter.purchase_order
    assert writing.following([order], by=None, at=NOW)[order.pk].kind == "again"

    Warehouse.objects.update(address="Gate 7")

    order = PurchaseOrder.objects.select_related("supplier", "warehouse").get()
    assert writing.following([order], by=None, at=NOW)[order.pk].kind == "corrected"


@pytest.mark.django_db
@pytest.mark.parametrize("count", [13, 300])
def test_many_lines_go_over_pages_and_none_is_lost(count):
    said = facts.OrderFacts.of(mailed(names=[HOSTILE[n % len(HOSTILE)] for n in range(count)]).facts)

    text, rows = text_of(papers.paper(said)), rows_of(papers.sheet(said))

    assert all(text.count(f"N-{number} ") == 1 for number in range(1, count + 1))
    assert f"{count * 12:,} units, {count * 120:,}.00 EUR" in text
    assert len(rows) == count + 1
    assert papers.of(said) == papers.of(said)


@pytest.mark.django_db
def test_what_was_handed_over_is_kept_whatever_is_renamed_later(post):
    letter = mailed()
    notices.send_due(at=NOW)
    carried = [part.get_payload(decode=True) for part in post.mails[0].iter_attachments()]
    Supplier.objects.update(name="Other")
    make.line(letter.purchase_order).product.__class__.objects.update(name="Other lamp")

    kept = [Attached.of_row(row).content for row in read(letter).attached]

    assert kept[0] == carried[0] == papers.paper(facts.OrderFacts.of(letter.facts))
    assert b"Oslo lamp" in kept[1]
    assert kept[1].splitlines() == carried[1].splitlines()


@pytest.mark.django_db
def test_a_buyer_without_an_address_has_the_shop_answered():
    [letter] = writing.send([approved().pk], by=make.buyer("nora"), at=NOW)

    notices.send_due(at=NOW)

    assert mail.outbox[0].reply_to == ["Harbor & Pine <service@harbor.example>"]
    assert read(letter).body_text.endswith("\n\nnora\nHarbor & Pine\nPier 3\nBergen\n")


# --- Refused, and once ----------------------------------------------------------------


@pytest.mark.django_db
def test_a_supplier_without_an_address_is_named_and_nothing_is_half_done():
    with_address, without = approved(), approved("kaiko", sku="MUG")
    Supplier.objects.filter(name="Kaiko").update(email="")

    with pytest.raises(writing.NoAddress, match=f"There is no e-mail address for {without} to Kaiko. Nothing was sent"):
        writing.send([with_address.pk, without.pk], by=None, at=NOW)

    assert not Inbound.objects.exists()
    assert not OrderLetter.objects.exists()
    assert {sent(order).words for order in (with_address, without)} == {"Approved"}
    purchasing.send([without.pk], by=None, at=NOW)
    assert (sent(without).words, OrderLetter.objects.count()) == ("Sent", 0)


@pytest.mark.django_db
def test_an_order_that_was_sent_is_not_sent_a_second_time():
    letter = mailed()

    with pytest.raises(purchasing.AlreadySent):
        writing.send([letter.purchase_order_id], by=None, at=NOW)

    assert OrderLetter.objects.count() == 1


@pytest.mark.django_db
def test_a_letter_that_left_is_not_sent_again(post):
    mailed()
    notices.send_due(at=NOW)

    assert notices.send_due(at=NOW + timedelta(days=9)) == {}
    assert len(post.mails) == 1


@pytest.mark.django_db
def test_in_shadow_a_letter_is_composed_and_kept_and_the_supplier_hears_nothing(post, settings):
    settings.MAIL = "shadow"
    letter = mailed()

    assert notices.send_due(at=NOW) == {"shadowed": 1}

    assert (read(letter).state, [row["name"] for row in letter.attached]) == (
        "shadowed",
        [f"{letter.purchase_order}.pdf", f"{letter.purchase_order}.csv"],
    )
    assert letter.body_text.startswith("Hello Nordlys,")
    assert post.mails == []


@pytest.mark.django_db
def test_an_order_that_is_canceled_before_its_letter_has_left_never_leaves(post):
    letter = mailed()
    purchasing.cancel(letter.purchase_order_id, reason="Typed twice", by=None, at=NOW)

    assert notices.send_due(at=NOW) == {"superseded": 1}
    assert (read(letter).state, post.mails) == ("superseded", [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "state", "counted"),
    [("nobody", "dead", "dead"), ("busy", "queued", "delayed"), ("lost", "in_doubt", "in_doubt")],
)
def test_what_the_server_says_of_a_letter_is_what_becomes_of_it(post, who, state, counted):
    letter = mailed(who)

    assert notices.send_due(at=NOW) == {counted: 1}
    assert read(letter).state == state
    assert sent(letter.purchase_order).words == "Sent"


@pytest.mark.django_db
def test_a_letter_that_comes_back_is_noted(post):
    letter = mailed()
    notices.send_due(at=NOW)

    assert bounces.came_back(name=read(letter).message_id, words="550 unknown")
    assert (read(letter).state, letter.error) == ("bounced", "It came back. 550 unknown")


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_before_the_intent_costs_nothing_and_one_killed_after_it_leaves_a_doubt(post, settings):
    letter = mailed("deaf")
    process = worker(settings, settings.EMAIL_PORT)
    try:
        assert post.has_mail.wait(60)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert read(letter).state == "claimed"

    notices.send_due(at=mailbox.NOW + LEASE + MINUTE)

    assert (read(letter).state, len(post.mails)) == ("in_doubt", 0)


# --- Which day it was sent on ---------------------------------------------------------


def handed_over(letter: OrderLetter, days: float) -> None:
    at = make.after(days)
    OrderLetter.objects.update(due_at=at)
    assert notices.send_due(at=at)["sent"] == 1


@pytest.mark.django_db
def test_a_mail_server_that_was_away_for_two_days_costs_the_supplier_nothing():
    letter = mailed()

    handed_over(letter, 2)

    order = sent(letter.purchase_order)
    assert order.sent_at >= make.after(2)
    assert make.expected(order).sent_at == order.sent_at
    purchasing.receive(order.pk, {make.line(order).pk: (12, 0)}, by=None, at=make.after(9))
    lesson = Lesson.objects.get()
    assert (lesson.sent_on, round(lesson.days, 1)) == (make.after(2).date(), 7.0)


@pytest.mark.django_db
def test_one_that_left_the_same_day_was_sent_when_somebody_pressed():
    letter = mailed()

    handed_over(letter, 0.4)

    assert sent(letter.purchase_order).sent_at == NOW
    assert make.expected(letter.purchase_order).sent_at == NOW


@pytest.mark.django_db
def test_a_supplier_who_confirmed_before_its_letter_left_knew_of_it():
    letter = mailed()
    line = make.line(letter.purchase_order)
    purchasing.confirm(letter.purchase_order_id, {line.pk: make.after(9).date()}, by=None, at=make.after(1))

    handed_over(letter, 2)

    assert sent(letter.purchase_order).sent_at == NOW
    assert Offer.objects.count() == 1
