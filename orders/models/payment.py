"""Orders that were placed unpaid: how long their units are kept, what became of them; and what is owed back."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round

from .order import Order, OrderLine

UNPAID = Q(paid_at=None, canceled_at=None)
"""An order that may still be paid."""
RESERVED = UNPAID & Q(released_at=None)
"""One whose units are kept for it."""
OUT = Q(released_at__isnull=False, resumed_at=None, canceled_at=None)
"""One that is not in the queue: not paid in time, or paid late while its products may not be sold any more."""
UNSOLD = OUT & Q(paid_at__isnull=False)
"""One that was paid late, and of which something may not be sold any more: a person decides, unless it is stopped."""

FOR_NOTHING = Q(paid_at__isnull=False, canceled_at__isnull=False)
"""One that was paid after all of it was canceled: the money is to go back, or the order is to be placed again."""


class OrderPayment(models.Model):
    """
    What an order that was placed unpaid waits for. An order that was paid when it was placed has none.

    Its units are kept until ``reserved_until``. Then they are free (``released_at``), and the order is not in the queue
    (all its open lines have ``is_stopped``) until it is paid and goes on (``resumed_at``), at the place that its
    payment gives it. What was never paid is canceled (``canceled_at``) once ``cancel_at`` has come; null: never by
    itself; it is set, too, when somebody pays for what was canceled otherwise. ``Order.is_unpaid`` is true as long as
    ``paid_at`` is null.
    Written only by ``orders.fulfillment.payment``.
    """

    order = models.OneToOneField(Order, models.CASCADE, primary_key=True, related_name="payment")
    reserved_until = models.DateTimeField()
    cancel_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    paid_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    resumed_at = models.DateTimeField(null=True, blank=True)
    canceled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(resumed_at=None) | Q(released_at__isnull=False, paid_at__isnull=False),
                name="payment_resumes_what_was_out_and_paid",
            ),
            models.CheckConstraint(
                condition=Q(cancel_at=None) | Q(cancel_at__gte=F("reserved_until")),
                name="payment_canceled_after_its_time",
            ),
        ]
        indexes = [
            # the clock: whose units are free now, who has never paid
            models.Index(fields=["reserved_until"], name="payment_by_end", condition=RESERVED),
            models.Index(fields=["cancel_at"], name="payment_by_cancel", condition=UNPAID),
            # what a person must decide
            models.Index(fields=["paid_at"], name="payment_unsold", condition=UNSOLD),
            models.Index(fields=["paid_at"], name="payment_for_nothing", condition=FOR_NOTHING),
        ]

    def __str__(self) -> str:
        return f"Payment of {self.order}"

    @property
    def is_out(self) -> bool:
        """Whether its order is not in the queue."""
        return self.released_at is not None and self.resumed_at is None and self.canceled_at is None


OWED_BACK = Q(outstanding__gt=0)
"""A refund of which something is still to be paid back."""


TO_COLLECT = Q(outstanding__lt=0, lines__withdrawn__gt=0)
"""A refund that was paid back before units of it came onto the order again; one may stand more than once."""


class RefundReason(models.TextChoices):
    CANCELED = "canceled", "Canceled by the customer"
    BY_US = "by_us", "Canceled by us"
    FEWER = "fewer", "Fewer units"
    REPLACED = "replaced", "Replaced by something cheaper"
    RETURNED = "returned", "Sent back"
    PAID_LATE = "paid_late", "Paid after it was canceled"


class Refund(models.Model):
    """
    What one event owes to the customer of one order: (order, event) is its name, so that it is owed once.

    ``amount`` is the sum over its lines of the units that stay away × what is owed for one, in ``currency``; units that
    come back onto the order take theirs out again. ``repaid`` is the sum of what was paid back and not taken back;
    ``waived`` is what a person said is not owed, as when it was never paid. ``is_known_paid``: the money had come in;
    else it is owed if it was paid. No money moves here: people pay it back elsewhere, and say so.
    Written only by ``orders.refunds``.
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="refunds", db_index=False)
    event = models.CharField(max_length=120, editable=False)
    reason = models.CharField("why", max_length=10, choices=RefundReason.choices)
    amount = models.DecimalField("owed", max_digits=16, decimal_places=2)
    currency = models.CharField(max_length=3, blank=True)
    repaid = models.DecimalField("paid back", max_digits=16, decimal_places=2, default=0)
    waived = models.DecimalField("not owed after all", max_digits=16, decimal_places=2, default=0)
    outstanding = models.GeneratedField(
        expression=Round(F("amount") - F("repaid") - F("waived"), 2),
        output_field=models.DecimalField(max_digits=16, decimal_places=2),
        db_persist=True,
    )
    is_known_paid = models.BooleanField("known to be paid")
    due_date = models.DateField("due")
    note = models.CharField(max_length=200, blank=True, help_text="Why it is not owed after all.")
    at = models.DateTimeField("since")

    class Meta:
        ordering = ["-pk"]
        verbose_name = "refund due"
        verbose_name_plural = "refunds due"
        permissions = [("record_refund", "Can say that a refund was paid, or is not owed")]
        constraints = [
            models.UniqueConstraint(fields=["order", "event"], name="refund_owed_once"),
            models.CheckConstraint(
                condition=Q(amount__gte=0) & Q(repaid__gte=0) & Q(waived__gte=0), name="refund_of_no_less_than_nothing"
            ),
        ]
        indexes = [
            # what is due, and what is overdue
            models.Index(fields=["due_date"], name="refund_by_due", condition=OWED_BACK),
            models.Index(fields=["order"], name="refund_open_of_order", condition=OWED_BACK),
            # the audit: since when refunds are written down
            models.Index(fields=["at"], name="refund_at"),
        ]

    def __str__(self) -> str:
        return f"Refund of {self.order}"


class RefundLine(models.Model):
    """
    Units of one line that a refund is about, and what is owed for one of them.

    ``withdrawn`` of them came back onto the order. Written only by ``orders.refunds``.
    """

    refund = models.ForeignKey(Refund, models.CASCADE, related_name="lines", db_index=False)
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="refunds")
    units = models.PositiveIntegerField()
    withdrawn = models.PositiveIntegerField(default=0)
    unit_amount = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["refund", "line"], name="refund_line_once"),
            models.CheckConstraint(condition=Q(units__gt=0, unit_amount__gt=0), name="refund_line_owes_something"),
            models.CheckConstraint(condition=Q(withdrawn__lte=F("units")), name="refund_line_withdrawn_once"),
        ]

    def __str__(self) -> str:
        return f"{self.units} of {self.line}"


class Repayment(models.Model):
    """
    What somebody paid back of a refund, in whole or in part. Append-only: one that was written in error is taken back.

    Written only by ``orders.refunds``.
    """

    refund = models.ForeignKey(Refund, models.PROTECT, related_name="repayments")
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    reference = models.CharField(max_length=80, help_text="A number of the bank, the card or the shop.")
    reason = models.CharField(max_length=200, blank=True, help_text="Why it is more than was owed.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["refund", "reference"], condition=Q(taken_back_at=None), name="repayment_recorded_once"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="repayment_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.refund}"
