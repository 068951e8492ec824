"""Whoever watches from outside learns whether all is well, and what is not only if they may."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from backoffice.models import ClockTick
from backoffice.watching import troubles

pytestmark = pytest.mark.django_db
TOKEN = "a long word"


@pytest.fixture
def goes():
    troubles.tick(at=timezone.now())


@pytest.fixture
def still(goes):
    ClockTick.objects.update(at=timezone.now() - timedelta(hours=1))


def asked(client=None, path="/readyz", **headers):
    answer = (client or Client()).get(path, headers=headers)
    return answer.status_code, answer.content.decode()


def test_a_process_that_answers_is_alive_whatever_else_is(still, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert asked(path="/healthz") == (200, "ok\n")


def test_anybody_learns_whether_all_is_well(goes):
    assert asked() == (200, "ok\n")


def test_nobody_in_particular_learns_what_is_not(still):
    assert asked() == (503, "not ok\n")


def test_a_host_that_nobody_named_and_a_wish_for_tls_are_no_reason_not_to_answer(goes, settings):
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["backoffice.example"], True

    assert asked(host="10.0.0.7:8000") == (200, "ok\n")
    assert asked(path="/healthz", host="10.0.0.7:8000") == (200, "ok\n")


@pytest.mark.parametrize("given", ["Bearer a long word", "bearer a long word"])
def test_the_token_opens_the_details(given, still, settings):
    settings.READY_TOKEN = TOKEN

    status, body = asked(authorization=given)

    assert status == 503
    told = json.loads(body)
    assert (told["ok"], [(each["name"], each["ok"]) for each in told["checks"]]) == (
        False,
        [("database", True), ("clock", False), ("mail", True), ("night", True)],
    )
    assert "The clock last ticked at" in told["checks"][1]["words"]


def test_a_token_may_have_letters_of_any_language(still, settings):
    settings.READY_TOKEN = "schlüssel"

    status, body = asked(authorization="Bearer " + "schlüssel".encode().decode("latin-1"))

    assert (status, json.loads(body)["ok"]) == (503, False)


@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer wrong", "Basic a long word", "a long word", "Bearer ä\xff"])
@pytest.mark.parametrize("token", ["", TOKEN])
def test_no_other_word_opens_them(given, token, still, settings):
    settings.READY_TOKEN = token

    assert asked(authorization=given) == (503, "not ok\n")


@pytest.mark.parametrize(
    ("fields", "may_know"),
    [({"is_staff": True}, True), ({"is_staff": False}, False), ({"is_staff": True, "is_active": False}, False)],
)
def test_the_staff_reads_the_details(fields, may_know, goes):
    client = Client()
    client.force_login(User.objects.create_user("ada", **fields))

    status, body = asked(client)

    assert status == 200
    assert (body != "ok\n") is may_know
    if may_know:
        assert [each["name"] for each in json.loads(body)["checks"]] == ["database", "clock", "mail", "night"]


@pytest.mark.parametrize("cookie", ["x", "x" * 10_000, "%00", "'"])
def test_a_made_up_session_is_nobody(cookie, still):
    client = Client()
    client.cookies["sessionid"] = cookie

    assert asked(client) == (503, "not ok\n")


def test_a_database_that_is_gone_is_said_and_nothing_more(goes, monkeypatch, settings):
    settings.READY_TOKEN = TOKEN

    def gone():
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "ensure_connection", gone)

    assert asked() == (503, "not ok\n")
    told = json.loads(asked(authorization="Bearer a long word")[1])
    assert told["checks"] == [
        {"name": "database", "ok": False, "words": "The database does not answer: connection refused"}
    ]


def test_nothing_is_sent_to_a_probe():
    assert Client().post("/readyz").status_code == 405


def test_asking_is_cheap(goes, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        asked()
