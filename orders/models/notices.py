"""The e-mail outbox: what customers are owed to hear."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from inventory.ground.post.letter import Brake, Letter, LetterState
from orders.rules.parts import Portion

from . import kinds
from .customer import Customer
from .order import Order, OrderLine

if TYPE_CHECKING:
    from .pages import PageAct

NoticeState = LetterState
"""What became of a notice is said as of any letter."""


class Notice(Letter):
    """
    One e-mail owed to one customer: all facts of one kind that one event made true.

    Of a customer without an address it is a call to make; ``called_by`` made it.
    Written only by ``orders.mail.notices``, ``orders.mail.facts`` and ``orders.mail.calls``, and by the sender.
    """

    # only customers choose what to hear; other letters have no such end
    state = models.CharField(max_length=12, choices=NoticeState.choices, default=NoticeState.QUEUED)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="notices", db_index=False)
    kind = models.CharField(max_length=12, choices=kinds.choices)
    cause = models.CharField(max_length=120)
    called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        db_index=False,
    )

    class Meta(Letter.Meta):
        permissions = [
            ("resend_notice", "Can send a notice again"),
            ("call_notice", "Can say that a customer was called"),
        ]
        constraints = [models.UniqueConstraint(fields=["customer", "kind", "cause"], name="notice_one_per_cause")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.customer}"


class NoticeLine(models.Model):
    """
    One fact: this line, this kind, because of this event (``movement:812``). The numbers are of that moment.

    ``detail`` is for the customer's eyes; dates are null where none can be given. ``arrives_by``: when all of what
    shipped should be with them. ``told_waiting`` and ``told_date`` are what its mail said when it left
    (``orders.mail.told``); empty: it was in no mail. ``told_parts``: in which what waits comes, if it said several
    (``orders.wording.parts``).

    :ivar open_before: units open before it took some away; set when it is put into words
    :ivar was_waiting: units that its customer believed to wait for; set when it is put into words
    :ivar causes: the events that made it later, newest first; set when it is put into words
    :ivar canceled: units of what was replaced that come no more in any product; set when it is put into words
    :ivar is_taken_back: its customer was told that units are here which are lost; set when it is put into words
    :ivar instead_of: the line its customer knows, in whose place this one stands; set when it is put into words
    :ivar is_rest_elsewhere: a newer mail says how the rest stands; set when it is put into words
    :ivar cause_told: why it waits, as a person said, where its channel tells that; set when it is put into words
    :ivar reasons: all there are, where it tells of several things; set when it is put into words
    :ivar parts: in which what waits comes, if in several; set when it is put into words
    :ivar was_parts: in which its customer was told that it comes; set when it is put into words
    :ivar act: what its customer did, if it confirms that; set when it is put into words
    :ivar since: when it became true, if another mail tells it than it was written for; set when it is taken over
    """

    open_before: int | None = None
    was_waiting: int | None = None
    causes: tuple[str, ...] | None = None
    canceled: int = 0
    is_taken_back: bool = False
    instead_of: OrderLine | None = None
    is_rest_elsewhere: bool = False
    cause_told: str = ""
    reasons: tuple[str, ...] = ()
    parts: Sequence[Portion] = ()
    was_parts: Sequence[Portion] = ()
    act: "PageAct | None" = None
    since: datetime | None = None

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, models.CASCADE, related_name="notice_lines", db_index=False)
    order = models.ForeignKey(Order, models.CASCADE, related_name="notice_lines")
    kind = models.CharField(max_length=12, choices=kinds.choices)
    event = models.CharField(max_length=120)
    units = models.PositiveIntegerField(help_text="Units this fact is about.")
    ready = models.PositiveIntegerField(default=0, help_text="Units here at that moment.")
    waiting = models.PositiveIntegerField(default=0, help_text="Units still waiting at that moment.")
    was_date = models.DateField(null=True, blank=True)
    likely_date = models.DateField(null=True, blank=True)
    promised_date = models.DateField(null=True, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    arrives_by = models.DateField(null=True, blank=True)
    is_superseded = models.BooleanField(default=False)
    told_waiting = models.PositiveIntegerField(null=True, blank=True, editable=False)
    told_date = models.DateField(null=True, blank=True, editable=False)
    told_parts = models.JSONField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["line", "kind", "event"], name="notice_line_told_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.line}"


class MailBrake(Brake):
    """The brake of all letters of the house: there is one mail server."""

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="mail_brake_is_one")]
