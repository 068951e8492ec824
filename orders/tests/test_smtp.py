"""A server that never comes to an end is left at a deadline over the whole mail, whatever each operation may take."""

import smtplib
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socket import create_server, socket
from threading import Event, Thread

import pytest
from django.core.mail import EmailMessage

from inventory.ground.post import smtp
from inventory.ground.post.delivery import About, verdict
from inventory.ground.post.smtp import EmailBackend, Unanswered
from orders.models import NoticeState

TIMEOUT = 5
"""Seconds that one operation may take: far longer than the deadlines of these tests."""


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    for name in ("CONNECT_SECONDS", "MESSAGE_SECONDS", "GOODBYE_SECONDS"):
        monkeypatch.setattr(smtp, name, 0.6)


@contextmanager
def server_that_drips(at: str) -> Iterator[int]:
    """It answers well, but one thing it says never ends: a byte every tenth of a second."""
    over = Event()

    def say(line: socket, step: str, words: bytes) -> None:
        if step != at:
            line.sendall(words)
            return
        while not over.wait(0.1):
            line.sendall(words[:1])

    def serve(listener: socket) -> None:
        line, _ = listener.accept()
        with line, suppress(OSError):
            say(line, "hello", b"220 ready\r\n")
            heard = b""
            while heard := line.recv(65_536):
                if heard.lower().startswith(b"data"):
                    say(line, "data", b"354 go on\r\n")
                    message = b""
                    while not message.endswith(b"\r\n.\r\n"):
                        message += line.recv(65_536)
                    say(line, "dot", b"250 OK\r\n")
                else:
                    say(line, heard[:4].decode().lower().strip(), b"250 OK\r\n")

    with create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        over.set()
        thread.join(5)


def mail(text: str = "Hello") -> EmailMessage:
    return EmailMessage("Hello", text, "shop@b.example", ["ada@b.example"])


def sent(port: int) -> tuple[Exception | None, float]:
    """Send one mail; give what went wrong, and how long it took."""
    backend, began = EmailBackend(host="127.0.0.1", port=port, timeout=TIMEOUT), time.monotonic()
    try:
        backend.send_messages([mail()])
    except Exception as error:
        return error, time.monotonic() - began
    finally:
        backend.close()
    return None, time.monotonic() - began


@pytest.mark.proof
@pytest.mark.parametrize("at", ["hello", "mail", "rcpt", "data"])
def test_before_the_dot_a_server_that_drips_is_left_and_the_mail_goes_later(at):
    with server_that_drips(at) as port:
        error, seconds = sent(port)

    assert error is not None
    assert (verdict(error).state, verdict(error).about) == (NoticeState.QUEUED, About.LINE)
    assert 0.5 < seconds < 2


def test_after_the_dot_a_server_that_drips_leaves_the_mail_in_doubt():
    with server_that_drips("dot") as port:
        error, seconds = sent(port)

    assert isinstance(error, Unanswered)
    assert verdict(error).state == NoticeState.IN_DOUBT
    assert 0.5 < seconds < 2


def test_a_server_that_is_in_no_hurry_to_say_goodbye_is_not_waited_for():
    with server_that_drips("quit") as port:
        error, seconds = sent(port)

    assert (error, seconds < 2) == (None, True)


@contextmanager
def server_that_reads_nothing() -> Iterator[int]:
    """It says yes until the message comes, and takes none of it."""
    over = Event()

    def serve(listener: socket) -> None:
        line, _ = listener.accept()
        with line, suppress(OSError):
            line.sendall(b"220 ready\r\n")
            while not line.recv(4096).lower().startswith(b"data"):
                line.sendall(b"250 OK\r\n")
            line.sendall(b"354 go on\r\n")
            over.wait()

    with create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        over.set()
        thread.join(5)


def test_a_server_that_does_not_take_the_message_is_left_too_and_there_is_no_doubt():
    with server_that_reads_nothing() as port:
        backend, began = EmailBackend(host="127.0.0.1", port=port, timeout=TIMEOUT), time.monotonic()
        with pytest.raises(smtplib.SMTPServerDisconnected) as caught:
            backend.send_messages([mail(f"{'x' * 900}\n" * 12_000)])
        seconds = time.monotonic() - began

    assert verdict(caught.value).state == NoticeState.QUEUED
    assert seconds < 2


@contextmanager
def server_that_talks_nonsense(at: bytes) -> Iterator[int]:
    def serve(listener: socket) -> None:
        line, _ = listener.accept()
        with line, suppress(OSError):
            line.sendall(b"220 ready\r\n")
            while heard := line.recv(65_536):
                if heard.lower().startswith(b"data"):
                    line.sendall(b"??? what\r\n" if at == b"data" else b"354 go on\r\n")
                elif heard.endswith(b"\r\n.\r\n"):
                    line.sendall(b"??? what\r\n")
                else:
                    line.sendall(b"??? what\r\n" if heard.lower().startswith(at) else b"250 OK\r\n")

    with create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (b"mail", NoticeState.QUEUED),
        (b"rcpt", NoticeState.QUEUED),
        (b"data", NoticeState.QUEUED),
        (b"the dot", NoticeState.IN_DOUBT),
    ],
)
def test_what_is_no_answer_leaves_a_doubt_only_after_the_dot(at, state):
    with server_that_talks_nonsense(at) as port:
        error, _ = sent(port)

    assert error is not None
    assert (verdict(error).state, verdict(error).about) == (state, About.LINE)


def test_a_host_with_several_addresses_is_reached_at_the_one_that_answers(monkeypatch):
    with server_that_drips("never") as port, socket() as probe:
        probe.bind(("127.0.0.2", 0))
        addresses = [(2, 1, 6, "", ("127.0.0.2", port)), (2, 1, 6, "", ("127.0.0.1", port))]
        monkeypatch.setattr(smtp.socket, "getaddrinfo", addressed(smtp.socket.getaddrinfo, addresses))
        backend = EmailBackend(host="mail.b.example", port=port, timeout=TIMEOUT)
        assert backend.send_messages([mail()]) == 1


def addressed(real, addresses):
    return lambda host, *given, **named: addresses if host == "mail.b.example" else real(host, *given, **named)
