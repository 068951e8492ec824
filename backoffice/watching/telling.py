"""
Mail to those who look after the shop (``ADMINS``), and to one who works here: the only writer of ``StaffLetter`` and
``ToldTrouble``.

A letter is a row for each of them, written in the transaction that made it true; the sender takes it from there, as it
takes every letter (``inventory.ground.post.sender``). What tells that something stands still goes while mail to
customers is in shadow, too.
"""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from backoffice.models import StaffLetter, ToldTrouble, Trouble
from inventory.ground.post import sender
from inventory.ground.post.letter import Composed, Envelope, LetterState


@transaction.atomic
def write(subject: str, text: str, *, about: Mapping[Trouble, bool], at: datetime) -> None:
    """
    Write a letter to each of those who look after the shop.

    :param about: the troubles it tells of, and whether it says that they are over
    """
    addresses = dict.fromkeys(address for _, address in settings.ADMINS)
    letters = StaffLetter.objects.bulk_create(
        StaffLetter(recipient=address, subject=subject[:300], body_text=text, due_at=at, created_at=at)
        for address in addresses
    )
    ToldTrouble.objects.bulk_create(
        ToldTrouble(letter=letter, trouble=trouble, is_over=is_over)
        for letter in letters
        for trouble, is_over in about.items()
    )


def write_to(reader: User, subject: str, text: str, *, at: datetime) -> StaffLetter:
    """Write a letter to somebody who works here. In shadow it is kept and does not go: its news can wait."""
    state = LetterState.SHADOWED if settings.MAIL == "shadow" else LetterState.QUEUED
    return StaffLetter.objects.create(
        reader=reader,
        recipient=reader.email,
        subject=subject[:300],
        body_text=text,
        state=state,
        due_at=at,
        created_at=at,
    )


class StaffOutbox(sender.Outbox[StaffLetter]):
    """Mail to staff: few, and what stands still is among it; so it goes before all other mail."""

    model = StaffLetter
    to = "staff"
    rank = 0

    def envelope(self, letter: StaffLetter) -> Envelope:
        return Envelope(settings.SERVER_EMAIL)

    def compose(self, letter: StaffLetter, *, at: datetime) -> Composed | None:
        """
        Say what was written; nothing that began and is over by now, since another letter says both, and nothing to
        somebody who has left.
        """
        reader_id = letter.reader_id
        if reader_id and not User.objects.filter(pk=reader_id, is_active=True, is_staff=True).exists():
            return None
        ends = ToldTrouble.objects.filter(
            trouble=OuterRef("trouble"), is_over=True, letter__recipient=letter.recipient
        ).exclude(letter__state=LetterState.DEAD)
        is_news = Q(is_over=True) | ~Exists(ends)
        if letter.troubles.exists() and not letter.troubles.filter(is_news).exists():
            return None
        return letter.as_kept()


staff_outbox = StaffOutbox()
