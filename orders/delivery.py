"""
What a failed delivery means: try again later, give up, or in doubt. Reads errors; writes nothing.
"""

import smtplib
from dataclasses import dataclass

from anymail.exceptions import AnymailAPIError, AnymailInvalidAddress, AnymailRecipientsRefused

from .models import NoticeState
from .smtp import Unanswered

OURS_TO_MEND = (401, 403, 408, 429, 503)
"""A provider's answers that say nothing against the mail: our key, our pace, their pause."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mail. ``QUEUED`` means: later again."""

    state: NoticeState
    error: str = ""


def verdict(error: Exception) -> Outcome:
    """
    Judge what the mail server, the provider or the line to them said.

    4xx, and a drop before the final dot: later. 5xx, and a bad address: dead. After the dot without an
    answer, and whatever we do not know: in doubt.
    """
    match error:
        case Unanswered():
            return Outcome(NoticeState.IN_DOUBT, f"No answer after the whole mail was handed over: {error}")
        case smtplib.SMTPRecipientsRefused():
            code, words = next(iter(error.recipients.values()))
            return Outcome(_of_smtp(code), _said(code, words))
        case smtplib.SMTPResponseException():
            return Outcome(_of_smtp(error.smtp_code), _said(error.smtp_code, error.smtp_error))
        case AnymailRecipientsRefused() | AnymailInvalidAddress():
            return Outcome(NoticeState.DEAD, f"The mail provider refused the address: {error}")
        case AnymailAPIError():
            return Outcome(_of_provider(error.status_code), f"The mail provider said: {error}")
        case smtplib.SMTPException() | OSError():
            return Outcome(NoticeState.QUEUED, f"The connection failed before the mail was handed over: {error}")
        case _:
            return Outcome(NoticeState.IN_DOUBT, f"Something unforeseen happened while sending: {error!r}")


def _of_smtp(code: int) -> NoticeState:
    if 400 <= code < 500:
        return NoticeState.QUEUED
    return NoticeState.DEAD if 500 <= code < 600 else NoticeState.IN_DOUBT


def _of_provider(status_code: int | None) -> NoticeState:
    if status_code in OURS_TO_MEND:
        return NoticeState.QUEUED
    return NoticeState.DEAD if status_code and 400 <= status_code < 500 else NoticeState.IN_DOUBT


def _said(code: int, words: bytes | str) -> str:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return f"The mail server said: {code} {text}"
