"""Orders that staff stopped, and why."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from .order import Order


class StopReason(models.TextChoices):
    FRAUD = "fraud", "Suspicion of fraud"
    ADDRESS = "address", "The address is in doubt"
    CUSTOMER = "customer", "The customer asked"
    OTHER = "other", "Another reason"


class OrderStop(models.Model):
    """
    An order that is stopped, from a moment until somebody lets it go on, or its day comes.

    As long as it stands, all open lines of the order have ``is_stopped``. Every stop has an owner and a reason.
    Written only by ``orders.fulfillment.changes.stopping``.
    """

    order = models.ForeignKey(Order, models.CASCADE, related_name="stops")
    reason = models.CharField(max_length=10, choices=StopReason.choices)
    note = models.CharField(max_length=200, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    until_date = models.DateField(
        "until",
        null=True,
        blank=True,
        help_text="It goes on by itself on this day. Empty: somebody lets it go on.",
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(ended_at__isnull=True), name="order_stop_stands_once"
            ),
            models.CheckConstraint(
                condition=~Q(reason=StopReason.FRAUD) | Q(until_date__isnull=True),
                name="order_stop_of_fraud_has_no_end",
            ),
        ]
        indexes = [
            # the clock: which orders go on today?
            models.Index(fields=["until_date"], name="order_stop_by_end", condition=Q(ended_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.order}: {self.words}"

    @property
    def words(self) -> str:
        """Why it is stopped, as a part of a sentence."""
        label = str(StopReason(self.reason).label)
        label = label[0].lower() + label[1:]
        if self.reason == StopReason.OTHER:
            return self.note
        return f"{label}, {self.note}" if self.note else label
