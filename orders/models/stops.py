"""Why things stand still: orders that staff stopped, and the causes of backorders."""

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When

from inventory.models import Product
from orders.rules.causes import LABELS

from .order import Order, OrderLine

CAUSES = [(cause.value, label) for cause, label in LABELS.items()]


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


class BackorderCause(models.Model):
    """
    Why a line is, or was, on backorder: what the record suggests, and what a person said.

    ``began_on`` is the day on which it first waited, ``units`` how many did, ``ended_on`` the day of the last thing
    that happened to it before a night found it waiting no longer. ``cause`` is what counts: a person's word goes before
    the record. Kept when the line has shipped: it is what becomes of a product again and again. A table of its own:
    most lines never wait, and their table is the largest of all.
    Written by ``orders.queue.causes``.
    """

    line = models.OneToOneField(OrderLine, models.CASCADE, primary_key=True, related_name="backorder_cause")
    began_on = models.DateField("since")
    ended_on = models.DateField("until", null=True, blank=True)
    units = models.PositiveIntegerField()
    suggested = models.CharField("suggested", max_length=10, choices=CAUSES, blank=True, default="")
    suggested_on = models.DateField(null=True, blank=True, help_text="The night that looked; empty: none has yet.")
    confirmed = models.CharField("confirmed", max_length=10, choices=CAUSES, blank=True, default="")
    cause = models.GeneratedField(
        expression=Case(When(confirmed="", then=F("suggested")), default=F("confirmed")),
        output_field=models.CharField(max_length=10),
        db_persist=True,
        choices=CAUSES,
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        indexes = [
            # the night: what has ended, and what the last weeks were made of
            models.Index(fields=["line"], name="backorder_cause_goes_on", condition=Q(ended_on__isnull=True)),
            models.Index(fields=["ended_on"], name="backorder_cause_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.words or 'no cause'}"

    @property
    def words(self) -> str:
        """The cause, with a question mark while nobody has confirmed it; "" if the record shows none."""
        return self.words_if(self.confirmed)

    def words_if(self, said: str) -> str:
        """Give the words that stand if a person has said this cause; "": nobody has said one."""
        label = str(dict(CAUSES).get(said or self.suggested, ""))
        return label if said or not label else f"{label}?"


class RepeatedBackorder(models.Model):
    """
    A product that went on backorder again and again in the last weeks, as the night counted it.

    ``spells`` are the times in which anybody waited, ``days`` all of them; ``causes`` are the lines of each cause, and
    ``main_cause`` the one of most. Written only by ``orders.queue.again``.
    """

    product = models.OneToOneField(Product, models.CASCADE, primary_key=True, related_name="repeated_backorder")
    spells = models.PositiveIntegerField("times")
    days = models.PositiveIntegerField("days on backorder")
    last_on = models.DateField("last began")
    lines = models.PositiveIntegerField()
    units = models.PositiveIntegerField()
    value = models.DecimalField(max_digits=16, decimal_places=2)
    causes = models.JSONField(default=dict)
    main_cause = models.CharField("main cause", max_length=10, choices=CAUSES, blank=True, default="")

    class Meta:
        verbose_name = "on backorder again and again"
        verbose_name_plural = "on backorder again and again"
        default_permissions = ("view",)
        ordering = ["-spells", "-days", "product"]

    def __str__(self) -> str:
        return str(self.product)
