"""What comes no more of one line in several steps is one statement, and each mail adds up to the one before it."""

import random
import re

import pytest
from django.core import mail

from orders.mail import notices
from orders.models import Notice, NoticeLine, NoticeState

from .test_stand_ins import NO_DATE, Shop, words

pytestmark = [pytest.mark.django_db, pytest.mark.embedded, pytest.mark.proof]


@pytest.fixture
def shop():
    return Shop(ordered=20)


def test_two_cancellations_in_a_minute_are_one_statement_in_their_sum(shop):
    shop.cancel("A", 3)
    shop.cancel("A", 2, why="Two less.")

    assert shop.mails() == [
        (
            "Canceled: 5 × Lamp A",
            [f"A: 5 of your 20 are canceled, 15 remain. {NO_DATE}"],
            ["You asked us to.", "Two less."],
        )
    ]
    assert list(Notice.objects.filter(kind="canceled").values_list("state", flat=True).order_by("pk")) == [
        NoticeState.SENT,
        NoticeState.SUPERSEDED,
    ]
    assert set(NoticeLine.objects.filter(kind="canceled").values_list("told_waiting", "is_superseded")) == {(15, False)}


def test_a_cancellation_after_the_first_mail_left_counts_from_what_that_said(shop):
    shop.cancel("A", 3)
    first = shop.mails()
    shop.cancel("A", 2)
    shop.shrink("A", 14)

    assert first[0][1] == [f"A: 3 of your 20 are canceled, 17 remain. {NO_DATE}"]
    assert shop.mails()[0][1] == [f"A: 3 of the 17 you are still waiting for are canceled, 14 remain. {NO_DATE}"]


def test_what_is_canceled_and_what_is_replaced_in_a_minute_is_one_mail(shop):
    shop.cancel("A", 3)
    shop.cancel("A", 2)
    shop.replace("A", "B", 4)

    assert shop.mails() == [
        (
            "Another product for you: 4 × Lamp B",
            [
                f"A: 4 of your 20 are replaced and 5 are canceled, 11 remain. {NO_DATE}",
                f"B: 4 come in place of Lamp A. {NO_DATE}",
            ],
            ["You asked us to.", "Sold out."],
        )
    ]


def test_what_is_replaced_by_two_products_in_a_minute_is_one_mail(shop):
    shop.replace("A", "B", 4)
    shop.replace("A", "C", 6)

    assert shop.mails() == [
        (
            "Another product for you: 2 items",
            [
                f"A: 10 of your 20 are replaced, 10 remain. {NO_DATE}",
                f"B: 4 come in place of Lamp A. {NO_DATE}",
                f"C: 6 come in place of Lamp A. {NO_DATE}",
            ],
            ["Sold out."],
        )
    ]


def test_what_leaves_between_two_cancellations_keeps_them_apart_and_the_newest_says_what_remains(shop):
    shop.here("A", 5)
    shop.mails()

    shop.cancel("A", 3)
    shop.ship("A", 5)
    shop.cancel("A", 2)

    assert [said for _, said, _ in shop.mails()] == [
        ["A: 3 of your 20 are canceled."],
        ["A: 5 of the 17 you are still waiting for are on their way."],
        [f"A: 2 of the 12 you are still waiting for are canceled, 10 remain. {NO_DATE}"],
    ]


def test_two_parcels_in_a_minute_do_not_both_say_what_remains(shop):
    shop.here("A", 5)
    shop.mails()

    shop.ship("A", 2)
    shop.ship("A", 3)

    assert [said for _, said, _ in shop.mails()] == [
        ["A: 2 of your 20 are on their way."],
        [f"A: 3 of the 18 you are still waiting for are on their way, 15 will follow. {NO_DATE}"],
    ]


def test_a_stand_in_of_which_some_ships_at_once_says_what_remains_once(shop):
    shop.here("B", 4)
    shop.replace("A", "B", 4)
    shop.ship("B", 1)

    (_, [_, comes], _), (_, [ships], _) = shop.mails()
    assert comes == "B: 4 come in place of Lamp A."
    assert ships == "B: 1 of your 4 is on its way, 3 more are here and will ship next."


def test_a_sum_whose_mail_came_back_is_the_same_sum_again(shop):
    shop.cancel("A", 3)
    shop.cancel("A", 2)
    first = shop.mails()
    Notice.objects.filter(kind="canceled", state="sent").update(state=NoticeState.DEAD)

    notices.resend([Notice.objects.get(state="dead").pk], by=None, at=next(shop.clock))

    assert shop.mails() == first
    assert first[0][1] == [f"A: 5 of your 20 are canceled, 15 remain. {NO_DATE}"]


def test_the_preview_of_either_mail_is_the_sum(shop):
    shop.cancel("A", 3)
    shop.cancel("A", 2)

    shown = [notices.preview(each, at=next(shop.clock)).text for each in Notice.objects.filter(state="queued")]
    assert [words(text)[0] for text in shown] == [[f"A: 5 of your 20 are canceled, 15 remain. {NO_DATE}"]] * 2


# --- Any sequence -----------------------------------------------------------------------

GONE = re.compile(
    r"(?:(?P<units>\d+) of (?:your|the) (?P<base>\d+)|(?P<all>All|Both|It|The (?:last )?(?P<rest>\d+|one)))"
    r".*?(?:is|are) (?:canceled|replaced|on (?:its|their) way)(?: and (?P<canceled>\d+) (?:is|are) canceled)?"
)
REMAIN = re.compile(r"(?P<remain>\d+) remains?|(?P<more>\d+) more (?:is|are) here|(?P<follow>\d+) will follow")


def heard(open_before, sentence):
    """Give what somebody who believed in so many open units believes after a sentence; None if it does not add up."""
    found = GONE.search(sentence)
    if not found:
        return open_before
    if not found["units"]:
        return 0
    after = open_before - int(found["units"]) - int(found["canceled"] or 0)
    if int(found["base"]) != open_before:
        return None
    parts = {
        name: int(units) for each in REMAIN.finditer(sentence) for name, units in each.groupdict().items() if units
    }
    said = parts.get("remain", parts.get("more", 0) + parts.get("follow", 0))
    return after if not parts or said == after else None


def lived(shop, chance):
    """Anything happens to the line of A; mails leave at any time, in the order in which they are due."""
    for _ in range(14):
        line = shop.line("A")
        if line.open < 2:
            break
        units = chance.randint(1, max(1, line.open // 3))
        match chance.choice("ccqrrshhmm"):
            case "c":
                shop.cancel("A", units)
            case "q" if line.open > units:
                shop.shrink("A", line.open + line.shipped - units)
            case "r":
                shop.replace("A", chance.choice("BCDE"), units)
            case "s" if line.allocated:
                shop.ship("A", chance.randint(1, line.allocated))
            case "h":
                shop.here("A", chance.randint(1, 3))
            case "m":
                yield from shop.mails(limit=chance.choice([1, 2, 1000]))
    yield from shop.mails()
    yield from shop.mails()


@pytest.mark.parametrize("seed", range(40))
def test_whatever_happens_each_mail_adds_up_to_the_one_before_and_the_last_to_the_books(seed):
    shop = Shop(ordered=20)
    believes = 20

    for subject, said, _ in lived(shop, random.Random(seed)):
        for sentence in said:
            if sentence.startswith("A:"):
                before, believes = believes, heard(believes, sentence)
                assert believes is not None, (subject, before, sentence)

    assert believes == shop.line("A").open
    assert not Notice.objects.filter(state__in=("queued", "claimed")).exists()
    assert mail.outbox == []
