"""
A letter: one e-mail that is owed to somebody, as a row. And the brake, which is one for all letters.

Both are abstract: a table is declared by the app whose letters they are, and ``sender`` sends over every one of them.
Nothing is written here.
"""

from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import ClassVar, NamedTuple, Self

from django.db import models
from django.db.models import Q


class LetterState(models.TextChoices):
    QUEUED = "queued", "Queued"
    CLAIMED = "claimed", "Being sent"
    SENT = "sent", "Sent"
    IN_DOUBT = "in_doubt", "In doubt: it may or may not have gone out"
    DEAD = "dead", "Could not be delivered"
    CALL = "call", "To call: there is no e-mail address"
    BOUNCED = "bounced", "Came back: its address did not take it"
    COMPLAINED = "complained", "Called spam by who got it"
    SUPERSEDED = "superseded", "Overtaken by newer news"
    SHADOWED = "shadowed", "Shadowed: composed, and not sent"
    NOT_WANTED = "not_wanted", "Not wanted: its reader chose not to hear it"


OF_ANY = [(value, label) for value, label in LetterState.choices if value != LetterState.NOT_WANTED]
"""What may become of a letter whose reader has nothing to choose."""


class Attached(NamedTuple):
    """A file in a letter. ``media_type``: as in ``application/pdf``."""

    name: str
    media_type: str
    content: bytes

    def as_row(self) -> dict[str, str]:
        return {"name": self.name, "media_type": self.media_type, "content": b64encode(self.content).decode()}

    @classmethod
    def of_row(cls, row: Mapping[str, str]) -> Self:
        return cls(row["name"], row["media_type"], b64decode(row["content"]))


class Words(NamedTuple):
    """What a letter says: plain text, and the same as HTML if there is any."""

    subject: str
    text: str
    html: str = ""


class Envelope(NamedTuple):
    """Whose letter it is, who reads an answer, and what else its header says."""

    from_email: str
    reply_to: Sequence[str] = ()
    headers: Mapping[str, str] = {}


class Composed(NamedTuple):
    """A letter as it says now what is true, the rows of its app that it tells of, and what is attached."""

    words: Words
    told_of: Collection[int] = ()
    attached: Sequence[Attached] = ()


class Waits(NamedTuple):
    """It cannot be written now; that is no attempt."""

    time: timedelta


class Letter(models.Model):
    """
    One e-mail owed to one reader.

    Every transition is a conditional UPDATE. ``intent_at`` is written right before the mail server is
    asked; a claim whose lease ran out goes back to the queue without it, and is in doubt with it.
    ``refused_at`` is when it was last refused, or its line broke, for a reason that may be about us; ``provider_id``
    is what a mail provider calls it. The words, with what is ``attached``, are kept as they were handed over.
    ``language`` is a code such as ``de``; empty: the shop's own.
    """

    language = models.CharField(max_length=10, blank=True, db_default="", default="", editable=False)
    state = models.CharField(max_length=12, choices=OF_ANY, default=LetterState.QUEUED)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True, blank=True)
    claim = models.CharField(max_length=36, blank=True)
    intent_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    message_id = models.CharField(max_length=200, blank=True)
    provider_id = models.CharField(max_length=200, blank=True, db_default="", default="")
    recipient = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    body_text = models.TextField(blank=True)
    body_html = models.TextField(blank=True)
    attached = models.JSONField(
        default=list, blank=True, editable=False, db_default=models.Value([], output_field=models.JSONField())
    )
    created_at = models.DateTimeField()

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        abstract = True
        ordering = ["-pk"]
        indexes = [
            # the clock: what is due
            models.Index(fields=["due_at"], name="%(class)s_due", condition=Q(state="queued")),
            models.Index(fields=["claimed_until"], name="%(class)s_claimed", condition=Q(state="claimed")),
            # the list staff look at
            models.Index(fields=["state", "-id"], name="%(class)s_by_state"),
            # what a provider tells of a mail that came back
            models.Index(fields=["provider_id"], name="%(class)s_by_provider", condition=~Q(provider_id="")),
        ]

    def as_kept(self) -> Composed:
        """Give what its row says."""
        words = Words(self.subject, self.body_text, self.body_html)
        return Composed(words, attached=[Attached.of_row(row) for row in self.attached])


class Brake(models.Model):
    """
    That no mail leaves, since when and why: one row, or none while mail passes. A project has one such table.

    ``doubts`` counts the mails in doubt since the last one that passed; before ``until`` nothing is tried.
    Written only by ``inventory.ground.post.braking``.
    """

    since = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.CharField(max_length=500)
    doubts = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.reason
