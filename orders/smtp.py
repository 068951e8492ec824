"""
SMTP that knows how far it came: whether the final dot of a message went out before the line dropped.

Until the dot, no server has accepted anything and a message may be sent again. After it, without an answer,
nobody can say; then ``Unanswered`` is raised, and the message must not be repeated by itself.
"""

import smtplib
from typing import Any

from django.core.mail.backends import smtp


class Unanswered(Exception):
    """The whole message was handed over, and no answer came: it may or may not have gone out."""


class Watched(smtplib.SMTP):
    """An SMTP session that notes, with everything it sends, whether that ended a message."""

    dot_sent = False

    def send(self, s: Any) -> None:
        self.dot_sent = False
        super().send(s)
        # commands are sent as text and a message as bytes, whole and with its dot
        self.dot_sent = isinstance(s, bytes) and s.endswith(b"\r\n.\r\n")

    def data(self, msg: Any) -> tuple[int, bytes]:
        """
        Send the message and give the server's answer.

        :raises Unanswered: after the final dot, if no answer follows
        """
        try:
            return super().data(msg)
        except Exception as error:
            if self.dot_sent:
                raise Unanswered(str(error)) from error
            raise


class WatchedSSL(Watched, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""


class EmailBackend(smtp.EmailBackend):
    """Django's SMTP backend over such a session."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return WatchedSSL if self.use_ssl else Watched
