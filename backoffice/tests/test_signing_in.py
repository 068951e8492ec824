"""Wrong passwords are slowed down where they are typed, and nowhere else; a session that nobody uses ends."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.test import Client, RequestFactory

from backoffice import tasks
from backoffice.people import signing_in

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"
LOGIN = "/admin/login/"


@pytest.fixture
def ada():
    return User.objects.create_user("ada", password="nine blue lamps", is_staff=True)


def tried(password, *, name="ada", address=HERE, **headers):
    """Send the form of a sign-in, from a browser of its own."""
    return Client(REMOTE_ADDR=address).post(LOGIN, {"username": name, "password": password}, headers=headers)


def test_after_five_wrong_passwords_the_right_one_must_wait_a_quarter_of_an_hour(ada):
    with time_machine.travel(NOW, tick=False) as clock:
        answers = [tried("wrong").status_code for _ in range(20)]
        assert answers == [200] * 4 + [429] * 16

        told = tried("nine blue lamps")
        assert (told.status_code, told["Retry-After"]) == (429, "900")
        assert "5 sign-ins with this name failed from where you are. Wait 15 minutes" in told.content.decode()

        clock.shift(timedelta(minutes=15))
        assert tried("nine blue lamps").status_code == 429
        clock.shift(timedelta(seconds=1))
        assert tried("nine blue lamps").status_code == 302


@pytest.mark.parametrize("name", ["Ada", "ADA", " ada "])
def test_a_name_is_read_in_any_case(ada, name):
    assert tried("nine blue lamps", name=name).status_code == 302


def test_a_name_in_another_case_is_no_new_beginning(ada):
    answers = [tried("wrong", name=name).status_code for name in ("ada", "Ada", "ADA", "aDa", "adA", "AdA")]

    assert answers == [200, 200, 200, 200, 429, 429]
    assert tried("nine blue lamps").status_code == 429


def test_of_two_accounts_that_differ_by_their_case_each_is_called_just_so(ada):
    User.objects.create_user("Ada", password="ten red lamps", is_staff=True)

    assert tried("nine blue lamps").status_code == tried("ten red lamps", name="Ada").status_code == 302
    assert tried("nine blue lamps", name="ADA").status_code == 200


def test_nobody_is_kept_out_by_a_name_that_is_typed_elsewhere(ada):
    for _ in range(20):
        tried("wrong", address=ELSEWHERE)

    assert tried("nine blue lamps").status_code == 302
    assert tried("nine blue lamps", address=ELSEWHERE).status_code == 429


def test_who_types_a_colleagues_name_keeps_the_own_door_open(ada):
    for _ in range(20):
        tried("wrong", name="grace")

    assert tried("nine blue lamps").status_code == 302


def test_another_browser_is_no_new_beginning(ada):
    answers = [tried("wrong", user_agent=f"browser {number}").status_code for number in range(6)]

    assert answers == [200, 200, 200, 200, 429, 429]


def test_a_sign_in_that_works_forgets_the_ones_that_did_not(ada):
    for _ in range(4):
        tried("wrong")

    assert tried("nine blue lamps").status_code == 302
    assert [tried("wrong").status_code for _ in range(4)] == [200] * 4


def test_an_address_that_a_client_makes_up_is_believed_only_of_so_many_proxies(ada, settings):
    for number in range(20):
        tried("wrong", x_forwarded_for=f"203.0.113.{number}")
    assert tried("nine blue lamps", x_forwarded_for="203.0.113.99").status_code == 429

    settings.TRUSTED_PROXIES = 1
    for number in range(20):
        tried("wrong", x_forwarded_for=f"203.0.113.{number}, {ELSEWHERE}")
    assert tried("nine blue lamps", x_forwarded_for=f"203.0.113.99, {ELSEWHERE}").status_code == 429
    assert tried("nine blue lamps", x_forwarded_for="203.0.113.99").status_code == 302


@pytest.mark.parametrize(
    ("proxies", "forwarded", "found"),
    [
        (0, "203.0.113.1", HERE),
        (1, "203.0.113.1", "203.0.113.1"),
        (1, "10.0.0.1, 203.0.113.1", "203.0.113.1"),
        (2, "10.0.0.1, 203.0.113.1", "10.0.0.1"),
        (2, "203.0.113.1", HERE),
        (3, "203.0.113.1", HERE),
        (1, "203.0.113.1:4711", "203.0.113.1"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "2001:DB8::1", "2001:db8::1"),
        (1, "fe80::1%eth0", "fe80::1"),
        (1, "::ffff:203.0.113.1", "203.0.113.1"),
        (1, "[::ffff:203.0.113.1]:4711", "203.0.113.1"),
        (1, "", HERE),
        (1, "' OR 1=1 --", None),
        (1, "1" * 10_000, None),
        (1, "unknown", None),
    ],
)
def test_the_address_is_what_the_last_trusted_proxy_heard(proxies, forwarded, found, settings):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=HERE, HTTP_X_FORWARDED_FOR=forwarded)

    assert signing_in.address(request) == found


def test_a_house_that_is_given_more_addresses_than_there_are_guesses_has_one_door(ada):
    answers = [tried("wrong", address=f"2001:db8:0:7::{number:x}").status_code for number in range(6)]

    assert answers == [200, 200, 200, 200, 429, 429]
    assert tried("nine blue lamps", address="2001:db8:0:7:ffff:ffff:ffff:ffff").status_code == 429
    assert tried("nine blue lamps", address="2001:db8:0:8::1").status_code == 302


def test_a_socket_for_both_kinds_of_addresses_tells_those_of_the_old_kind_apart(ada):
    for _ in range(6):
        tried("wrong", address=f"::ffff:{HERE}")

    assert tried("nine blue lamps", address=HERE).status_code == 429
    assert tried("nine blue lamps", address=f"::ffff:{ELSEWHERE}").status_code == 302


@pytest.mark.parametrize("name", ["x" * 10_000, "a\x00da", "a\nERROR", "", "ada' OR 1=1 --", "ådä"])
def test_no_name_breaks_the_door_or_slips_past_it(ada, name):
    for _ in range(6):
        assert tried("wrong", name=name, user_agent="x" * 10_000, accept="y" * 10_000).status_code in (200, 429)

    kept = AccessAttempt.objects.values_list("username", flat=True)
    assert [each for each in kept if each != name[:150]] == []


def test_a_sign_in_that_holds_what_no_database_keeps_is_only_a_wrong_one(ada):
    answer = Client(REMOTE_ADDR=HERE).post(LOGIN, {"username": "ada", "password": "wro\x00ng", "next\x00": "\x00"})

    assert answer.status_code == 200


def test_failed_and_good_sign_ins_are_logged_with_name_and_address(ada, caplog):
    caplog.set_level(logging.INFO, "backoffice.people.signing_in")

    for _ in range(6):
        tried("wrong")
    tried("nine blue lamps", address=ELSEWHERE)

    ours = [record for record in caplog.records if record.name == "backoffice.people.signing_in"]
    assert [(record.levelname, record.getMessage()) for record in ours] == [
        *[("WARNING", "A sign-in as “ada” from 192.0.2.1 failed")] * 4,
        *[("WARNING", "A sign-in as “ada” from 192.0.2.1 refused: too many failed")] * 2,
        ("INFO", "“ada” signed in from 198.51.100.7"),
    ]
    assert "wrong" not in caplog.text
    assert "nine" not in caplog.text


def test_a_session_that_is_used_goes_on_and_is_written_every_ten_minutes_at_most(ada):
    with time_machine.travel(NOW, tick=False) as clock:
        client = Client()
        client.force_login(ada)
        written = []
        for _ in range(37):
            clock.shift(timedelta(minutes=5))
            assert client.get("/admin/").status_code == 200
            written.append(Session.objects.get().expire_date)

    assert len(set(written)) == 19
    assert written[-1] == NOW + timedelta(minutes=180 + 120)


@pytest.mark.parametrize(("idle", "pause", "written"), [(5, 25, 29), (5, 24, 15), (60, 150, 15)])
def test_a_short_session_goes_on_too_while_it_is_used(ada, settings, idle, pause, written):
    """A row that is written every ten minutes ended a session of five between two clicks."""
    settings.SESSION_IDLE_MINUTES, settings.SESSION_COOKIE_AGE = idle, idle * 60
    seen = set()
    with time_machine.travel(NOW, tick=False) as clock:
        client = Client()
        client.force_login(ada)
        for _ in range(29):
            clock.shift(timedelta(seconds=pause))
            assert client.get("/admin/").status_code == 200
            seen.add(Session.objects.get().expire_date)
        clock.shift(timedelta(minutes=idle, seconds=1))
        assert client.get("/admin/").status_code == 302

    assert len(seen) == written


@pytest.mark.parametrize(("minutes", "status"), [(119, 200), (121, 302)])
def test_a_session_that_nobody_uses_ends(ada, minutes, status):
    with time_machine.travel(NOW, tick=False) as clock:
        client = Client()
        client.force_login(ada)
        clock.shift(timedelta(minutes=minutes))

        assert client.get("/admin/").status_code == status


def test_a_visitor_who_is_not_signed_in_has_no_session():
    Client().get(LOGIN)

    assert not Session.objects.exists()


def swept(at):
    return tasks._sweep(at.date(), at, lambda percent, step: None)


def test_old_sessions_and_old_failures_are_swept(ada):
    with time_machine.travel(NOW, tick=False) as clock:
        Client().force_login(ada)
        tried("wrong")
        clock.shift(timedelta(days=1))
        assert swept(NOW + timedelta(days=1))["sign_ins"] == 0
        assert swept(NOW + timedelta(days=1, microseconds=1))["sign_ins"] == 1

    assert not Session.objects.exists()
    assert not AccessAttempt.objects.exists()


@pytest.mark.parametrize(("word", "is_taken"), [("elf zeichen", False), ("zwölf zeich!", True)])
def test_a_password_has_twelve_characters(word, is_taken):
    if is_taken:
        validate_password(word)
    else:
        with pytest.raises(ValidationError, match="it needs 12 characters at least"):
            validate_password(word)


def test_who_signs_in_without_saying_where_to_sees_today(ada):
    assert tried("nine blue lamps")["Location"] == "/admin/"


def test_who_signs_in_is_asked_for_their_user_name():
    assert ">User name:</label>" in Client().get(LOGIN).content.decode()
