"""The restock list from outside: asked for, confirmed and left by whoever has the link, and by nobody's scanner."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from backoffice.web import restock_pages
from inventory.models import BackorderPolicy
from orders.models import Channel, RestockLetter, RestockRequest
from orders.tasks import keep_restock_lists, send_notices
from orders.tests import make
from orders.tests.askers import asked, waiting
from orders.tests.mailbox import smtp_server
from orders.waiting_list import asking, links

pytestmark = pytest.mark.django_db

FORM, ASK = "/restock/", "/restock/ask/"
HTTP = {"HTTP_HOST": "localhost"}


@pytest.fixture(autouse=True)
def is_open(settings):
    settings.RESTOCK_LIST, settings.SHOP_ADDRESS = True, "Quay 4\n20457 Hamburg"
    cache.clear()


@pytest.fixture
def lamp():
    return make.product("LAMP", name="Oslo lamp", backorder_policy=BackorderPolicy.NEVER)


def wish(**other):
    return {"sku": "LAMP", "email": "lena@example.com", "quantity": "2", "channel": "shop", "consent": "on"} | other


def post(path, data=None, **headers):
    return Client().post(path, data or {}, **HTTP, **headers)


def ask(data, origin="", method="post"):
    headers = HTTP | ({"HTTP_ORIGIN": origin} if origin else {})
    return getattr(Client(), method)(ASK, json.dumps(data), content_type="application/json", **headers)


def requests():
    return list(RestockRequest.objects.order_by("pk").values_list("email", "quantity", "state"))


def link(row, purpose):
    return f"/restock/{purpose}/{links.token(row.pk, purpose)}/"


# --- Asking -----------------------------------------------------------------------------


def test_a_form_keeps_what_was_asked_for_and_what_was_agreed_to(lamp):
    answer = post(FORM, wish(), HTTP_ORIGIN="https://shop.example")

    row = RestockRequest.objects.get()
    assert answer.status_code == 200
    assert "a mail is on its way to lena@example.com" in answer.content.decode()
    assert (row.product, row.quantity, row.channel, row.state, row.confirmed_at) == (lamp, 2, "shop", "asked", None)
    assert (row.consent, row.consent_from) == (asking.CONSENT, "https://shop.example")
    assert list(RestockLetter.objects.values_list("request", "kind", "number")) == [(row.pk, "confirm", 1)]


@pytest.mark.parametrize(
    ("holds", "words"),
    [(True, "some hours to order them."), (False, "Nothing is kept for you: who orders first")],
)
def test_the_form_says_whether_anything_will_be_kept(holds, words, settings):
    settings.WAVES_HOLD = holds

    assert words in Client().get(FORM, **HTTP).content.decode()


def test_what_is_not_known_is_answered_in_the_same_words(lamp):
    known, unknown = post(FORM, wish()), post(FORM, wish(sku="NO-SUCH"))

    assert known.content == unknown.content
    assert requests() == [("lena@example.com", 2, "asked")]


def test_who_is_on_the_list_already_hears_the_same_and_gets_no_second_mail(lamp):
    waiting(lamp, 5, email="lena@example.com")

    answer = post(FORM, wish(email="LENA@example.com"))

    assert answer.status_code == 200
    assert requests() == [("lena@example.com", 5, "waiting")]
    assert RestockLetter.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"quantity": "0"}, "the least is 1"),
        ({"quantity": "100"}, "Up to 99 can be asked for"),
        ({"quantity": str(10**9)}, "Up to 99 can be asked for"),
        ({"quantity": "two"}, "Write a whole number"),
        ({"email": "lena"}, "This is no e-mail address"),
        ({"email": "lena@example.com\nBcc: all@example.com"}, "This is no e-mail address"),
        ({"sku": "LAMP\r\nBcc: all@example.com"}, "There is a sign in it that cannot be read"),
        ({"sku": ""}, "This field is required"),
        ({"consent": ""}, "without it we may not write to you"),
    ],
)
def test_what_makes_no_sense_is_said_and_not_kept(lamp, wrong, words):
    answer = post(FORM, wish(**wrong))

    assert (answer.status_code, requests()) == (422, [])
    assert words in answer.content.decode()


def test_ninety_nine_is_the_most(lamp):
    assert post(FORM, wish(quantity="99")).status_code == 200
    assert requests() == [("lena@example.com", 99, "asked")]


def test_without_a_postal_address_there_is_no_list(lamp, settings):
    row = waiting(lamp)
    settings.SHOP_ADDRESS = " "

    paths = [FORM, ASK, link(row, "confirm"), link(row, "leave")]

    assert [post(path, wish()).status_code for path in paths[:3]] == [404, 404, 404]


def test_who_was_written_to_may_leave_whatever_is_switched_off(lamp, settings):
    row = waiting(lamp)
    settings.RESTOCK_LIST = False

    assert post(link(row, "leave")).status_code == 200
    assert requests()[0][2] == "left"


# --- JSON and other origins ---------------------------------------------------------------


def test_a_script_of_a_channel_may_ask_and_read_the_answer(lamp):
    Channel.objects.create(name="shop", shop_origin="https://shop.example")

    ahead = ask({}, "https://shop.example", "options")
    answer = ask(wish(quantity=2, consent=True), "https://shop.example")

    assert (ahead.status_code, answer.status_code) == (204, 202)
    assert {each.headers["Access-Control-Allow-Origin"] for each in (ahead, answer)} == {"https://shop.example"}
    assert ahead.headers["Access-Control-Allow-Headers"] == "Content-Type"
    assert requests() == [("lena@example.com", 2, "asked")]


def test_another_origin_may_not_read_it(lamp):
    Channel.objects.create(name="shop", shop_origin="https://shop.example")

    answer = ask(wish(quantity=2, consent=True), "https://evil.example")

    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("sent", [[], "no", 7, None])
def test_what_is_no_object_is_refused(sent):
    assert ask(sent).status_code == 400


@pytest.mark.parametrize("body", ["[" * 9_000, '{"a":' * 1_500, "{", ""])
def test_what_cannot_be_read_is_refused_however_deep_it_is(body):
    answer = Client().post(ASK, body, content_type="application/json", **HTTP)

    assert (answer.status_code, list(answer.json())) == (400, ["errors"])


def test_what_is_wrong_is_named_by_its_field(lamp):
    answer = ask(wish(quantity=0, consent=True))

    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["quantity"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"quantity": 10**9}, "quantity"),
        ({"quantity": -1}, "quantity"),
        ({"quantity": [2]}, "quantity"),
        ({"email": "lena@example.com\r\nBcc: all@example.com"}, "email"),
        ({"email": '"Lena\r\nBcc: all@example.com" <lena@example.com>'}, "email"),
        ({"email": ["lena@example.com", "all@example.com"]}, "email"),
        ({"sku": "LAMP\nBcc: all@example.com"}, "sku"),
        ({"channel": "shop\r\nBcc: all@example.com"}, "channel"),
        ({"consent": False}, "consent"),
    ],
)
def test_a_script_that_sends_nonsense_is_told_and_nothing_is_kept(lamp, wrong, field):
    answer = ask(wish(consent=True) | wrong)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert (requests(), RestockLetter.objects.count()) == ([], 0)


def test_a_script_hears_the_same_of_a_product_that_is_not_there_and_of_an_address_that_has_asked(lamp):
    answers = [ask(wish(consent=True)), ask(wish(consent=True)), ask(wish(consent=True, sku="NO-SUCH-THING"))]

    assert {(answer.status_code, answer.content) for answer in answers} == {(202, answers[0].content)}
    assert requests() == [("lena@example.com", 2, "asked")]


# --- A robot ------------------------------------------------------------------------------


@pytest.mark.proof
def test_a_robot_is_bounded_and_the_others_are_served(lamp):
    with time_machine.travel(make.MONDAY, tick=False):
        robot = [
            post(FORM, wish(email=f"robot{number}@example.com"), REMOTE_ADDR="192.0.2.7") for number in range(1000)
        ]
        other = post(FORM, wish(), REMOTE_ADDR="198.51.100.9")

    assert sum(answer.status_code == 200 for answer in robot) == restock_pages.FROM_ADDRESS
    assert robot[-1].status_code == 429
    assert robot[-1].headers["Retry-After"] == "60"
    assert (other.status_code, len(requests())) == (200, restock_pages.FROM_ADDRESS + 1)


@pytest.mark.proof
def test_a_robot_that_sends_json_is_bounded_with_the_form(lamp):
    with time_machine.travel(make.MONDAY, tick=False):
        robot = [ask(wish(email=f"robot{number}@example.com", consent=True)).status_code for number in range(1000)]
        by_form = post(FORM, wish(email="robot@example.com"))
        other = post(FORM, wish(), REMOTE_ADDR="198.51.100.9")

    assert robot == [202] * restock_pages.FROM_ADDRESS + [429] * (1000 - restock_pages.FROM_ADDRESS)
    assert (by_form.status_code, other.status_code) == (429, 200)
    assert len(requests()) == restock_pages.FROM_ADDRESS + 1


def test_a_network_is_bounded(lamp):
    with time_machine.travel(make.MONDAY, tick=False):
        there = [
            post(FORM, wish(email=f"robot{number}@example.com"), REMOTE_ADDR=f"192.0.2.{number}")
            for number in range(70)
        ]

    assert sum(answer.status_code == 200 for answer in there) == restock_pages.FROM_NETWORK


def test_nobody_is_flooded_with_mail_they_never_asked_for():
    things = [make.product(f"THING-{number}") for number in range(8)]

    for number, thing in enumerate(things):
        asking.ask(asking.RestockWish(thing.sku, "lena@example.com", 1), at=make.MONDAY + timedelta(minutes=number))
    for hour in range(9):
        asking.ask(asking.RestockWish(things[0].sku, "lena@example.com", 1), at=make.MONDAY + timedelta(hours=hour))

    assert RestockRequest.objects.count() == asking.MOST_UNCONFIRMED
    assert RestockLetter.objects.filter(request__product=things[0]).count() == asking.MOST_LETTERS


def test_in_shadow_nobody_can_ask_since_nobody_could_be_told(lamp, settings):
    row = waiting(lamp)
    settings.MAIL = "shadow"

    answers = [post(FORM, wish()), ask(wish(consent=True)), post(link(row, "leave"))]

    assert [answer.status_code for answer in answers] == [404, 404, 200]
    assert requests() == [(row.email, 1, "left")]


# --- Links ----------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", ["confirm", "leave"])
def test_a_look_changes_nothing(lamp, purpose):
    row = asked(lamp)
    before = list(RestockRequest.objects.values())

    answer = Client().get(link(row, purpose), **HTTP)

    assert (answer.status_code, list(RestockRequest.objects.values())) == (200, before)
    assert "Oslo lamp" in answer.content.decode()
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_who_confirms_is_on_the_list_once():
    with time_machine.travel(make.MONDAY, tick=False):
        row = asked(make.product("LAMP"))
        answers = [post(link(row, "confirm")) for _ in range(2)]

    row.refresh_from_db()
    assert [answer.status_code for answer in answers] == [200, 200]
    assert (row.state, row.confirmed_at) == ("waiting", make.MONDAY)


@pytest.mark.parametrize(("late", "state"), [(timedelta(0), "asked"), (timedelta(seconds=-1), "waiting")])
def test_a_confirmation_is_good_for_two_days(late, state):
    row = asked(make.product("LAMP"))

    with time_machine.travel(make.MONDAY + timedelta(days=2) + late, tick=False):
        post(link(row, "confirm"))

    row.refresh_from_db()
    assert row.state == state


def test_one_click_of_a_mail_program_leaves_the_list(lamp):
    row = waiting(lamp)

    answer = post(link(row, "leave"), {"List-Unsubscribe": "One-Click"})

    assert (answer.status_code, requests()[0][2]) == (200, "left")


def test_who_left_is_not_told_that_they_are_on_the_list(lamp):
    row = waiting(lamp)
    post(link(row, "leave"))

    looked, answer = Client().get(link(row, "confirm"), **HTTP), post(link(row, "confirm"))

    assert (looked.status_code, answer.status_code, requests()[0][2]) == (410, 410, "left")
    assert restock_pages.ON_THE_LIST not in answer.content.decode()


def test_who_left_is_not_brought_back_by_the_first_link(lamp):
    row = asked(lamp)
    post(link(row, "leave"))

    assert post(link(row, "confirm")).status_code == 410
    assert requests()[0][2] == "left"


def test_mutated_links_open_nothing(lamp):
    row = waiting(lamp)
    token = links.token(row.pk, "leave")
    mutated = {token[:place] + sign + token[place + 1 :] for place in range(len(token)) for sign in "aZ7."} - {token}
    other = links.token(row.pk, "confirm")

    answers = {post(f"/restock/leave/{each}/").status_code for each in [*sorted(mutated)[:200], other]}

    assert (answers, requests()[0][2]) == ({410}, "waiting")


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_wants_to_leave_by_a_link_that_is_broken_is_told_how(lamp, method):
    row = waiting(lamp)

    broken = getattr(Client(), method)(f"/restock/leave/{links.token(row.pk, 'leave')[:-2]}/", **HTTP)
    confirm = getattr(Client(), method)("/restock/confirm/x/", **HTTP)

    assert (broken.status_code, confirm.status_code) == (410, 410)
    assert "If mails still come, please open the link in the newest of them." in broken.content.decode()
    assert "please ask once more" not in broken.content.decode()
    assert "please ask once more in our shop" in confirm.content.decode()


# --- Mail -----------------------------------------------------------------------------------


def test_mails_leave_with_the_address_of_the_shop_and_one_click_to_go(lamp, settings):
    Channel.objects.create(name="shop", cart_url="https://shop.example/cart?add={sku}&quantity={units}")
    with smtp_server() as (post_office, port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        with time_machine.travel(make.MONDAY.replace(hour=12), tick=False):
            post(FORM, wish())
            row = RestockRequest.objects.get()
            first = send_notices()
            post(link(row, "confirm"))
            make.on_hand(lamp, 4, at=timezone.now())
            second = [send_notices(), send_notices()]
        mails = post_office.mails

    assert (first, second) == ({"sent": 1}, [{"sent": 1}, {}])
    assert [mail["Subject"] for mail in mails] == [
        "Shall we tell you when Oslo lamp is back?",
        "2 units of Oslo lamp are kept for you",
    ]
    for mail in mails:
        assert mail["List-Unsubscribe"].strip() == f"<{links.url(row.pk, 'leave')}>"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert "20457 Hamburg" in mail.get_content()
    assert links.url(row.pk, "confirm") in mails[0].get_content()
    assert "https://shop.example/cart?add=LAMP&quantity=2" in mails[1].get_content()
    with time_machine.travel(make.MONDAY.replace(hour=16), tick=False):
        assert keep_restock_lists() == {"expired": 2, "closed": 1, "offered": 0, "forgotten": 0}
