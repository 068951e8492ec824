"""What deliveries taught: one lesson a line, and the record of the whole shop."""

from django.db import models
from django.db.models import F, Q

from .purchase import PurchaseOrderLine
from .supplier import Offer, Supplier


class Lesson(models.Model):
    """
    One line of a purchase order that came: how long it took, and how it kept its word. One line, one lesson.

    It came on the day by which 90 % of its units had come, or on which it was closed, whatever number of parcels that
    took. Of a line of ours (``line``), or of one in a file of the shop's past (``key``). ``confirmed_days`` and
    ``days_late`` are against the day confirmed first; null: none was. Written only by ``suppliers.lessons``.
    """

    line = models.OneToOneField(PurchaseOrderLine, models.CASCADE, null=True, blank=True, related_name="lesson")
    key = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="lessons", db_index=False)
    offer = models.ForeignKey(Offer, models.SET_NULL, null=True, blank=True, related_name="lessons", db_index=False)
    reference = models.CharField(max_length=80)
    item = models.CharField(max_length=200, blank=True)
    sent_on = models.DateField()
    came_on = models.DateField()
    days = models.FloatField(help_text="From sending until 90 % had come.")
    quoted_days = models.PositiveSmallIntegerField(null=True, blank=True)
    confirmed_days = models.IntegerField(null=True, blank=True, help_text="From sending to the day confirmed first.")
    days_late = models.IntegerField(null=True, blank=True, help_text="After the day confirmed first.")
    is_learned = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(line__isnull=False) | Q(key__isnull=False), name="lesson_of_a_line_or_a_file"
            ),
            models.CheckConstraint(condition=Q(came_on__gte=F("sent_on")), name="lesson_came_after_it_was_sent"),
        ]
        indexes = [
            # the night: what is new
            models.Index(fields=["id"], name="lesson_news", condition=Q(is_learned=False)),
            # the latest of a supplier and of an offer
            models.Index(fields=["supplier", "-came_on", "-id"], name="lesson_of_supplier"),
            models.Index(fields=["offer", "-came_on", "-id"], name="lesson_of_offer"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} from {self.supplier}"


class ShopRecord(models.Model):
    """
    What the whole shop has seen of quoted times, as the offers were learned with it. One row.

    Written only by ``suppliers.performance``.
    """

    mean = models.FloatField(help_text="Of actual ÷ quoted days.")
    sd = models.FloatField()
    quantile = models.FloatField(help_text="The chance with which a safe date is kept.")
    learned_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.mean:.2f} ± {self.sd:.2f} of the quoted time"
