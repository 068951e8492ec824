"""The e-mail outbox: what customers are owed to hear."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from .order import Customer, Order, OrderLine


class NoticeKind(models.TextChoices):
    BACKORDERED = "backordered", "Backordered"
    NEW_DATE = "new_date", "New date"
    RESTOCKED = "restocked", "Restocked"
    SHIPPED = "shipped", "Shipped"
    CANCELED = "canceled", "Canceled"
    SUBSTITUTED = "substituted", "Substituted"


class NoticeState(models.TextChoices):
    QUEUED = "queued", "Queued"
    CLAIMED = "claimed", "Being sent"
    SENT = "sent", "Sent"
    IN_DOUBT = "in_doubt", "In doubt: it may or may not have gone out"
    DEAD = "dead", "Could not be delivered"
    CALL = "call", "To call: its customer has no e-mail address"
    BOUNCED = "bounced", "Came back: its address did not take it"
    COMPLAINED = "complained", "Called spam by who got it"
    SUPERSEDED = "superseded", "Overtaken by newer news"
    SHADOWED = "shadowed", "Shadowed: composed, and not sent"


class Notice(models.Model):
    """
    One e-mail owed to one customer: all facts of one kind that one event made true.

    Every transition is a conditional UPDATE. ``intent_at`` is written right before the mail server is
    asked; a claim whose lease ran out goes back to the queue without it, and is in doubt with it.
    ``refused_at`` is when it was last refused, or its line broke, for a reason that may be about us; ``provider_id``
    is what a mail provider calls it. Of a customer without an address it is a call to make; ``called_by`` made it.
    Written only by ``orders.mail.notices``, ``orders.mail.outbox`` and ``orders.mail.bounces``.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=12, choices=NoticeKind.choices)
    cause = models.CharField(max_length=120)
    state = models.CharField(max_length=12, choices=NoticeState.choices, default=NoticeState.QUEUED)
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
    called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        db_index=False,
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        permissions = [
            ("resend_notice", "Can send a notice again"),
            ("call_notice", "Can say that a customer was called"),
        ]
        constraints = [models.UniqueConstraint(fields=["customer", "kind", "cause"], name="notice_one_per_cause")]
        indexes = [
            # the clock: what is due
            models.Index(fields=["due_at"], name="notice_due", condition=Q(state="queued")),
            models.Index(fields=["claimed_until"], name="notice_claimed", condition=Q(state="claimed")),
            # the list staff look at
            models.Index(fields=["state", "-id"], name="notice_by_state"),
            # what a provider tells of a mail that came back
            models.Index(fields=["provider_id"], name="notice_by_provider", condition=~Q(provider_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.customer}"


class NoticeLine(models.Model):
    """
    One fact: this line, this kind, because of this event (``movement:812``). The numbers are of that moment.

    ``detail`` is for the customer's eyes; dates are null where none can be given. ``told_waiting`` and ``told_date``
    are what its mail said when it left (``orders.mail.told``); empty: it was in no mail.

    :ivar open_before: units open before it took some away; set when it is put into words
    :ivar was_waiting: units that its customer believed to wait for; set when it is put into words
    :ivar causes: the events that made it later, newest first; set when it is put into words
    :ivar canceled: units of what was replaced that come no more in any product; set when it is put into words
    :ivar instead_of: the line its customer knows, in whose place this one stands; set when it is put into words
    :ivar is_rest_elsewhere: a newer mail says how the rest stands; set when it is put into words
    :ivar reasons: all there are, where it tells of several things; set when it is put into words
    """

    open_before: int | None = None
    was_waiting: int | None = None
    causes: tuple[str, ...] | None = None
    canceled: int = 0
    instead_of: OrderLine | None = None
    is_rest_elsewhere: bool = False
    reasons: tuple[str, ...] = ()

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, models.CASCADE, related_name="notice_lines")
    order = models.ForeignKey(Order, models.CASCADE, related_name="notice_lines")
    kind = models.CharField(max_length=12, choices=NoticeKind.choices)
    event = models.CharField(max_length=120)
    units = models.PositiveIntegerField(help_text="Units this fact is about.")
    ready = models.PositiveIntegerField(default=0, help_text="Units here at that moment.")
    waiting = models.PositiveIntegerField(default=0, help_text="Units still waiting at that moment.")
    was_date = models.DateField(null=True, blank=True)
    likely_date = models.DateField(null=True, blank=True)
    promised_date = models.DateField(null=True, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    is_superseded = models.BooleanField(default=False)
    told_waiting = models.PositiveIntegerField(null=True, blank=True, editable=False)
    told_date = models.DateField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["line", "kind", "event"], name="notice_line_told_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.line}"


class MailBrake(models.Model):
    """
    That no mail leaves, since when and why: one row, or none while mail passes.

    ``doubts`` counts the mails in doubt since the last one that passed; before ``until`` nothing is tried.
    Written only by ``orders.mail.braking``.
    """

    since = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.CharField(max_length=500)
    doubts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="mail_brake_is_one")]

    def __str__(self) -> str:
        return self.reason
