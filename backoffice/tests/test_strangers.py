"""Who is no colleague never meets the back office: whatever they open, they read a page of the customers'."""

import json

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client

from backoffice.web import restock_pages
from orders.models import RestockRequest
from orders.tests import make
from orders.tests.askers import waiting
from orders.tests.pages import address, text
from orders.waiting_list import asking, links

pytestmark = pytest.mark.django_db

UNREAD = "What was sent here cannot be read, so nothing was done."
NONE = "There is no page here. Perhaps a part of its address was lost"
WISH = {"sku": "LAMP", "email": "lena@example.com", "quantity": "2", "consent": "on"}


@pytest.fixture(autouse=True)
def is_open(settings):
    settings.RESTOCK_LIST, settings.SHOP_ADDRESS = True, "Quay 4\n20457 Hamburg"
    cache.clear()


def is_plain(answer) -> bool:
    """Whether it is a page of the customers', which no one keeps and which leads to no sign-in."""
    page = answer.content.decode()
    kept = (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"], answer.headers["X-Robots-Tag"])
    assert kept == ("no-store, private", "no-referrer", "noindex, nofollow, noarchive")
    return "order_page.css" in page and "/admin/" not in page and "Sign in" not in page


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/restock/?sku=%00", 400, UNREAD),
        ("/restock/leave/a%00b/", 400, UNREAD),
        ("/your-order/a1-0.x/?done=%00", 400, UNREAD),
        ("/your-order/a%00/cancel/", 400, UNREAD),
        ("/restock/nothing/", 404, NONE),
        ("/restock/leave/1/2/3/", 404, NONE),
        ("/your-order/", 404, NONE),
        ("/your-order/a1-0.x/can%20cel/", 404, NONE),
    ],
)
def test_an_address_that_says_nothing_is_answered_by_a_page_of_the_customers(path, status, words):
    answer = Client().get(path)

    assert (answer.status_code, is_plain(answer)) == (status, True)
    assert words in text(answer)


def test_a_form_that_cannot_be_read_is_answered_by_a_page_of_the_customers():
    order = make.order((make.product("TOY"), 1))

    for path in ("/restock/", address(order, "ask")):
        answer = Client().post(path, b"\xff\x00{", content_type="multipart/form-data")
        assert (answer.status_code, is_plain(answer)) == (400, True)


def test_a_shop_without_restock_lists_says_so_on_a_page_of_the_customers(settings):
    settings.RESTOCK_LIST = False

    answer, said = Client().get("/restock/"), Client().post("/restock/ask/", "{}", content_type="application/json")

    assert (answer.status_code, is_plain(answer)) == (404, True)
    assert (said.status_code, list(said.json()["errors"])) == (404, [""])


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (OperationalError("database is locked"), 503, "nothing was done. Please go back, and try again in a moment."),
        (RuntimeError("boom"), 500, "The fault is ours."),
    ],
)
def test_what_goes_wrong_is_said_plainly_and_logged_without_the_link(error, status, words, monkeypatch, caplog):
    row = waiting(make.product("LAMP"))
    token = links.token(row.pk, "leave")

    def fails(*args, **kwargs):
        raise error

    monkeypatch.setattr(asking, "leave", fails)
    answer = Client(raise_request_exception=False).post(f"/restock/leave/{token}/")

    assert (answer.status_code, is_plain(answer)) == (status, True)
    assert words in text(answer)
    assert str(error) in caplog.text
    assert "/restock/leave/…/" in caplog.text
    assert token not in caplog.text


def test_no_log_has_a_link_of_the_restock_list_whatever_is_answered(caplog):
    token = links.token(waiting(make.product("LAMP")).pk, "confirm")
    RestockRequest.objects.update(state="left")

    answers = [Client().get(f"/restock/confirm/{token}/"), Client().put(f"/restock/leave/{token}/")]

    assert [answer.status_code for answer in answers] == [410, 405]
    assert token not in caplog.text


def test_colleagues_still_read_what_they_know(client):
    answer = client.get("/nothing/")

    assert (answer.status_code, "There is no such page" in text(answer)) == (404, True)


# --- What a shop's page sends unseen --------------------------------------------------------------


@pytest.mark.parametrize("no", ["0", "no", "off", "False", " FALSE ", "null", "undefined", "", False, 0])
def test_an_answer_of_no_is_no_consent(no):
    make.product("LAMP")

    sent = Client().post("/restock/ask/", json.dumps(WISH | {"consent": no}), content_type="application/json")
    typed = Client().post("/restock/", WISH | {"consent": no})

    assert (sent.status_code, typed.status_code, RestockRequest.objects.count()) == (422, 422, 0)
    assert "without it we may not write to you" in text(typed)


@pytest.mark.parametrize("yes", ["on", "1", "true", "yes", "I agree", True, 1])
def test_an_answer_of_yes_is_consent(yes):
    make.product("LAMP")

    sent = Client().post("/restock/ask/", json.dumps(WISH | {"consent": yes}), content_type="application/json")

    assert (sent.status_code, RestockRequest.objects.count()) == (202, 1)


@pytest.mark.parametrize(("name", "said"), [("language", "ca-ES-valencia"), ("channel", "x" * 41)])
def test_what_a_page_says_unseen_and_cannot_be_bars_nobody(name, said):
    make.product("LAMP")

    answer = Client().post("/restock/", WISH | {name: said})

    assert (answer.status_code, restock_pages.ASKED.partition("{")[0] in text(answer)) == (200, True)
    assert RestockRequest.objects.values_list("language", "channel").get() == ("en-us", "")
