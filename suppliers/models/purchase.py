"""Purchase orders: proposed, approved, sent, confirmed, received. Timestamps, not a status."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from inventory.ground import keys
from inventory.models import Inbound, Product, Warehouse
from inventory.models.folded import Folded, FoldedField

from .supplier import Offer, Supplier


class PurchaseOrder(Folded):
    """
    What we ask of one supplier for one warehouse. A draft until approved and sent.

    Written only by ``suppliers.purchasing``. ``touched_at`` is when a person last put a hand to the draft.
    """

    PIECES = ("reference",)

    reference = models.CharField(max_length=40, unique=True)
    folded = FoldedField()
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="purchase_orders")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="purchase_orders")
    proposed_at = models.DateTimeField()
    proposed_on = models.DateField(null=True, blank=True, help_text="The business date of the night that proposed it.")
    touched_at = models.DateTimeField(null=True, blank=True, help_text="When a person last changed the draft.")
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    sent_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    canceled_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        permissions = [("approve_purchaseorder", "Can approve a purchase order and mark it as sent")]
        constraints = [
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(approved_at__isnull=False), name="purchase_approved_before_sent"
            )
        ]
        indexes = [
            models.Index(
                fields=["supplier", "warehouse"],
                name="purchase_drafts",
                condition=Q(approved_at__isnull=True, canceled_at__isnull=True),
            ),
            models.Index(
                fields=["approved_at"],
                name="purchase_unsent",
                condition=Q(approved_at__isnull=False, sent_at__isnull=True, canceled_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @classmethod
    def exactly(cls, text: str) -> Q:
        return Q(reference__in={keys.clean(text), keys.key(text)})

    @property
    def words(self) -> str:
        """Where the purchase order stands, in words, derived from its dates."""
        for at, word in (
            (self.canceled_at, "Canceled"),
            (self.confirmed_at, "Confirmed"),
            (self.sent_at, "Sent"),
            (self.approved_at, "Approved"),
        ):
            if at:
                return word
        return "Draft"


class PurchaseOrderLine(models.Model):
    """
    Units of one product at one price, and why. Once sent, ``inbound`` is what is expected of it.

    A line that ``is_touched`` is a person's, and the night leaves it be; a draft has at most one other line of
    a product, which is the night's, and stands while its ``ground`` does. What was confirmed in several dated parts is
    a line for each: the first, and those that are ``part_of`` it (``suppliers.splitting``).
    """

    purchase_order = models.ForeignKey(PurchaseOrder, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.PROTECT, related_name="purchase_lines")
    offer = models.ForeignKey(Offer, models.SET_NULL, null=True, blank=True, related_name="purchase_lines")
    quantity = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=12, decimal_places=4)
    is_touched = models.BooleanField(default=False, db_default=False, help_text="A person wrote or changed it.")
    inbound = models.OneToOneField(Inbound, models.PROTECT, null=True, blank=True, related_name="purchase_line")
    part_of = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        blank=True,
        db_index=False,
        related_name="split_off",
        help_text="The line that was ordered, of which this one is a part with a day of its own.",
    )
    reason = models.TextField(blank=True)
    parts = models.JSONField(default=dict, blank=True)
    ground = models.BigIntegerField(
        default=0, db_default=0, editable=False, help_text="What the night proposed it from, as a number."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="purchase_line_has_units",
                violation_error_message="A line has at least 1 unit.",
            ),
            models.CheckConstraint(
                condition=Q(unit_price__gt=0),
                name="purchase_line_has_a_price",
                violation_error_message="A line needs a price.",
            ),
            models.UniqueConstraint(
                fields=["purchase_order", "product"],
                condition=Q(is_touched=False),
                name="purchase_line_one_proposal_per_product",
            ),
        ]
        indexes = [
            # the parts of a line; most lines have none
            models.Index(fields=["part_of"], name="purchase_line_parts", condition=Q(part_of__isnull=False)),
            # what people have in drafts, among all that the night wrote there
            models.Index(fields=["purchase_order"], name="purchase_line_touched", condition=Q(is_touched=True)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.product}"

    @property
    def ordered_as(self) -> int:
        """The key of the line that was ordered: its own, unless it is a part of another."""
        return self.part_of_id or self.pk


class Slip(models.Model):
    """A date that a supplier moved: from, to, and what they said. Append-only."""

    IN_PARTS = "Confirmed in parts"

    line = models.ForeignKey(PurchaseOrderLine, models.CASCADE, related_name="slips")
    was = models.DateField(null=True, blank=True)
    now = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.line}: {self.was} → {self.now}"


class Delivery(models.Model):
    """One parcel against one purchase line."""

    line = models.ForeignKey(PurchaseOrderLine, models.CASCADE, related_name="deliveries")
    offer = models.ForeignKey(Offer, models.SET_NULL, null=True, blank=True, related_name="deliveries")
    quantity = models.PositiveIntegerField()
    damaged = models.PositiveIntegerField(default=0)
    replaced = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Damaged units for which the sender sends others: they are still to come."
    )
    days = models.FloatField(help_text="From sending to receipt.")
    planned_days = models.FloatField(
        null=True, blank=True, help_text="From sending to the first confirmed date; else the quoted lead time."
    )
    received_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="delivery_has_units")]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.line}"
