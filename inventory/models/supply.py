"""What is on its way, what is owed, and how long things take."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from inventory.formulas.arrival_days import FIELDS, ArrivalDays
from inventory.ground import keys

from .catalog import Product, Warehouse
from .folded import Folded, FoldedField


class InboundQuerySet(models.QuerySet["Inbound"]):
    def open(self) -> "InboundQuerySet":
        return self.filter(outstanding__gt=0)

    def in_arrival_order(self) -> "InboundQuerySet":
        """Earliest likely date first; nobody knows comes last."""
        return self.order_by(F("likely_date").asc(nulls_last=True), "pk")


class Inbound(Folded):
    """
    Units of one product expected at one warehouse, from a supplier or a transfer.

    Three dates: ``expected_date`` is what the sender says (null: nobody said), ``likely_date``
    and ``safe_date`` are the median and the service-level quantile of what the sender's record makes
    of it; ``by_50`` … ``by_99`` are the days by which it is here with that chance (``inventory.formulas.arrival_days``;
    null: not worked out, so that it comes on its dates). ``first_date`` is the first one the sender confirmed.
    ``received`` counts what was expected, ``surplus`` what came beyond it, ``set_apart`` what came beyond it and waits
    for somebody to say whether it stays. Written only by ``inventory.supply.inbound``, what is set apart by
    ``inventory.supply.unasked``.
    """

    PIECES = ("reference",)
    WORDS = ("sender",)

    product = models.ForeignKey(Product, models.PROTECT, related_name="inbound")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="inbound")
    reference = models.CharField(max_length=80, db_index=True)
    sender = models.CharField(max_length=120)
    folded = FoldedField()
    quantity = models.PositiveIntegerField()
    received = models.PositiveIntegerField(default=0)
    canceled = models.PositiveIntegerField(default=0)
    surplus = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Units that came beyond what was expected, replacements among them."
    )
    set_apart = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Units that came beyond what was expected, and that nobody has kept yet."
    )
    committed = models.PositiveIntegerField(default=0)
    outstanding = models.GeneratedField(
        expression=F("quantity") - F("received") - F("canceled"),
        output_field=models.IntegerField(),
        db_persist=True,
    )
    uncommitted = models.GeneratedField(
        expression=F("quantity") - F("received") - F("canceled") - F("committed"),
        output_field=models.IntegerField(),
        db_persist=True,
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    first_date = models.DateField(null=True, blank=True)
    expected_date = models.DateField(null=True, blank=True)
    likely_date = models.DateField(null=True, blank=True)
    safe_date = models.DateField(null=True, blank=True)
    by_50 = models.DateField("here by, half of the time", null=True, blank=True)
    by_80 = models.DateField("here by, 80 %", null=True, blank=True)
    by_90 = models.DateField("here by, 90 %", null=True, blank=True)
    by_95 = models.DateField("here by, 95 %", null=True, blank=True)
    by_99 = models.DateField("here by, 99 %", null=True, blank=True)
    is_confirmed = models.BooleanField(default=False, help_text="The sender confirmed the date.")
    asked_on = models.DateField(null=True, blank=True, help_text="When its sender was last asked where it is.")
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    objects = InboundQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "inbound"
        permissions = [
            ("receive_inbound", "Can receive what arrives"),
            ("unreceive_inbound", "Can take back a receipt that was wrong"),
            ("reschedule_inbound", "Can give an inbound a new date"),
            ("decide_surplus", "Can keep or send back what came beyond an order"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="inbound_has_units"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("received") + F("canceled")), name="inbound_not_overreceived"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("received") + F("canceled") + F("committed")),
                name="inbound_not_overcommitted",
            ),
        ]
        indexes = [
            # allocation: what is still to come of a product, earliest first
            models.Index(fields=["product", "likely_date", "id"], name="inbound_open", condition=Q(outstanding__gt=0)),
            # what somebody is asked about
            models.Index(fields=["id"], name="inbound_set_apart", condition=Q(set_apart__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.reference} · {self.sender}"

    def overdue_since(self, today: date) -> date | None:
        """
        Give the day that its sender named, once it has passed; None before, and of what nobody named a day for.

        ``safe_date`` is no measure of it: that carries the lateness already, and moves on each night.
        """
        return self.expected_date if self.expected_date and self.expected_date < today else None

    @classmethod
    def exactly(cls, text: str) -> Q:
        return Q(reference__in={keys.clean(text), keys.key(text)})

    @property
    def days(self) -> ArrivalDays | None:
        """The days by which it is here; None: not worked out."""
        found = [getattr(self, name) for name in FIELDS]
        return None if None in found else ArrivalDays(*found)


class Owed(models.Model):
    """
    Units of open order lines by product, warehouse and promised date, and how many lines.

    Written only by ``inventory.supply.owed``, by the difference of each change of allocation.
    """

    product = models.ForeignKey(Product, models.PROTECT, related_name="owed")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="owed")
    promised_date = models.DateField(null=True, blank=True)
    units = models.IntegerField(default=0)
    lines = models.IntegerField(default=0)

    class Meta:
        verbose_name_plural = "owed"
        constraints = [
            # one key for dated and undated units alike: NULLs would be distinct
            models.UniqueConstraint(
                "product", "warehouse", Coalesce("promised_date", Value(date.max)), name="owed_one_per_date"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.units} {self.product} by {self.promised_date or 'no date'}"


class LeadTime(models.Model):
    """
    Days from deciding to buy to units on the shelf, for one product and warehouse.

    No row: nobody supplies it. Written only by ``suppliers.performance``.
    """

    product = models.ForeignKey(Product, models.PROTECT, related_name="lead_times", db_index=False)
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="lead_times")
    mean_days = models.FloatField()
    sd_days = models.FloatField()
    likely_days = models.FloatField(help_text="The median.")
    safe_days = models.FloatField(help_text="The service-level quantile.")
    review_days = models.FloatField(default=1, help_text="Days between two orders sent to this sender.")
    minimum = models.PositiveIntegerField(default=1, db_default=1, help_text="Fewest units it sells in one order.")
    pack = models.PositiveIntegerField(default=1, db_default=1, help_text="Units that it sells together.")
    sender = models.CharField(max_length=120)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "warehouse"], name="lead_time_one_per_place"),
            models.CheckConstraint(condition=Q(mean_days__gte=0, sd_days__gte=0), name="lead_time_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.product}: {self.likely_days:.0f} to {self.safe_days:.0f} days from {self.sender}"


class Transfer(models.Model):
    """Units sent from one warehouse to another: a movement out now, an inbound there later."""

    reference = models.CharField(max_length=80, unique=True)
    source = models.ForeignKey(Warehouse, models.PROTECT, related_name="transfers_out")
    destination = models.ForeignKey(Warehouse, models.PROTECT, related_name="transfers_in")
    expected_date = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    sent_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(source=F("destination")), name="transfer_goes_somewhere_else")
        ]

    def __str__(self) -> str:
        return self.reference


class TransferLine(models.Model):
    transfer = models.ForeignKey(Transfer, models.CASCADE, related_name="lines")
    inbound = models.OneToOneField(Inbound, models.PROTECT, related_name="transfer_line")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="transfer_line_has_units")]

    def __str__(self) -> str:
        return f"{self.quantity} {self.product}"
