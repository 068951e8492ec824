"""What people asked for, day by day, whatever became of it."""

from django.db import models
from django.db.models import F, Q

from .catalog import Product, Warehouse


class DemandEntry(models.Model):
    """
    Units of one product that one order (or one refusal, or one line of a history file) asked for.

    Written only by ``inventory.demand``; feeding the same source and reference again replaces the row.
    """

    source = models.CharField(max_length=20, help_text="orders, refused or history")
    reference = models.CharField(max_length=130)
    # no index of their own: the table is filled by the million, and the one by day begins with the product
    product = models.ForeignKey(Product, models.PROTECT, related_name="demand_entries", db_index=False)
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="demand_entries", db_index=False)
    day = models.DateField()
    units = models.PositiveIntegerField()
    is_one_off = models.BooleanField("one-off", default=False, help_text="Left out of the forecast.")

    class Meta:
        verbose_name_plural = "demand entries"
        constraints = [
            models.UniqueConstraint(
                fields=["source", "reference", "product", "warehouse"], name="demand_entry_counted_once"
            )
        ]
        indexes = [models.Index(fields=["product", "warehouse", "day"], name="demand_entry_by_day")]

    def __str__(self) -> str:
        return f"{self.units} {self.product} on {self.day}"


class DailyDemand(models.Model):
    """Units per product, warehouse and day: the roll-up of ``DemandEntry``, one-offs left out."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="daily_demand", db_index=False)
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="daily_demand", db_index=False)
    day = models.DateField()
    units = models.PositiveIntegerField()

    class Meta:
        verbose_name_plural = "daily demand"
        constraints = [models.UniqueConstraint(fields=["product", "warehouse", "day"], name="daily_demand_one_per_day")]
        indexes = [models.Index(fields=["day"], name="daily_demand_day")]

    def __str__(self) -> str:
        return f"{self.units} {self.product} on {self.day}"


class EventKind(models.TextChoices):
    PROMOTION = "promotion", "Promotion"
    LAUNCH = "launch", "Launch"
    MEDIA = "media", "Media coverage"
    HOLIDAY = "holiday", "Holiday"


class DemandEvent(models.Model):
    """
    A time when people buy more than usual, on one product or one group (or everything).

    Past weeks are divided by ``uplift`` before they are smoothed, future ones multiplied.
    """

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=EventKind.choices, default=EventKind.PROMOTION)
    product = models.ForeignKey(Product, models.CASCADE, null=True, blank=True, related_name="demand_events")
    group = models.CharField(max_length=80, blank=True, help_text="A product group. Empty, with no product: all.")
    starts_on = models.DateField()
    ends_on = models.DateField()
    uplift = models.FloatField(default=1.0, help_text="3 means three times the usual demand.")

    class Meta:
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="demand_event_ends_after_it_starts",
                violation_error_message="The event ends before it starts.",
            ),
            models.CheckConstraint(
                condition=Q(uplift__gt=0),
                name="demand_event_uplift_positive",
                violation_error_message="The uplift must be more than 0.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.starts_on} – {self.ends_on})"


class DemandWatermark(models.Model):
    """Up to when a source has been fed into ``DemandEntry``, and days that wait to be rolled up again."""

    source = models.CharField(max_length=20, unique=True)
    fed_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.source} until {self.fed_until}"
