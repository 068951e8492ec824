"""
SMTP that knows how far it came, and when to give up.

Until the final dot of a message no server has accepted anything, and it may be sent again. After it, without an
answer, nobody can say; then ``Unanswered`` is raised, and the message must not be repeated by itself.

A socket's own time-out is per operation: a server that sends one byte every few seconds would hold us for ever. So
each piece of work has a deadline over the whole of it.
"""

import io
import smtplib
import socket
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any

from django.core.mail.backends import smtp

CONNECT_SECONDS, MESSAGE_SECONDS, GOODBYE_SECONDS = 20, 40, 5
MOST_SECONDS = CONNECT_SECONDS + MESSAGE_SECONDS
"""One mail takes no longer than this, the connection it may need first included."""
PART = 16_384
"""Bytes handed over at once: over TLS each has a time-out of its own."""
GOES_AWAY = 421
ANSWERS, REFUSALS = range(200, 600), range(400, 600)


class Unanswered(Exception):
    """The whole message was handed over, and no answer came: it may or may not have gone out."""


class LineClosed(smtplib.SMTPServerDisconnected):
    """The server ended a session that had carried mails, before it was told of another."""


class Unreachable(Exception):
    """The server closed the line, and no other could be had."""


@dataclass(slots=True)
class Deadline:
    """The moment, by this process's own clock, at which a piece of work is given up."""

    seconds: float = 0
    ends: float = 0

    def begin(self, seconds: float) -> None:
        self.seconds, self.ends = seconds, monotonic() + seconds

    def shorten(self, seconds: float) -> None:
        self.ends = min(self.ends, monotonic() + seconds)

    @property
    def left(self) -> float:
        return max(0.0, self.ends - monotonic())

    def allow(self, most: float | None) -> float:
        """
        Give the seconds that the next operation may take.

        :raises TimeoutError: if there are none left
        """
        left = self.ends - monotonic()
        if left <= 0:
            raise TimeoutError(f"The mail server took longer than {self.seconds:.0f} seconds.")
        return left if most is None else min(most, left)


class Replies(io.RawIOBase):
    """What a server says, read from its socket until the deadline."""

    def __init__(self, line: socket.socket, deadline: Deadline, most: float | None) -> None:
        self._line, self._deadline, self._most = line, deadline, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._line.settimeout(self._deadline.allow(self._most))
        count = self._line.recv_into(buffer)
        with suppress(TimeoutError):  # for a TLS handshake, which may come next; what was said was said in time
            self._line.settimeout(self._deadline.allow(self._most))
        return count


class DeadlineSession(smtplib.SMTP):
    """An SMTP session that gives up at its deadline, and notes with all it sends whether that ended a message."""

    dot_sent = False
    is_used = False
    """Whether it took the beginning of a mail before."""

    def __init__(self, *args: Any, deadline: Deadline, **kwargs: Any) -> None:
        self.deadline = deadline
        super().__init__(*args, **kwargs)

    @property
    def _most(self) -> float | None:
        given: object = self.timeout  # the library's mark of no time-out is neither
        return given if isinstance(given, int | float) else None

    def _get_socket(self, host: str, port: int, timeout: float | None) -> socket.socket:
        """Try each address of the server, all of them within the deadline."""
        refused = OSError(f"{host} has no address.")
        for _, _, _, _, (address, *_) in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            try:
                found: socket.socket = super()._get_socket(address, port, self.deadline.allow(self._most))  # type: ignore[misc]
            except OSError as error:
                refused = error
            else:
                return found
        raise refused

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock:
            self.file = io.BufferedReader(Replies(self.sock, self.deadline, self._most))
        return super().getreply()

    def send(self, s: Any) -> None:
        self.dot_sent = False
        for first in range(0, len(s), PART):
            if self.sock:
                try:
                    self.sock.settimeout(self.deadline.allow(self._most))
                except TimeoutError as error:
                    self.close()
                    raise smtplib.SMTPServerDisconnected(str(error)) from error
            super().send(s[first : first + PART])
        # commands are sent as text and a message as bytes, whole and with its dot
        self.dot_sent = isinstance(s, bytes) and s.endswith(b"\r\n.\r\n")

    def mail(self, sender: str, options: Any = ()) -> tuple[int, bytes]:
        """
        Begin a mail.

        :raises LineClosed: if the server has enough of a session that had carried others: nothing of this one is said
        """
        try:
            code, words = super().mail(sender, options)
        except (smtplib.SMTPServerDisconnected, ConnectionError) as error:
            if self.is_used:
                raise LineClosed(str(error)) from error
            raise
        if self.is_used and code == GOES_AWAY:
            self.close()
            raise LineClosed(f"{code} {words.decode(errors='replace')}")
        self.is_used = True
        return code, words

    def data(self, msg: Any) -> tuple[int, bytes]:
        """
        Send the message and give the server's answer.

        :raises Unanswered: after the final dot, if no answer follows that is one
        """
        try:
            code, words = super().data(msg)
        except Exception as error:
            if self.dot_sent:
                raise Unanswered(str(error)) from error
            if isinstance(error, smtplib.SMTPDataError) and error.smtp_code not in REFUSALS:
                self.close()
                raise smtplib.SMTPServerDisconnected(f"What it said to DATA is no answer: {error}") from error
            raise
        if code not in ANSWERS:
            self.close()
            raise Unanswered(f"{code} {words.decode(errors='replace')}")
        return code, words


class WatchedSSL(DeadlineSession, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""


class EmailBackend(smtp.EmailBackend):
    """Django's SMTP backend over such a session."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.deadline = Deadline()

    @property
    def connection_class(self) -> "partial[DeadlineSession]":  # type: ignore[override]
        return partial(WatchedSSL if self.use_ssl else DeadlineSession, deadline=self.deadline)

    def open(self) -> bool | None:
        if not self.connection:
            self.deadline.begin(CONNECT_SECONDS)
        return super().open()

    def _send(self, email_message: Any) -> bool:
        """
        Hand one mail over; on a line that the server has closed meanwhile, over a new one, in the time there is left.

        :raises Unreachable: if there is no new one
        """
        self.deadline.begin(MESSAGE_SECONDS)
        try:
            return bool(super()._send(email_message))  # type: ignore[misc]
        except LineClosed:
            left = self.deadline.left
        self.close()
        try:
            self.open()
        except Exception as error:
            raise Unreachable(str(error)) from error
        self.deadline.begin(left)
        return bool(super()._send(email_message))  # type: ignore[misc]

    def close(self) -> None:
        """Say goodbye, but not for long: what was accepted stays accepted."""
        self.deadline.shorten(GOODBYE_SECONDS)
        super().close()
