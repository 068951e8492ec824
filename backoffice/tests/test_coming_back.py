"""Whose session ends over a form that is half filled in signs in again, and has lost nothing."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qsl

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from backoffice.people import coming_back
from backoffice.tests.people import MONDAY
from inventory.models import DemandEvent

pytestmark = pytest.mark.django_db
ADD, LOGIN, WORD = "/admin/inventory/demandevent/add/", "/admin/login/", "nine blue lamps"
TYPED = {"name": "\n“Sale” <b>", "kind": "media", "starts_on": "2026-03-01", "ends_on": "2026-03-02", "uplift": "2"}


@pytest.fixture
def ada():
    return User.objects.create_superuser("ada", password=WORD)


@pytest.fixture
def client(ada):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ada)
    return browser


def field(answer, name):
    """Give what the first field of this name holds, on a page that is shown."""
    page = answer.content.decode()
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page) or re.search(
        rf'<textarea name="{name}"[^>]*>\n(.*?)</textarea>', page, re.DOTALL
    )
    return unescape(found[1]) if found else None


def keys(answer):
    return {name: field(answer, name) for name in ("csrfmiddlewaretoken", "once")}


def signed_in(client, answer, **fields):
    """Send the form to sign in that a page holds."""
    token = field(answer, "csrfmiddlewaretoken")
    return client.post(LOGIN, {"username": "ada", "password": WORD, "csrfmiddlewaretoken": token, **fields})


def test_what_was_typed_into_a_page_whose_session_ended_is_sent_after_signing_in(client):
    page = keys(client.get(ADD))
    Session.objects.all().delete()

    asked = client.post(ADD, {**page, **TYPED})
    assert (asked.status_code, DemandEvent.objects.count()) == (403, 0)
    assert coming_back.ENDED in asked.content.decode()
    kept = field(asked, "kept")
    assert dict(parse_qsl(kept)) == {"once": page["once"], **TYPED}

    wrong = signed_in(client, asked, password="wrong", next=ADD, kept=kept)
    assert (wrong.status_code, field(wrong, "kept")) == (200, kept)

    back = signed_in(client, wrong, next=ADD, kept=kept)
    assert (back.status_code, DemandEvent.objects.count()) == (200, 0)
    assert coming_back.BACK in back.content.decode()
    again = {name: field(back, name) for name in ("csrfmiddlewaretoken", "once", *TYPED)}
    assert again == {"csrfmiddlewaretoken": again["csrfmiddlewaretoken"], "once": page["once"], **TYPED}

    assert client.post(ADD, again).status_code == 302
    assert [(event.name, event.kind, event.uplift) for event in DemandEvent.objects.all()] == [
        ("“Sale” <b>", "media", 2)
    ]


def test_who_signed_in_on_another_page_meanwhile_sends_what_they_typed_once_more(client):
    page = keys(client.get(ADD))
    Session.objects.all().delete()
    signed_in(client, client.get(LOGIN))

    stale = client.post(ADD, {**page, **TYPED})

    assert (stale.status_code, DemandEvent.objects.count()) == (403, 0)
    assert "This page was opened before you signed in" in stale.content.decode()
    assert "CSRF" not in stale.content.decode()
    again = {name: field(stale, name) for name in ("csrfmiddlewaretoken", "once", *TYPED)}
    assert client.post(ADD, again).status_code == 302
    assert DemandEvent.objects.count() == 1


def test_what_another_site_sends_is_not_kept(client):
    client.get(ADD)

    refused = client.post(ADD, {"once": "made-up:key", "csrfmiddlewaretoken": "x" * 32, **TYPED})

    assert refused.status_code == 403
    assert [field(refused, name) for name in TYPED] == [None] * 5


@pytest.mark.parametrize(
    ("to", "again"), [("/admin/orders/order/", "/admin/orders/order/"), ("https://elsewhere.example/", "/admin/")]
)
def test_a_second_page_to_sign_in_leads_on_where_one_has_signed_in(client, to, again):
    client.get(ADD)

    answer = client.post(LOGIN, {"username": "ada", "password": WORD, "csrfmiddlewaretoken": "x" * 32, "next": to})

    assert answer.status_code == 403
    assert "Somebody has signed in here on another page" in answer.content.decode()
    assert f'<a href="{again}">Try again</a>' in answer.content.decode()


def test_a_password_is_never_kept(client):
    page = keys(client.get("/admin/password_change/"))
    Session.objects.all().delete()

    answer = client.post("/admin/password_change/", {**page, "old_password": WORD})

    assert (answer.status_code, answer["Location"]) == (302, "/admin/login/?next=/admin/password_change/")


def test_who_brings_something_another_person_typed_is_told_to_look_at_it(client):
    page = keys(client.get(ADD))
    Session.objects.all().delete()
    asked = client.post(ADD, {**page, **TYPED})
    User.objects.create_superuser("grace", password=WORD)

    back = signed_in(client, asked, username="grace", next=ADD, kept=field(asked, "kept"))
    sent = client.post(ADD, {name: field(back, name) for name in ("csrfmiddlewaretoken", "once", *TYPED)})

    assert (sent.status_code, DemandEvent.objects.count()) == (200, 0)
    assert "this page was opened too long ago, or by somebody else" in sent.content.decode()


def shown(answer):
    """What a page says was typed, by the name of its field."""
    page = answer.content.decode().partition('<section class="typed">')[2].partition("</section>")[0]
    return {unescape(name): unescape(value) for name, value in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page)}


READ = {"Name": "“Sale” <b>", "Kind": "media", "Starts on": "2026-03-01", "Ends on": "2026-03-02", "Uplift": "2"}


def test_what_waits_is_shown_at_each_step_until_it_is_sent(client):
    page = keys(client.get(ADD))
    Session.objects.all().delete()

    asked = client.post(ADD, {**page, **TYPED, "name": "“Sale” <b>", "_save": "Save"})
    wrong = signed_in(client, asked, password="wrong", next=ADD, kept=field(asked, "kept"))
    back = signed_in(client, wrong, next=ADD, kept=field(wrong, "kept"))

    assert [shown(answer) for answer in (asked, wrong, back)] == [READ] * 3
    assert shown(client.get(LOGIN)) == {}


def test_five_wrong_passwords_lose_nothing_of_what_waits(client):
    with time_machine.travel(MONDAY, tick=False) as clock:
        page = keys(client.get(ADD))
        Session.objects.all().delete()
        asked = client.post(ADD, {**page, **TYPED})
        kept = field(asked, "kept")
        for _ in range(5):
            asked = signed_in(client, asked, password="wrong", next=ADD, kept=field(asked, "kept"))

        assert (asked.status_code, asked["Retry-After"], field(asked, "kept")) == (429, "900", kept)
        assert "Wait 15 minutes, then try again. Elsewhere the account works as before." in asked.content.decode()
        assert shown(asked)["Starts on"] == "2026-03-01"

        clock.shift(timedelta(minutes=15, seconds=1))
        back = signed_in(client, asked, next=field(asked, "next"), kept=field(asked, "kept"))
        again = {name: field(back, name) for name in ("csrfmiddlewaretoken", "once", *TYPED)}
        assert client.post(ADD, again).status_code == 302
    assert DemandEvent.objects.count() == 1
