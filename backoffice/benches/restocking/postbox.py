"""A mail server that takes everything and writes down what it took: one line each, whoever sends, and dies after it."""

import json
import os
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

FOLDER = "BENCH_POSTBOX"
LETTER = re.compile(r"restockletter\.(\d+)@")
KEPT = re.compile(r"^(\d+) units? of .* (?:is|are) kept for you$")


class OfferMail(NamedTuple):
    """
    A mail that offers units.

    :ivar stamp: when it was taken, by the machine's own clock
    """

    stamp: float
    letter_id: int
    units: int


class Postbox(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for mail in email_messages:
            write("mails", [time.time(), mail.extra_headers["Message-ID"], mail.subject])
        return len(email_messages)


def write(name: str, row: Any) -> None:
    """Add a line to a file of the bench: it is there whole or not at all."""
    line = f"{json.dumps(row)}\n".encode()
    opened = os.open(Path(os.environ[FOLDER], name), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(opened, line)
    finally:
        os.close(opened)


def read(name: str) -> list[Any]:
    path = Path(os.environ[FOLDER], name)
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def offers() -> Iterator[OfferMail]:
    """Give the mails that offered units, in the order in which they were taken."""
    for stamp, message_id, subject in read("mails"):
        letter, kept = LETTER.search(message_id), KEPT.match(subject)
        if letter and kept:
            yield OfferMail(stamp, int(letter[1]), int(kept[1]))
