"""What a failed delivery means."""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from socket import SO_LINGER, SO_RCVBUF, SOL_SOCKET, create_server, socket
from struct import pack
from threading import Thread

import pytest
import requests
from anymail.exceptions import (
    AnymailAPIError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailSerializationError,
)
from django.core.mail import EmailMessage

from inventory.ground.post.delivery import About, verdict
from inventory.ground.post.smtp import DeadlineSession, EmailBackend, Unanswered, WatchedSSL
from orders.models import NoticeState


def answered(status_code: int, words: str = "") -> AnymailAPIError:
    response = requests.Response()
    response.status_code = status_code
    response._content = words.encode()
    return AnymailAPIError("the provider answered", status_code=status_code, response=response)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b.example": (450, b"busy")}), NoticeState.QUEUED),
        (smtplib.SMTPRecipientsRefused({"a@b.example": (550, b"no such user")}), NoticeState.DEAD),
        (smtplib.SMTPSenderRefused(421, b"closing", "a@b.example"), NoticeState.QUEUED),
        (smtplib.SMTPSenderRefused(553, b"not you", "a@b.example"), NoticeState.QUEUED),
        (smtplib.SMTPSenderRefused(-1, b"gibberish", "a@b.example"), NoticeState.QUEUED),
        (smtplib.SMTPDataError(452, b"full"), NoticeState.QUEUED),
        (smtplib.SMTPDataError(554, b"spam"), NoticeState.QUEUED),
        (smtplib.SMTPDataError(552, b"too big"), NoticeState.DEAD),
        (smtplib.SMTPHeloError(550, b"go away"), NoticeState.QUEUED),
        (smtplib.SMTPDataError(-1, b"gibberish"), NoticeState.IN_DOUBT),
        (smtplib.SMTPServerDisconnected("gone"), NoticeState.QUEUED),
        (ConnectionRefusedError("refused"), NoticeState.QUEUED),
        (TimeoutError("too slow"), NoticeState.QUEUED),
        (Unanswered("no answer"), NoticeState.IN_DOUBT),
        (AnymailRecipientsRefused("refused"), NoticeState.DEAD),
        (AnymailInvalidAddress("no address"), NoticeState.DEAD),
        (answered(429), NoticeState.QUEUED),
        (answered(401), NoticeState.QUEUED),
        (answered(400), NoticeState.DEAD),
        (answered(500), NoticeState.IN_DOUBT),
        (AnymailAPIError("no answer"), NoticeState.IN_DOUBT),
        (RuntimeError("what?"), NoticeState.IN_DOUBT),
    ],
)
def test_an_error_means_later_never_or_in_doubt(error, state):
    assert verdict(error).state == state


@pytest.mark.parametrize(
    ("error", "about"),
    [
        (smtplib.SMTPSenderRefused(553, b"not you", "a@b.example"), About.US),
        (smtplib.SMTPRecipientsRefused({"a@b.example": (550, b"5.7.1 Relaying denied")}), About.PERHAPS_US),
        (smtplib.SMTPRecipientsRefused({"a@b.example": (550, b"5.1.1 no such user")}), About.MAIL),
        (smtplib.SMTPServerDisconnected("gone"), About.LINE),
        (Unanswered("no answer"), About.LINE),
        (answered(401), About.US),
        (answered(402), About.US),
        (answered(429), About.US),
        (answered(422, "The 'From' address you supplied is not a Sender Signature on your account."), About.PERHAPS_US),
        (answered(422, "Invalid 'To' address: 'ada@'."), About.MAIL),
        (answered(500), About.LINE),
        (AnymailSerializationError("no JSON"), About.PERHAPS_US),
    ],
)
def test_an_error_is_about_the_mail_about_the_line_or_about_us(error, about):
    assert verdict(error).about == about


def test_a_provider_that_no_connection_stands_to_leaves_no_doubt():
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}/"
    try:
        requests.post(address, timeout=2)
    except requests.ConnectionError as cause:
        error = AnymailAPIError("Error posting")
        error.__cause__ = cause

    assert (verdict(error).state, verdict(error).about) == (NoticeState.QUEUED, About.US)


def test_the_words_of_the_mail_server_are_kept():
    refused = smtplib.SMTPRecipientsRefused({"a@b.example": (550, b"5.1.1 No such user")})

    assert verdict(refused).error == "The mail server said: 550 5.1.1 No such user"


def test_tls_from_the_first_byte_is_watched_too():
    assert EmailBackend(use_ssl=True).connection_class.func is WatchedSSL
    assert EmailBackend(use_tls=True).connection_class.func is DeadlineSession


@contextmanager
def server_that_hangs_up_inside_a_message() -> Iterator[int]:
    """It says yes to everything until the message comes, and resets the line before it has read it."""

    def serve(listener: socket) -> None:
        line, _ = listener.accept()
        line.sendall(b"220 ready\r\n")
        while command := line.recv(4096):
            if command.lower().startswith(b"data"):
                line.sendall(b"354 go on\r\n")
                line.recv(4096)
                break
            line.sendall(b"250 OK\r\n")
        line.setsockopt(SOL_SOCKET, SO_LINGER, pack("ii", 1, 0))
        line.close()

    with create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096)
        thread = Thread(target=serve, args=(listener,))
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_a_drop_inside_the_message_before_its_final_dot_leaves_no_doubt():
    big = EmailMessage("Big", f"{'x' * 900}\n" * 9_000, "shop@b.example", ["ada@b.example"])

    with server_that_hangs_up_inside_a_message() as port:
        backend = EmailBackend(host="127.0.0.1", port=port, timeout=10)
        with pytest.raises(smtplib.SMTPServerDisconnected) as caught:
            backend.send_messages([big])

    assert verdict(caught.value).state == NoticeState.QUEUED
