"""What is being counted: sheets of a warehouse's bins, each figure with the time it was counted at."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from .catalog import Product, Warehouse


class CountSheet(models.Model):
    """
    What somebody counts in one go, in the bins of a warehouse from one to another ("" is no bound).

    ``is_blind``: who counts does not see what the books say. Open until it was posted, or dropped. Written only by
    ``inventory.supply.sheets``.
    """

    reference = models.CharField(max_length=80, unique=True)
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="count_sheets")
    first_bin = models.CharField(max_length=40, blank=True)
    last_bin = models.CharField(max_length=40, blank=True)
    is_blind = models.BooleanField("blind", default=False)
    note = models.CharField(max_length=120, blank=True)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    posted_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-pk"]
        permissions = [("count_stock", "Can enter what was counted on a sheet")]
        constraints = [
            models.CheckConstraint(
                condition=Q(posted_at=None) | Q(dropped_at=None), name="count_sheet_ends_in_one_way"
            ),
        ]
        indexes = [
            # what is still being counted, and what was left lying
            models.Index(fields=["opened_at"], name="count_sheet_open", condition=Q(posted_at=None, dropped_at=None)),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        return self.posted_at is None and self.dropped_at is None

    @property
    def bins(self) -> str:
        """Say from which bin to which it goes; "" where it is the whole warehouse."""
        if not self.first_bin and not self.last_bin:
            return ""
        return (
            self.first_bin if self.first_bin == self.last_bin else f"{self.first_bin or '…'} – {self.last_bin or '…'}"
        )


class CountedLine(models.Model):
    """
    One product of a sheet: where it lies, and what was found there, when and by whom.

    ``counted`` is null until somebody counts. ``difference``: what posting it added to the books, null until then, and
    for ever where it stayed as it was.
    """

    sheet = models.ForeignKey(CountSheet, models.CASCADE, related_name="lines", db_index=False)
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    bin = models.CharField(max_length=40, blank=True)
    counted = models.PositiveIntegerField(null=True, blank=True)
    counted_at = models.DateTimeField(null=True, blank=True)
    counted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    difference = models.IntegerField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "product"], name="counted_line_one_per_product"),
            models.CheckConstraint(
                condition=Q(counted=None, counted_at=None) | Q(counted__isnull=False, counted_at__isnull=False),
                name="counted_line_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} on {self.sheet}"
