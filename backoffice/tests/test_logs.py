"""A line of the log says what it is about, and what somebody typed begins no line of its own."""

import json
import logging
import sys

import pytest
from django.test import Client

from backoffice import jobs, logs
from orders.tests import make

NAME = "backoffice.requests"


def record(message, *args, **extra):
    made = logging.LogRecord("shop", logging.WARNING, __file__, 1, message, args, None)
    made.__dict__.update(extra)
    return made


def test_a_line_says_what_it_is_about():
    with logs.about(request="r1"), logs.about(job="nightly/2026-03-05"):
        logs.also_about(order="SO-1")
        text = logs.PlainLine().format(record("Slow: %s", "très"))
        line = json.loads(logs.JsonLine().format(record("Slow: %s", "très")))

    assert text.endswith(" WARNING shop: Slow: très [request=r1 job=nightly/2026-03-05 order=SO-1]")
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "WARNING",
        "logger": "shop",
        "message": "Slow: très",
        "request": "r1",
        "job": "nightly/2026-03-05",
        "order": "SO-1",
    }


def test_what_its_writer_says_of_it_comes_first():
    with logs.about(order="SO-1"):
        assert logs.said_of(record("x", order=7, line="9", secret="no")) == {"order": "7", "line": "9"}


def test_outside_it_is_about_nothing():
    logs.also_about(order="SO-1")

    assert logs.said_of(record("x")) == {}
    assert logs.PlainLine().format(record("x")).endswith(" WARNING shop: x")


@pytest.mark.parametrize("typed", ["ada\n2026 ERROR all is lost", "ada\r\nx", "a\x00b", "\x1b[31mred", "a\u2028b"])
def test_what_somebody_typed_stays_on_its_line(typed):
    text = logs.PlainLine().format(record("A sign-in as “%s” failed", typed))

    assert len(text.splitlines()) == 1
    assert not any(ord(sign) < 32 for sign in text)
    assert len(logs.JsonLine().format(record("%s", typed)).splitlines()) == 1
    assert json.loads(logs.JsonLine().format(record("%s", typed)))["message"] == typed


def test_a_traceback_follows_its_line_or_is_one_of_its_values():
    try:
        raise ValueError("no\nnews")
    except ValueError:
        failed = record("failed", exc_info=sys.exc_info())

    assert logs.PlainLine().format(failed).splitlines()[1] == "Traceback (most recent call last):"
    assert json.loads(logs.JsonLine().format(failed))["traceback"].endswith("ValueError: no\nnews")


def lines(caplog):
    return [each for each in caplog.records if each.name == NAME]


@pytest.fixture
def said(monkeypatch):
    """What the lines about requests were about, as they were written."""
    found: list[dict[str, str]] = []

    class Listening(logging.Handler):
        def emit(self, each):
            found.append(logs.said_of(each))

    handler = Listening()
    logging.getLogger(NAME).addHandler(handler)
    yield found
    logging.getLogger(NAME).removeHandler(handler)


@pytest.mark.django_db
def test_each_request_has_an_id_in_its_answer_and_in_its_line(said, caplog):
    caplog.set_level(logging.INFO, NAME)

    answers = [Client().get("/admin/login/?secret=1") for _ in range(2)]

    names = [answer["X-Request-ID"] for answer in answers]
    assert len(set(names)) == 2
    assert said == [{"request": name} for name in names]
    (first, _) = lines(caplog)
    assert first.getMessage().startswith("GET /admin/login/ 200 in ")
    assert "secret" not in caplog.text


def test_what_django_says_of_an_answer_carries_the_id_too(db, caplog):
    answer = Client().get("/admin/nowhere-at-all")
    missing = Client().get("/nowhere")

    (told,) = [each for each in caplog.records if each.name == "django.request"]
    assert (answer.status_code, missing.status_code) == (302, 404)
    assert logs.said_of(told) == {"request": missing["X-Request-ID"]}


@pytest.mark.parametrize(
    ("proxies", "given", "is_taken"),
    [
        (1, "abc-123_X", True),
        (0, "abc", False),
        (1, "a b", False),
        (1, "x" * 65, False),
        (1, "é", False),
        (1, "", False),
    ],
)
def test_an_id_is_taken_from_a_proxy_of_ours_alone(proxies, given, is_taken, settings, db):
    settings.TRUSTED_PROXIES = proxies

    answer = Client().get("/admin/login/", headers={"X-Request-ID": given})

    assert (answer["X-Request-ID"] == given) is is_taken


def test_a_page_of_an_order_or_a_line_says_which(said, admin_client, caplog):
    caplog.set_level(logging.INFO, NAME)
    line = make.line(make.product(), 2)

    admin_client.get(f"/admin/orders/order/{line.order_id}/change/")
    admin_client.get(f"/admin/orders/backorder/{line.pk}/change/")

    about = [{name: value for name, value in each.items() if name != "request"} for each in said]
    assert about == [{"order": str(line.order_id)}, {"line": str(line.pk)}]


@pytest.mark.django_db
def test_what_a_job_logs_names_its_run():
    found = []
    jobs.once("audit", lambda report: found.append(logs.said_of(record("x"))) or {}, on=make.TODAY, at=make.MONDAY)

    assert found == [{"job": f"audit/{make.TODAY}"}]
