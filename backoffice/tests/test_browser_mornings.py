"""The morning of each role, from signing in to done: what it takes in clicks and screens, counted exactly."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from backoffice.models import Upload
from backoffice.people import roles
from backoffice.tests.at_work import signs_in
from backoffice.tests.people import MONDAY, in_days, person
from backoffice.watching import alerts, troubles
from inventory.models import Alert, Assignment, Inbound, Mention
from orders.models import Shipment
from orders.tests import make
from suppliers import purchasing
from suppliers.models import Delivery, PurchaseOrder, Slip
from suppliers.tests import make as buy

pytestmark = pytest.mark.browser
NOW, TODAY = MONDAY + timedelta(days=10), in_days(10)


@pytest.fixture
def expected(transactional_db, settings) -> Iterator[str]:
    """
    Thursday: two mugs for Tom are here and due, twelve lamps come from Nordlys today, five of them for Lena; a file
    could not be loaded, and there are two drafts. Gives the number of what comes.
    """
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    with time_machine.travel(MONDAY, tick=False) as clock:
        roles.keep()
        lamp, mug = make.product("LAMP-1", name="Oak lamp"), make.product("MUG-1", name="Clay mug")
        make.on_hand(mug, 2)
        make.order((lamp, 5), who=make.customer("Lena Ortiz", "lena@example.com"), reference="SO-1")
        make.order((mug, 2), who=make.customer("Tom Baker", "tom@example.com"), reference="SO-2")
        from_nordlys = buy.offer(lamp)
        sent = buy.sent((from_nordlys, 12))
        purchasing.confirm(sent.pk, {buy.line(sent).pk: TODAY}, by=None, at=MONDAY)
        clock.move_to(NOW - timedelta(hours=6))
        buy.draft((from_nordlys, 30))
        buy.draft((buy.offer(mug, buy.supplier("Sur")), 20))
        clock.move_to(NOW)
        said = {"state": "failed", "error": "It is no table.", "claimed_until": NOW}
        Upload.objects.create(kind="stock", name="count.csv", uploaded_at=NOW, **said)
        troubles.look(at=NOW)
        alerts.look(at=NOW)
        yield sent.reference


def test_operations_ships_what_is_due_receives_what_comes_and_decides_an_alert(expected, open_window):
    robin, who = signs_in(open_window, roles.OPERATIONS)

    robin.card("Ready, promise due")
    robin.tick()
    robin.button("Ship…")
    robin.fill(Carrier="DHL", Tracking_number="JD0001")
    robin.button("Show what it does")
    robin.button("Do exactly this")
    assert Shipment.objects.get().order.reference == "SO-2"

    robin.click("Today")
    robin.card("Receipts expected")
    robin.click(expected)
    robin.click("Receive…")
    robin.button("Everything arrived")
    robin.button("Do exactly this")
    assert Delivery.objects.get().quantity == 12

    robin.click("Today")
    robin.card("Alerts")
    robin.click("The file “count.csv” could not be loaded. It is no table.")
    robin.click("Solve…")
    robin.fill(How="Sent again as a table")
    robin.button("Solve")
    alert = Alert.objects.get(kind="file")
    assert (alert.solved_by, alert.solution) == (who, "Sent again as a table")

    assert robin.count == {"clicks": 17, "pressed": 0, "screens": 17}


def test_customer_service_finds_a_caller_notes_gives_a_turn_and_answers(expected, open_window):
    buyer = person(roles.BUYER)
    sam, _ = signs_in(open_window, roles.CUSTOMER_SERVICE)

    sam.look_up("ortiz")
    assert "5 × Oak lamp" in sam.page.locator("#answer").inner_text()
    sam.page.get_by_label("Write a note").fill("@buyer she wants them all at once")
    sam.button("Write it down")
    assert Mention.objects.get().person == buyer
    sam.click("Give to…")
    sam.page.get_by_label("To whom").select_option(label="Buyer")
    sam.fill(What_is_to_be_done="Ask Nordlys")
    sam.button("Give")
    assert Assignment.objects.get().role.name == roles.BUYER
    sam.clicks += 1
    sam.page.get_by_role("button", name="Copy the answer").click()

    assert sam.count == {"clicks": 5, "pressed": 2, "screens": 6}


def test_a_buyer_looks_through_the_drafts_sends_one_and_gives_a_new_date(expected, open_window):
    ines, _ = signs_in(open_window, roles.BUYER)

    ines.card("Drafts to approve")
    ines.click(ines.window.listed()[0][1])
    ines.back()
    ines.click(ines.window.listed()[1][1])
    ines.click("Approve…")
    ines.button("Approve")
    ines.click("Sent by hand…")
    ines.button("Show what it does")
    ines.button("Do exactly this")
    assert PurchaseOrder.objects.filter(sent_at=NOW).count() == 1

    ines.look_up(expected)
    ines.click("New date…")
    ines.fill(Arrives_on=in_days(14).isoformat(), What_the_sender_says="The truck is late")
    ines.button("Show what it does")
    ines.button("Do exactly this")
    assert Slip.objects.get().now == Inbound.objects.get(reference=expected).expected_date == in_days(14)

    assert ines.count == {"clicks": 12, "pressed": 3, "screens": 15}


def test_an_auditor_looks_at_what_is_late_and_changes_nothing(expected, open_window):
    otto, _ = signs_in(open_window, roles.AUDITOR)

    otto.card("Past promise")
    assert [row[1] for row in otto.window.listed()] == ["SO-2 / Tom Baker"]
    otto.click("SO-2")
    assert otto.page.locator("#content :is(.object-tools a:not(.historylink), textarea)").count() == 0
    otto.click("Today")

    assert otto.count == {"clicks": 4, "pressed": 0, "screens": 5}
