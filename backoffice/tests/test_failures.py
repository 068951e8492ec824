"""What people read when a page fails: words of ours, which need neither the database nor a session."""

import sys

import pytest
from django.db import DataError, InterfaceError, OperationalError
from django.test import Client, RequestFactory

from backoffice.web import refusing


def failed(error):
    try:
        raise error
    except type(error):
        assert sys.exc_info()[1] is error
        return refusing.failed(RequestFactory().get("/admin/"))


@pytest.mark.parametrize(
    ("error", "status", "title", "words", "later"),
    [
        (OperationalError("connection failed"), 503, "The database does not answer", refusing.AWAY, "10"),
        (InterfaceError("connection is closed"), 503, "The database does not answer", refusing.AWAY, "10"),
        (DataError("NUL"), 400, "This cannot be answered", f"{refusing.UNREADABLE} Nothing was done.", None),
        (ZeroDivisionError(), 500, "Something went wrong", refusing.FAILED, None),
    ],
)
def test_who_asks_for_a_page_that_fails_reads_what_it_is_and_what_to_do(error, status, title, words, later):
    """Django's own was “Server Error (500)” and nothing else. No database is there in this test."""
    answer = failed(error)

    page = answer.content.decode()
    assert (answer.status_code, answer.headers.get("Retry-After")) == (status, later)
    assert f'<p class="errornote">{words}</p>' in page
    assert f"<title>{title}" in page


@pytest.mark.django_db
def test_a_session_that_no_database_can_keep_is_nobodys():
    client = Client(raise_request_exception=False, headers={"cookie": 'sessionid="\\000abcdefghijk"'})

    assert client.get("/admin/").status_code in (302, 400)
