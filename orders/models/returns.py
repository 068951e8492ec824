"""What came back of what had left, and what is to become of it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from .records import ShipmentLine

LEFT = F("quantity") - F("reversed")
"""Units of a shipment line that did leave."""
WITH_CUSTOMER = F("quantity") - F("reversed") - F("lost") - F("returned")
"""Units of a shipment line that arrived, as far as we know, and were not sent back."""
COUNTS_AS_SHIPPED = F("quantity") - F("reversed") - F("lost") - F("exchanged")
"""Units of a shipment line that its order line counts as shipped; the others ship again."""


class Condition(models.TextChoices):
    UNOPENED = "unopened", "Unopened"
    LIKE_NEW = "like_new", "Opened, like new"
    USED = "used", "Used"
    DAMAGED = "damaged", "Damaged"


class ReturnWish(models.TextChoices):
    """What the customer wants for what they sent back."""

    NOTHING = "nothing", "Nothing"
    REFUND = "refund", "Their money back"
    EXCHANGE = "exchange", "Another one"


class Return(models.Model):
    """
    Units of one shipment line that came back at once.

    ``restocked`` went back on the shelf, ``discarded`` to the bin; the others are ``inspecting``: here, in no stock and
    not for sale until somebody decides. ``is_found``: they never arrived and came back by themselves, so nobody sent
    them. Written only by ``orders.fulfillment.afterwards``.
    """

    shipment_line = models.ForeignKey(ShipmentLine, models.PROTECT, related_name="returns")
    units = models.PositiveIntegerField()
    restocked = models.PositiveIntegerField(default=0)
    discarded = models.PositiveIntegerField(default=0)
    inspecting = models.GeneratedField(
        expression=F("units") - F("restocked") - F("discarded"), output_field=models.IntegerField(), db_persist=True
    )
    condition = models.CharField(max_length=10, choices=Condition.choices)
    wish = models.CharField(max_length=10, choices=ReturnWish.choices)
    is_found = models.BooleanField("lost, then found", default=False)
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(units__gt=0), name="return_has_units"),
            models.CheckConstraint(condition=Q(units__gte=F("restocked") + F("discarded")), name="return_decided_once"),
            models.CheckConstraint(condition=Q(is_found=False) | Q(wish="nothing"), name="return_found_has_no_wish"),
        ]
        indexes = [
            # what waits for somebody to decide
            models.Index(fields=["id"], name="return_to_inspect", condition=Q(inspecting__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.units} back from {self.shipment_line.shipment}"
