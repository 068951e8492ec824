"""After the first letter: sent again, corrected, canceled, come back; and what becomes of those that never left."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core import mail
from django.urls import reverse

from backoffice.books import audit
from backoffice.tests import race
from backoffice.watching import alerts
from inventory.ground.post import bounces
from inventory.models import Alert, Inbound
from inventory.tests.hands import Hands, carried
from orders.mail import notices
from suppliers import purchasing
from suppliers.letters import writing
from suppliers.models import Offer, OrderLetter, PurchaseOrder, Supplier
from suppliers.tests import make

from .test_order_letters import LEASE, NOW, approved, buyer, mailed, read, sent

MINUTE = timedelta(minutes=1)


def drain(at=NOW) -> list[str]:
    """The subjects that left."""
    mail.outbox.clear()
    notices.send_due(at=at)
    return [each.subject.partition(" from ")[0] for each in mail.outbox]


def again(letter: OrderLetter, *, at=NOW + MINUTE) -> OrderLetter:
    [written] = writing.again([letter.purchase_order_id], by=buyer(), at=at)
    return written


def states(order: PurchaseOrder) -> list[tuple[int, str, str]]:
    return list(order.letters.order_by("number").values_list("number", "kind", "state"))


# --- What the next letter is ----------------------------------------------------------


@pytest.mark.django_db
def test_an_order_that_did_not_change_is_sent_again_as_the_same():
    letter = mailed()
    order = letter.purchase_order
    drain()

    again(letter)

    assert drain(NOW + MINUTE) == [f"Purchase order {order}, sent again"]
    assert "Nothing of it has changed" in mail.outbox[0].body
    assert [name for name, _, _ in mail.outbox[0].attachments] == [f"{order}.pdf", f"{order}.csv"]
    assert states(order) == [(1, "order", "sent"), (2, "again", "sent")]


@pytest.mark.django_db
def test_one_whose_line_was_canceled_or_dated_since_is_a_correction():
    letter = mailed(names=("Oslo lamp", "Clay mug"))
    order = letter.purchase_order
    drain()
    first, second = order.lines.order_by("pk")
    purchasing.cancel(order.pk, line_ids=[second.pk], reason="Found some", by=None, at=NOW)

    again(letter)

    assert drain(NOW + MINUTE) == [f"Corrected: purchase order {order}"]
    assert "1 line, 12 units, 120.00, to be delivered" in mail.outbox[0].body
    purchasing.confirm(order.pk, {first.pk: make.after(9).date()}, by=None, at=NOW)
    again(letter, at=NOW + 2 * MINUTE)
    assert drain(NOW + 2 * MINUTE) == [f"Corrected: purchase order {order}"]
    assert "2026-03-11" in mail.outbox[0].attachments[1][1]
    again(letter, at=NOW + 3 * MINUTE)
    assert drain(NOW + 3 * MINUTE) == [f"Purchase order {order}, sent again"]


@pytest.mark.django_db
def test_one_that_has_not_left_is_overtaken_and_the_next_is_still_the_order():
    letter = mailed()
    Supplier.objects.update(email="new@supplier.example")

    again(letter)

    assert drain(NOW + MINUTE) == [f"Purchase order {letter.purchase_order}"]
    assert mail.outbox[0].to == ["new@supplier.example"]
    assert states(letter.purchase_order) == [(1, "order", "superseded"), (2, "order", "sent")]


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "kind"), [("dead", "order"), ("bounced", "order"), ("in_doubt", "again")])
def test_one_that_did_not_arrive_is_followed_by_the_order_and_one_in_doubt_by_the_same_again(state, kind):
    letter = mailed()
    OrderLetter.objects.update(state=state)

    assert again(letter).kind == kind


@pytest.mark.django_db
def test_an_order_that_was_sent_by_hand_can_be_mailed_later_and_keeps_its_day():
    order = approved()
    purchasing.send([order.pk], by=None, at=NOW)

    [letter] = writing.again([order.pk], by=None, at=make.after(3))

    assert drain(make.after(3)) == [f"Purchase order {order}, sent again"]
    assert (letter.kind, sent(order).sent_at) == ("again", NOW)


@pytest.mark.django_db
def test_a_supplier_who_has_it_by_hand_is_told_what_changed_and_not_asked_for_it_twice(boss):
    order = approved()
    purchasing.send([order.pk], by=None, at=NOW - MINUTE)
    typed = {f"units-{make.line(order).pk}": "5", "reason": "The mold broke", "is_told": "on"}

    boss.agree(operation("shorten", order), typed)

    assert states(sent(order)) == [(1, "corrected", "queued")]
    assert 'name="is_told" id="id_is_told" checked>' in boss.get(operation("cancel", order)).content.decode()


@pytest.mark.django_db
def test_an_order_whose_first_letter_came_back_was_sent_when_the_next_left():
    letter = mailed()
    drain()
    OrderLetter.objects.update(state="bounced")

    again(letter, at=make.after(3))
    drain(make.after(3))

    assert sent(letter.purchase_order).sent_at >= make.after(3)


@pytest.mark.django_db
def test_what_was_not_sent_or_has_no_address_is_not_sent_again():
    order = approved()
    with pytest.raises(purchasing.NotSent, match="was not sent yet"):
        writing.again([order.pk], by=None, at=NOW)
    purchasing.send([order.pk], by=None, at=NOW)
    Supplier.objects.update(email="")

    with pytest.raises(writing.NoAddress):
        writing.again([order.pk], by=None, at=NOW)
    with pytest.raises(writing.NoAddress):
        writing.cancel(order.pk, reason="No", by=None, at=NOW)

    assert not OrderLetter.objects.exists()
    assert (sent(order).words, Inbound.objects.get().outstanding) == ("Sent", 12)


# --- Canceled -------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_canceled_order_is_called_off_by_a_letter_that_carries_no_order():
    letter = mailed()
    drain()

    units, _ = writing.cancel(letter.purchase_order_id, reason="Too late", by=buyer(), at=NOW + MINUTE)

    assert units == 12
    assert drain(NOW + MINUTE) == [f"Canceled: purchase order {letter.purchase_order}"]
    assert "we cancel our order" in mail.outbox[0].body
    assert "Too late" not in mail.outbox[0].body
    assert mail.outbox[0].attachments == []
    assert audit.balances(audit.run(at=NOW))


@pytest.mark.django_db
def test_a_letter_of_its_end_can_be_sent_again():
    letter = mailed()
    drain()
    writing.cancel(letter.purchase_order_id, reason="Too late", by=None, at=NOW)

    assert again(letter).kind == "canceled"
    assert drain(NOW + MINUTE) == [f"Canceled: purchase order {letter.purchase_order}"]
    assert [state for _, _, state in states(letter.purchase_order)] == ["sent", "superseded", "sent"]


# --- As it is pressed -----------------------------------------------------------------


@pytest.fixture
def boss(client) -> Hands:
    hands = Hands()
    hands.force_login(User.objects.create_superuser("boss", "boss@harbor.example"))
    return hands


def operation(name: str, order: PurchaseOrder) -> str:
    return f"{reverse(f'admin:suppliers_purchaseorder_{name}')}?ids={order.pk}"


@pytest.mark.django_db
def test_send_shows_every_word_before_it_goes_and_does_it_once(boss):
    order = approved()
    url = operation("send", order)

    page = boss.post(url, {"preview": "1"}).content.decode()

    assert sent(order).words == "Approved"
    assert not OrderLetter.objects.exists()
    for words in ("nordlys@supplier.example", "boss@harbor.example", f"please find our order {order} attached"):
        assert words in page
    boss.agree(url)
    assert "Nothing was marked as sent." in boss.post(url, {"preview": "1"}).content.decode()
    assert (sent(order).words, OrderLetter.objects.count()) == ("Sent", 1)
    assert drain(order.sent_at) == [f"Purchase order {order}"]


@pytest.mark.django_db
def test_what_was_changed_since_it_was_shown_does_not_go(boss):
    order = approved()
    shown = boss.post(operation("send", order), {"preview": "1"})
    Offer.objects.update(supplier_sku="N-77")

    fields = {**carried(shown), "apply": "1"}
    page = boss.post(operation("send", order), fields).content.decode()

    assert "The facts have moved since you looked." in page
    assert not OrderLetter.objects.exists()


@pytest.mark.django_db
def test_a_supplier_without_an_address_is_named_on_the_page_and_by_hand_is_offered(boss):
    order = approved()
    Supplier.objects.update(email="")

    page = boss.post(operation("send", order), {"preview": "1"}).content.decode()

    assert f"There is no e-mail address for {order} to Nordlys. Nothing was sent." in page
    assert "by hand" in page
    assert (sent(order).words, OrderLetter.objects.count()) == ("Approved", 0)


@pytest.mark.django_db
def test_the_pages_show_the_letters_with_their_papers(boss, django_assert_num_queries):
    letter = mailed()
    drain()
    attached = reverse("admin:suppliers_orderletter_attached", args=[letter.pk, 0])

    order_page = boss.get(reverse("admin:suppliers_purchaseorder_change", args=[letter.purchase_order_id]))
    page = boss.get(reverse("admin:suppliers_orderletter_change", args=[letter.pk])).content.decode()
    paper = boss.get(attached)
    preview = boss.get(reverse("admin:suppliers_purchaseorder_paper", args=[letter.purchase_order_id]))

    assert reverse("admin:suppliers_orderletter_change", args=[letter.pk]) in order_page.content.decode()
    assert "please find our order" in page
    assert attached in page
    assert (paper["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    assert preview.content[:5] == b"%PDF-"
    assert boss.get(reverse("admin:suppliers_orderletter_attached", args=[letter.pk, 2])).status_code == 404


@pytest.mark.django_db
def test_cancel_asks_whether_the_supplier_is_told_and_shows_the_words(boss):
    letter = mailed()
    drain()
    order = letter.purchase_order
    url = operation("cancel", order)

    assert 'name="is_told" id="id_is_told" checked' in boss.get(url).content.decode()
    page = boss.post(url, {"preview": "1", "reason": "Late", "is_told": "on"}).content.decode()
    assert f"we cancel our order {order}" in page
    boss.agree(url, {"reason": "Late", "is_told": "on"})

    assert states(sent(order)) == [(1, "order", "sent"), (2, "canceled", "queued")]


@pytest.mark.django_db
def test_cancel_of_what_nobody_has_read_tells_nobody(boss):
    letter = mailed()
    url = operation("cancel", letter.purchase_order)

    assert 'name="is_told" id="id_is_told">' in boss.get(url).content.decode()
    boss.agree(url, {"reason": "Late"})

    assert drain(NOW + MINUTE) == []
    assert states(letter.purchase_order) == [(1, "order", "superseded")]


@pytest.mark.django_db
def test_units_that_will_not_come_are_told_as_a_correction_that_was_shown(boss):
    letter = mailed()
    drain()
    order = letter.purchase_order
    typed = {f"units-{make.line(order).pk}": "5", "reason": "The mold broke", "is_told": "on"}
    url = operation("shorten", order)

    page = boss.post(url, {"preview": "1", **typed}).content.decode()
    assert f"our order {order} of 2 March 2026 has changed" in page
    boss.agree(url, typed)

    assert states(sent(order)) == [(1, "order", "sent"), (2, "corrected", "queued")]
    assert (make.expected(order).outstanding, order.letters.latest("number").facts["lines"][0]["units"]) == (7, 7)


@pytest.mark.django_db
def test_more_units_than_are_to_come_are_refused_on_the_page(boss):
    order = mailed().purchase_order

    page = boss.post(
        operation("shorten", order), {"preview": "1", f"units-{make.line(order).pk}": "13", "reason": "No"}
    )

    assert "errornote" in page.content.decode()
    assert make.expected(order).outstanding == 12


# --- What a person must know ----------------------------------------------------------


def raised() -> list[tuple[str, str]]:
    return [(alert.kind, alert.words) for alert in Alert.objects.filter(solved_at=None).order_by("pk")]


@pytest.mark.django_db
def test_a_letter_that_came_back_is_an_alert_until_another_is_sent():
    letter = mailed()
    drain()
    bounces.came_back(name=read(letter).message_id, words="550 unknown")
    alerts.look(at=NOW)
    order = letter.purchase_order
    assert raised() == [("letter_back", f"“Order” of {order} to Nordlys came back. It came back. 550 unknown")]

    again(letter)
    alerts.look(at=NOW + MINUTE)

    assert raised() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "words"), [("dead", "could not be delivered"), ("in_doubt", "may or may not have gone out")]
)
def test_one_that_is_dead_or_in_doubt_is_an_alert_until_its_order_is_canceled(state, words):
    letter = mailed()
    OrderLetter.objects.update(state=state, error="Why.")
    alerts.look(at=NOW)
    assert raised() == [("letter_undelivered", f"“Order” of {letter.purchase_order} to Nordlys {words}. Why.")]

    purchasing.cancel(letter.purchase_order_id, reason="No", by=None, at=NOW)
    alerts.look(at=NOW + MINUTE)

    assert raised() == []


@pytest.mark.django_db
def test_one_that_waits_for_an_hour_is_an_alert_and_not_before():
    letter = mailed()

    alerts.look(at=NOW + timedelta(minutes=59))
    assert raised() == []
    alerts.look(at=NOW + timedelta(minutes=60))

    order = letter.purchase_order
    assert raised() == [("letter_undelivered", f"“Order” of {order} to Nordlys has not left within an hour.")]


# --- At once --------------------------------------------------------------------------


def press(order_id: int) -> int:
    try:
        return len(writing.send([order_id], by=None, at=NOW))
    except purchasing.AlreadySent:
        return 0


def drained(folder: str) -> int:
    """A worker of its own, whose mails are files."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = folder
    return int(notices.send_due(at=NOW).get("sent", 0))


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_three_people_who_press_send_at_once_write_one_letter_and_three_workers_send_it_once(tmp_path):
    order = approved()

    assert sorted(race.run(press, [(order.pk,)] * 3)) == [0, 0, 1]
    assert states(order) == [(1, "order", "queued")]
    assert sorted(race.run(drained, [(str(tmp_path),)] * 3)) == [0, 0, 1]
    assert len(list(tmp_path.iterdir())) == 1


def press_again(order_id: int) -> int:
    return len(writing.again([order_id], by=None, at=NOW + MINUTE))


def call_off(order_id: int) -> int:
    return int(purchasing.cancel(order_id, reason="No", by=None, at=NOW + MINUTE) > 0)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_letters_written_at_once_are_numbered_and_only_the_last_leaves():
    order = approved()
    writing.send([order.pk], by=None, at=NOW)

    assert race.run(press_again, [(order.pk,)] * 3) == [1, 1, 1]

    assert [number for number, _, _ in states(order)] == [1, 2, 3, 4]
    notices.send_due(at=NOW + 2 * MINUTE + LEASE)
    assert [state for _, _, state in states(order)] == ["superseded"] * 3 + ["sent"]
