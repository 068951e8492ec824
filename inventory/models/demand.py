"""What people asked for, day by day, whatever became of it."""

from django.db import models
from django.db.models import F, Q

from .catalog import Product, Warehouse


class DemandEntry(models.Model):
    """
    Units of one product that one order (or one refusal, or one line of a history file) asked for.

    Written only by ``inventory.demand.entries``; feeding the same source and reference again replaces the row.
    """

    source = models.CharField(max_length=20, help_text="orders, refused or history")
    reference = models.CharField(max_length=130)
    # no index of their own: the table is filled by the million, and the one by day begins with the product
    product = models.ForeignKey(Product, models.PROTECT, related_name="demand_entries", db_index=False)
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="demand_entries", db_index=False)
    day = models.DateField()
    units = models.PositiveIntegerField()
    is_one_off = models.BooleanField("one-off", default=False, help_text="Left out of the forecast.")
    is_outlier = models.BooleanField(
        "unusually large",
        default=False,
        db_default=False,
        help_text="One order for more than a week of all others would ask for, but once in a thousand.",
    )
    is_sale = models.BooleanField(
        "sale",
        default=False,
        db_default=False,
        help_text="What was sold, not what was asked for: more may have been wanted while the shelf was empty.",
    )

    class Meta:
        verbose_name_plural = "demand entries"
        permissions = [("mark_demandentry", "Can leave a demand entry out of the forecast, and take it back in")]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "reference", "product", "warehouse"], name="demand_entry_counted_once"
            )
        ]
        indexes = [
            models.Index(fields=["product", "warehouse", "day"], name="demand_entry_by_day"),
            # the list, newest first
            models.Index(fields=["-day", "-id"], name="demand_entry_newest"),
            # the list of orders that are unusually large, and of those that a person left out
            models.Index(fields=["-day"], name="demand_entry_outliers", condition=Q(is_outlier=True)),
            models.Index(fields=["-day", "-id"], name="demand_entry_one_offs", condition=Q(is_one_off=True)),
        ]

    def __str__(self) -> str:
        return f"{self.units} {self.product} on {self.day}"


class DailyDemand(models.Model):
    """Units per product, warehouse and day: the roll-up of ``DemandEntry``, one-offs left out."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="daily_demand", db_index=False)
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="daily_demand", db_index=False)
    day = models.DateField()
    units = models.PositiveIntegerField()
    is_sale = models.BooleanField(default=False, db_default=False, help_text="Only what was sold is known.")

    class Meta:
        verbose_name_plural = "daily demand"
        constraints = [models.UniqueConstraint(fields=["product", "warehouse", "day"], name="daily_demand_one_per_day")]
        indexes = [
            models.Index(fields=["day"], name="daily_demand_day"),
            # the few shops of which only sales are known
            models.Index(fields=["product"], name="daily_demand_sales", condition=Q(is_sale=True)),
        ]

    def __str__(self) -> str:
        return f"{self.units} {self.product} on {self.day}"


class DemandEventKind(models.TextChoices):
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
    kind = models.CharField(max_length=10, choices=DemandEventKind.choices, default=DemandEventKind.PROMOTION)
    product = models.ForeignKey(Product, models.CASCADE, null=True, blank=True, related_name="demand_events")
    group = models.CharField(max_length=80, blank=True, help_text="A product group. Empty, with no product: all.")
    starts_on = models.DateField()
    ends_on = models.DateField()
    uplift = models.FloatField(
        null=True,
        blank=True,
        help_text="3 means three times the usual demand. Empty: as measured at earlier events of this kind, on the same"
        " product, else its group, else anywhere; once it is over, as measured at this one.",
    )
    measured_uplift = models.FloatField(
        null=True, blank=True, editable=False, help_text="Units of its days ÷ units of as many usual days before."
    )

    class Meta:
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="demand_event_ends_after_it_starts",
                violation_error_message="The event ends before it starts.",
            ),
            models.CheckConstraint(
                condition=Q(uplift__isnull=True) | Q(uplift__gt=0),
                name="demand_event_uplift_positive",
                violation_error_message="The uplift must be more than 0.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.starts_on} – {self.ends_on})"


class EmptyShelf(models.Model):
    """
    Days on which a SKU had nothing on hand, by the ledger or by a history file; both days included.

    ``ended_on`` is empty while it still has nothing. Written only by ``inventory.supply.shelves``.
    """

    product = models.ForeignKey(Product, models.CASCADE, related_name="empty_shelves", db_index=False)
    warehouse = models.ForeignKey(Warehouse, models.CASCADE, related_name="empty_shelves", db_index=False)
    began_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True, db_index=True)

    class Meta:
        verbose_name = "empty shelf"
        verbose_name_plural = "empty shelves"
        constraints = [
            models.UniqueConstraint(fields=["product", "warehouse", "began_on"], name="empty_shelf_begins_once"),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("began_on")),
                name="empty_shelf_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} from {self.began_on}"


class DemandWatermark(models.Model):
    """Up to when a source has been fed into ``DemandEntry``, and days that wait to be rolled up again."""

    source = models.CharField(max_length=20, unique=True)
    fed_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.source} until {self.fed_until}"
