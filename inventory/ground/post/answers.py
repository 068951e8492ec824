"""
What a mail server's answer is about, as a table: us, the address, or this one mail. Reads words; writes nothing.

What is about us would be said of every mail: it must not cost one of them an attempt. Codes are of RFC 5321,
enhanced codes (5.1.1) of RFC 3463; servers that give none are judged by their words.
"""

import re
from dataclasses import dataclass
from enum import Enum


class Phase(Enum):
    """How far a mail had come when the server spoke."""

    HELLO = "the greeting, TLS or the password"
    SENDER = "MAIL FROM"
    RECIPIENT = "RCPT TO"
    MESSAGE = "DATA"


class Means(Enum):
    """``PERHAPS_US``: about us, unless other mails pass. ``BUSY``: the server cannot for now, whatever it is given."""

    US = "about us"
    PERHAPS_US = "about us, unless others pass"
    BUSY = "later again, and of two in a row not about either"
    LATER = "later again"
    NEVER = "this one never"


@dataclass(frozen=True, slots=True)
class AnswerRule:
    """An answer is meant by a row if all that the row names is found in it; the first such row decides."""

    phases: tuple[Phase, ...]
    code: str
    means: Means
    enhanced: str = ""
    words: str = ""


ENHANCED = re.compile(r"\s*([45]\.\d{1,3}\.\d{1,3})\b")
ANYWHERE = tuple(Phase)
TO_US = (Phase.HELLO, Phase.SENDER)
OF_ONE = (Phase.RECIPIENT, Phase.MESSAGE)
TOO_MUCH = r"too many|too fast|rate.?limit|throttl|sending limit|daily limit|hourly limit"
POLICY = (
    r"spam|policy|block|black.?list|reputation|banned|relay|rcpthosts|authenticat|not permitted|access denied|"
    r"\b(spf|dkim|dmarc)\b"
)
REFUSED_LATE = r"sender (address )?(rejected|refused|denied|verif)|(helo|ehlo) command rejected|client host rejected"
"""Who we are, told only at the recipient: many servers wait until then (Postfix by default, Exim for its checks)."""

ROWS = (
    # Who we are, or how much we send: it would say so of every mail
    AnswerRule(ANYWHERE, "53[0458]", Means.US),
    AnswerRule(ANYWHERE, "4..", Means.US, words=TOO_MUCH, enhanced=r"4\.[3457]\.|$"),
    AnswerRule(ANYWHERE, "5..", Means.US, enhanced=r"5\.3\.[25]$"),
    # The sender is ours, but a size that is announced is this mail's
    AnswerRule((Phase.SENDER,), "552", Means.NEVER, enhanced=r"5\.(3\.4|2\.3)$"),
    AnswerRule((Phase.SENDER,), "552", Means.NEVER, words=r"\bsize\b|too (big|large)", enhanced="$"),
    AnswerRule(TO_US, "...", Means.US),
    AnswerRule(OF_ONE, "[45]..", Means.PERHAPS_US, words=REFUSED_LATE),
    # A server that closes the line does so for its own reasons, or because of what it was just given
    AnswerRule(OF_ONE, "421", Means.PERHAPS_US),
    AnswerRule(OF_ONE, "4..", Means.PERHAPS_US, words=r"relay"),
    # A mailbox that is full, a recipient it has not heard of before; else it has no room, no database, no look-up
    AnswerRule(OF_ONE, "4..", Means.LATER, enhanced=r"4\.[126]\."),
    AnswerRule(OF_ONE, "4..", Means.LATER, words=r"gr[ae]y.?list"),
    AnswerRule(OF_ONE, "4..", Means.BUSY),
    # Too big, a mailbox that is gone or full, an address that is none: of this mail alone
    AnswerRule(OF_ONE, "5..", Means.NEVER, enhanced=r"5\.3\.4$"),
    AnswerRule(OF_ONE, "5..", Means.US, enhanced=r"5\.1\.[78]$"),  # the sender's address
    AnswerRule(OF_ONE, "5..", Means.NEVER, enhanced=r"5\.[1246]\."),
    # Policy: no relaying for us, our address on a list, or what this mail says
    AnswerRule(OF_ONE, "5..", Means.PERHAPS_US, enhanced=r"5\.7\."),
    AnswerRule(OF_ONE, "55.", Means.PERHAPS_US, words=POLICY),
    AnswerRule((Phase.RECIPIENT,), "5..", Means.NEVER),
    AnswerRule((Phase.MESSAGE,), "55[0123]", Means.NEVER),
    AnswerRule((Phase.MESSAGE,), "5..", Means.PERHAPS_US),  # a bare 554 says no more than that it failed
)


def meaning(phase: Phase, code: int, words: str) -> Means | None:
    """
    Say what an answer is about; None if it is no refusal.

    >>> meaning(Phase.SENDER, 553, "5.7.1 Sender address rejected")
    <Means.US: 'about us'>
    >>> meaning(Phase.RECIPIENT, 550, "5.1.1 No such user here")
    <Means.NEVER: 'this one never'>
    """
    found = ENHANCED.match(words)
    enhanced = found[1] if found else ""
    for row in ROWS:
        if (
            phase in row.phases
            and re.fullmatch(row.code, str(code))
            and (not row.enhanced or re.match(row.enhanced, enhanced))
            and (not row.words or re.search(row.words, words, re.IGNORECASE))
        ):
            return row.means if code in range(400, 600) else None
    return None
