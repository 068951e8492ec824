"""What customers read: exact numbers, honest dates, the same words in both parts of the mail."""

from datetime import date

import pytest

from orders.mail import letters
from orders.models import NoticeKind
from orders.wording import links

from . import mailbox
from .mailbox import fact, tell

pytestmark = pytest.mark.django_db

BACKORDERED, LOST, NEW_DATE, RESTOCKED, SHIPPED, CANCELED, *_ = NoticeKind
NO_DATE = {"likely_date": None, "promised_date": None}
UNKNOWN = (
    "No date can be given yet: we do not know when the next delivery arrives. We will write to you as soon as we do."
)
ANON = "We will write to you as soon as we have one."
LATE = date(2026, 12, 9)


@pytest.mark.parametrize(
    ("kind", "numbers", "words"),
    [
        (
            BACKORDERED,
            {"ready": 5, "waiting": 2},
            "5 of your 7 are here, 2 will follow. We expect to ship the other 2 between December 12 and 16.",
        ),
        (
            BACKORDERED,
            {},
            ("Your 7 are not here yet and will follow. We expect to ship them between December 12 and 16."),
        ),
        (BACKORDERED, NO_DATE, f"Your 7 are not here yet and will follow. {UNKNOWN}"),
        (
            LOST,
            {"ready": 6, "waiting": 1, "was_date": LATE},
            (
                "We are sorry: units that were set aside for you can no longer be shipped. 6 of your 7 are here, "
                "1 will follow. We expect to ship the other one between December 12 and 16. "
                "Until now, we said by December 9."
            ),
        ),
        (
            NEW_DATE,
            {"was_date": LATE},
            "We now expect to ship them between December 12 and 16. Until now, we said by December 9.",
        ),
        (
            NEW_DATE,
            {"ready": 5, "waiting": 2, "was_date": LATE, "likely_date": date(2026, 12, 16)},
            (
                "5 of your 7 are here, 2 will follow. We now expect to ship the other 2 by December 16. "
                "Until now, we said by December 9."
            ),
        ),
        (NEW_DATE, {"was_date": LATE} | NO_DATE, f"{UNKNOWN} Until now, we said by December 9."),
        (
            NEW_DATE,
            {"ready": 7, "waiting": 0, "was_date": LATE} | NO_DATE,
            f"All 7 are here. No date can be given yet. {ANON} Until now, we said by December 9.",
        ),
        (NEW_DATE, {}, "We now expect to ship them between December 12 and 16."),
        (
            NEW_DATE,
            {"ready": 7, "waiting": 0, "was_date": LATE},
            "All 7 are here. We now expect to ship them between December 12 and 16. Until now, we said by December 9.",
        ),
        (
            RESTOCKED,
            {"units": 5, "ready": 5, "waiting": 2},
            (
                "5 of your 7 are here and set aside for you, 2 will follow. "
                "We expect to ship the other 2 between December 12 and 16."
            ),
        ),
        (
            RESTOCKED,
            {"ready": 7, "waiting": 0, "likely_date": date(2026, 11, 24), "promised_date": date(2026, 11, 24)},
            "All 7 are here and set aside for you. We expect to ship them by November 24.",
        ),
        (
            RESTOCKED,
            {"units": 5, "ready": 5, "waiting": 2, "was_date": LATE},
            (
                "5 of your 7 are here and set aside for you, 2 will follow. "
                "We expect to ship the other 2 between December 12 and 16. Until now, we said by December 9."
            ),
        ),
        (RESTOCKED, {"ready": 2, "waiting": 0} | NO_DATE, "The last 2 are here and set aside for you."),
        (SHIPPED, {"units": 7, "waiting": 0}, "All 7 are on their way."),
        (SHIPPED, {"units": 1, "waiting": 0}, "The last one is on its way."),
        (
            SHIPPED,
            {"units": 5, "waiting": 2},
            "5 of your 7 are on their way, 2 will follow. We expect to ship them between December 12 and 16.",
        ),
        (
            SHIPPED,
            {"units": 1, "ready": 2, "waiting": 0},
            "1 of the 3 you are still waiting for is on its way, 2 more are here and will ship next.",
        ),
        (
            SHIPPED,
            {"units": 4, "ready": 1, "waiting": 2} | NO_DATE,
            f"4 of your 7 are on their way, 1 more is here, 2 will follow. {UNKNOWN}",
        ),
        (CANCELED, {"units": 7, "waiting": 0}, "All 7 are canceled."),
        (CANCELED, {"units": 2, "waiting": 0}, "The 2 that were still open are canceled."),
        (
            CANCELED,
            {"units": 2, "ready": 5, "waiting": 0},
            "2 of your 7 are canceled, 5 remain and are here, set aside for you.",
        ),
        (
            CANCELED,
            {"units": 2, "ready": 4, "waiting": 1},
            (
                "2 of your 7 are canceled, 5 remain: 4 are here, 1 will follow. "
                "We expect to ship the other one between December 12 and 16."
            ),
        ),
        (
            CANCELED,
            {"units": 6, "waiting": 1},
            "6 of your 7 are canceled, 1 remains. We expect to ship it between December 12 and 16.",
        ),
    ],
)
def test_a_line_is_told_in_its_numbers_and_dates(kind, numbers, words):
    notice = tell(fact(mailbox.line(7), kind, **numbers))

    letter = letters.preview(notice, at=mailbox.NOW)

    assert f"- Oslo lamp (OSLO-LAMP)\n  {words}\n" in letter.text
    assert words in letter.html


ALL = "This is canceled and will not be shipped."
PART = "are canceled and will not be shipped. The rest of your order stands."


@pytest.mark.parametrize(
    ("numbers", "words", "headline"),
    [
        ({"units": 2, "ready": 0, "waiting": 5}, f"2 × Oslo lamp of your order {PART}", "A part is canceled"),
        ({"units": 6, "ready": 1, "waiting": 0}, f"6 × Oslo lamp of your order {PART}", "A part is canceled"),
        ({"units": 7, "ready": 0, "waiting": 0}, ALL, "Canceled"),
        ({"units": 2, "ready": 0, "waiting": 0}, ALL, "Canceled"),
    ],
)
def test_a_cancel_of_a_part_says_which_part_before_anything_else(numbers, words, headline):
    letter = letters.preview(tell(fact(mailbox.line(7), CANCELED, **numbers)), at=mailbox.NOW)

    assert letter.text.startswith(f"Hello Ada,\n\n{words}\n\nOrder ")
    assert f'<p style="margin:0 0 20px">{words}' in letter.html
    assert f">{headline}</h1>" in letter.html


def test_a_mail_about_a_part_and_a_whole_leaves_the_numbers_to_its_lines():
    part, whole = mailbox.line(7), mailbox.line(7)
    facts = [fact(part, CANCELED, units=2, waiting=5), fact(whole, CANCELED, waiting=0)]

    text = letters.preview(tell(*facts), at=mailbox.NOW).text

    assert "\n\nWhat you read here as canceled will not be shipped. The rest of your order stands.\n\n" in text
    assert "2 of your 7 are canceled, 5 remain." in text
    assert "All 7 are canceled." in text


@pytest.mark.parametrize(
    ("kind", "numbers", "words"),
    [
        (BACKORDERED, {}, "It is not here yet and will follow. We expect to ship it between December 12 and 16."),
        (RESTOCKED, {"ready": 1, "waiting": 0} | NO_DATE, "It is here and set aside for you."),
        (SHIPPED, {"waiting": 0}, "It is on its way."),
        (CANCELED, {"waiting": 0}, "It is canceled."),
    ],
)
def test_a_single_unit_is_it(kind, numbers, words):
    notice = tell(fact(mailbox.line(1), kind, **numbers))

    assert f"  {words}\n" in letters.preview(notice, at=mailbox.NOW).text


def test_two_units_are_both():
    notice = tell(fact(mailbox.line(2), SHIPPED, waiting=0))

    assert "  Both are on their way.\n" in letters.preview(notice, at=mailbox.NOW).text


@pytest.mark.parametrize(
    ("kind", "numbers", "subject"),
    [
        (BACKORDERED, {"ready": 5, "waiting": 2}, "Will follow: 2 × Oslo lamp (order R-1001)"),
        (BACKORDERED, {"was_date": LATE}, "Delayed: 7 × Oslo lamp (order R-1001)"),
        (NEW_DATE, {"was_date": LATE}, "New shipping date: 7 × Oslo lamp (order R-1001)"),
        (NEW_DATE, {"was_date": date(2026, 12, 24)}, "Earlier than promised: 7 × Oslo lamp (order R-1001)"),
        (NEW_DATE, {"was_date": LATE} | NO_DATE, "Delayed, no date yet: 7 × Oslo lamp (order R-1001)"),
        (RESTOCKED, {"ready": 5, "waiting": 2}, "Arrived at our warehouse: 5 × Oslo lamp (order R-1001)"),
        (SHIPPED, {"units": 3, "waiting": 4}, "On its way: 3 × Oslo lamp (order R-1001)"),
        (CANCELED, {"units": 2, "waiting": 5}, "Canceled: 2 × Oslo lamp (order R-1001)"),
    ],
)
def test_the_subject_says_what_happened_to_what(kind, numbers, subject):
    notice = tell(fact(mailbox.line(7), kind, **numbers))

    assert letters.preview(notice, at=mailbox.NOW).subject == subject


def test_a_mail_about_several_orders_names_each_and_its_lines_in_their_order():
    ada = mailbox.customer()
    first, second = mailbox.order("R-2001", ada), mailbox.order("R-2002", ada)
    lines = [
        mailbox.line(1_200, to=first, name="Oslo lamp"),
        mailbox.line(2, to=second, name="Bergen chair"),
        mailbox.line(3, to=first, name="Alta table"),
    ]

    letter = letters.preview(tell(*(fact(line, was_date=LATE) for line in reversed(lines))), at=mailbox.NOW)

    assert letter.subject == "New shipping date: 3 items (orders R-2001, R-2002)"
    assert letter.text == (
        "Hello Ada,\n\n"
        "It takes longer than we said. We are sorry, and would rather tell you now "
        "than let you wait without a word.\n\n"
        "Order R-2001\n\n"
        "- Oslo lamp (OSLO-LAMP)\n"
        "  We now expect to ship them between December 12 and 16. Until now, we said by December 9.\n\n"
        "- Alta table (ALTA-TABLE)\n"
        "  We now expect to ship them between December 12 and 16. Until now, we said by December 9.\n\n"
        f"How it stands, and what you can change: {links.url(first)}\n\n"
        "Order R-2002\n\n"
        "- Bergen chair (BERGEN-CHAIR)\n"
        "  We now expect to ship them between December 12 and 16. Until now, we said by December 9.\n\n"
        f"How it stands, and what you can change: {links.url(second)}\n\n"
        "You need not do anything. To change or cancel what has not shipped yet, just reply to this mail. "
        "Leave “orders R-2001, R-2002” in the subject, so that your answer finds its way.\n\n"
        "Harbor & Pine\n"
    )


def test_thousands_are_readable():
    notice = tell(fact(mailbox.line(7_000), BACKORDERED, ready=5_800, waiting=1_200))

    assert "5,800 of your 7,000 are here, 1,200 will follow." in letters.preview(notice, at=mailbox.NOW).text


def test_names_are_safe_in_html_and_plain_in_text():
    ada = mailbox.customer("Ada O'Neil & <b>Co</b>", "ada@shop.example")

    letter = letters.preview(tell(fact(mailbox.line(of=ada, name='Lamp 12" <script>'))), at=mailbox.NOW)

    assert letter.text.startswith("Hello Ada O'Neil & <b>Co</b>,\n")
    assert 'Lamp 12" <script>' in letter.text
    assert letter.subject == 'New shipping date: 7 × Lamp 12" <script> (order R-1001)'
    assert "<script>" not in letter.html
    assert "Ada O&#x27;Neil &amp; &lt;b&gt;Co&lt;/b&gt;" in letter.html


def test_what_a_line_names_is_safe_in_html_and_plain_in_text():
    other = "Birch & Co's <lamp>"

    letter = letters.preview(tell(fact(mailbox.line(2), NoticeKind.OFFERED, detail=other)), at=mailbox.NOW)

    assert f"In place of the 2 that wait you can have: {other}.\n" in letter.text
    assert "you can have: Birch &amp; Co&#x27;s &lt;lamp&gt;." in letter.html


def test_carrier_tracking_and_reason_are_told_and_nothing_internal_is():
    shipped = tell(fact(mailbox.line(), SHIPPED, detail="DHL 00340434"), cause="shipment:1")
    canceled = tell(fact(mailbox.line(), CANCELED, detail="You asked us to."), cause="cancel:1")
    dated = tell(fact(mailbox.line(), NEW_DATE, detail="PO-1042 · Nordlys"), cause="inbound:1:1")

    assert "Sent with DHL 00340434\n" in letters.preview(shipped, at=mailbox.NOW).text
    assert "Reason: You asked us to.\n" in letters.preview(canceled, at=mailbox.NOW).text
    assert "Nordlys" not in "".join(letters.preview(dated, at=mailbox.NOW))


def test_an_order_that_ships_complete_says_that_it_waits_for_its_last_unit():
    whole = mailbox.order("R-9", mailbox.customer(), is_ship_complete=True)

    letter = letters.preview(tell(fact(mailbox.line(to=whole), RESTOCKED, ready=5, waiting=2)), at=mailbox.NOW)

    assert "it leaves when the last unit of this order is here." in letter.text
    assert "it leaves when the last unit of this order is here." in letter.html


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_mail_is_signed_by_the_shop_and_sells_nothing(kind, settings):
    settings.SHOP_NAME = "Fjord Supplies"

    line = mailbox.line()
    letter = letters.preview(tell(fact(line, kind)), at=mailbox.NOW)

    assert letter.text.endswith("\n\nFjord Supplies\n")
    assert "Fjord Supplies" in letter.html
    assert "reply to this mail" in letter.text
    for part in (letter.text, letter.html):
        assert "unsubscribe" not in part.lower()
        assert links.url(line.order) in part
        assert "http" not in part.replace(links.url(line.order), "", 1)
    assert "\n\n\n" not in letter.text
