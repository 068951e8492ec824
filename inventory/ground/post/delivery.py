"""
What a failed delivery means: try again later, give up, in doubt, or stop sending. Reads errors; writes nothing.
"""

import re
import smtplib
from dataclasses import dataclass
from enum import Enum

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailInvalidAddress, AnymailRecipientsRefused

from .answers import Means, Phase, meaning
from .letter import LetterState
from .smtp import Unanswered

OURS_TO_MEND = (401, 402, 403, 404, 408, 429, 503)
"""A provider's answers that say nothing against the mail: our key, our bill, our address, our pace, their pause."""
OUR_ACCOUNT = re.compile(
    r"sender|signature|from.{0,9}(address|domain|e-?mail)|domain.{0,20}(verif|found|allowed)|account|suspend|credit|"
    r"quota|api.?key|token|forbidden|unauthori[sz]ed|not allowed to send|pending approval|too many",
    re.IGNORECASE,
)
"""Words of a provider that refuses us and not one address, whatever the status it gives them."""


class About(Enum):
    """Whom a failure is about. ``US`` and ``PERHAPS_US`` stop the run; two of the ``LINE`` in a row do."""

    MAIL = "this mail"
    LINE = "the line to the server, or what stands behind it"
    PERHAPS_US = "us, unless other mails pass"
    US = "us"


@dataclass(frozen=True, slots=True)
class SendResult:
    """What became of one mail. ``QUEUED`` means: later again."""

    state: LetterState
    error: str = ""
    about: About = About.MAIL
    provider_id: str = ""


MEANT = {
    Means.US: (LetterState.QUEUED, About.US),
    Means.PERHAPS_US: (LetterState.QUEUED, About.PERHAPS_US),
    Means.BUSY: (LetterState.QUEUED, About.LINE),
    Means.LATER: (LetterState.QUEUED, About.MAIL),
    Means.NEVER: (LetterState.DEAD, About.MAIL),
}


def verdict(error: Exception) -> SendResult:
    """
    Judge what the mail server, the provider or the line to them said.

    A refusal: as ``answers`` has it. A drop before the final dot: later. A bad address: dead. After the dot without
    an answer, and whatever we do not know: in doubt.
    """
    match error:
        case Unanswered():
            return _doubt(f"No answer after the whole mail was handed over: {error}")
        case smtplib.SMTPRecipientsRefused():
            code, words = next(iter(error.recipients.values()))
            return _answered(Phase.RECIPIENT, code, words)
        case smtplib.SMTPSenderRefused():
            return _answered(Phase.SENDER, error.smtp_code, error.smtp_error)
        case smtplib.SMTPDataError():
            return _answered(Phase.MESSAGE, error.smtp_code, error.smtp_error)
        case smtplib.SMTPResponseException():
            return _answered(Phase.HELLO, error.smtp_code, error.smtp_error)
        case AnymailRecipientsRefused() | AnymailInvalidAddress():
            return SendResult(LetterState.DEAD, f"The mail provider refused the address: {error}")
        case AnymailAPIError():
            return _of_provider(error)
        case AnymailError():
            return SendResult(
                LetterState.QUEUED, f"The mail cannot be given to the provider: {error}", About.PERHAPS_US
            )
        case smtplib.SMTPException() | OSError():
            said = f"The connection failed before the mail was handed over: {error}"
            return SendResult(LetterState.QUEUED, said, About.LINE)
        case _:
            return _doubt(f"Something unforeseen happened while sending: {error!r}")


def _doubt(words: str) -> SendResult:
    return SendResult(LetterState.IN_DOUBT, words, About.LINE)


def _answered(phase: Phase, code: int, words: bytes | str) -> SendResult:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    said = f"The mail server said: {code} {text}"
    means = meaning(phase, code, text)
    if means is None:
        return _doubt(said) if phase is Phase.MESSAGE else SendResult(LetterState.QUEUED, said, About.LINE)
    state, about = MEANT[means]
    return SendResult(state, said, about)


def _of_provider(error: AnymailAPIError) -> SendResult:
    said = f"The mail provider said: {error}"
    if _never_reached(error):
        return SendResult(LetterState.QUEUED, f"The mail provider cannot be reached: {error.__cause__}", About.US)
    if error.status_code in OURS_TO_MEND:
        return SendResult(LetterState.QUEUED, said, About.US)
    if error.status_code and 400 <= error.status_code < 500:
        if OUR_ACCOUNT.search(_text(error)):
            return SendResult(LetterState.QUEUED, said, About.PERHAPS_US)
        return SendResult(LetterState.DEAD, said)
    return _doubt(said)


def _never_reached(error: AnymailAPIError) -> bool:
    """Whether no connection stood, so that nothing can have been handed over."""
    cause = error.__cause__
    if isinstance(cause, requests.exceptions.ConnectTimeout):
        return True
    if isinstance(cause, requests.exceptions.SSLError):
        return "CERTIFICATE" in str(cause)
    # requests has no class of its own for it: the reason is in what it wraps
    reason = (
        getattr(cause.args[0], "reason", None) if isinstance(cause, requests.ConnectionError) and cause.args else None
    )
    return type(reason).__name__ in ("NewConnectionError", "NameResolutionError")


def _text(error: AnymailAPIError) -> str:
    response = getattr(error, "response", None)
    return response.text[:1000] if response is not None else ""
