"""Suppliers and what they offer."""

from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from inventory.models import Product
from inventory.models.folded import Folded, FoldedField


class Supplier(Folded):
    PIECES = ("code", "email")
    WORDS = ("name",)

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    folded = FoldedField()
    is_on_hold = models.BooleanField("on hold", default=False, help_text="Not asked while on hold.")
    hold_reason = models.CharField(max_length=200, blank=True)
    approval_days = models.PositiveSmallIntegerField(default=1, help_text="Days from a proposal to its sending.")
    review_days = models.PositiveSmallIntegerField(default=7, help_text="Days between two orders, until learned.")
    order_cost = models.DecimalField(max_digits=10, decimal_places=2, default=0, help_text="Per purchase order.")
    freight = models.DecimalField(max_digits=10, decimal_places=2, default=0, help_text="Per purchase order.")
    currency = models.CharField(
        max_length=3,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator("^[A-Z]{3}$", "Three capitals, such as EUR.")],
        help_text="What its prices and orders are in, such as EUR. Empty: the shop's own.",
    )
    rate = models.DecimalField(
        max_digits=14,
        decimal_places=6,
        default=1,
        db_default=1,
        help_text="What one of its currency is worth in the shop's. Offers are compared at it.",
    )

    country = models.CharField(
        max_length=2,
        blank=True,
        default="",
        db_default="",
        help_text="Two letters, such as DE: it works on the working days of that country. Empty: Monday to Friday.",
    )
    is_asked = models.BooleanField(
        "asked whether goods left",
        default=True,
        db_default=True,
        help_text="Gets a letter three working days before a confirmed day, and when the day has passed; once where it "
        "confirmed none and customers can be promised no day any more.",
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(rate__gt=0),
                name="supplier_rate_positive",
                violation_error_message="A rate is more than 0.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def money(self) -> str:
        """The currency of its prices, costs and orders; "" where the shop has not told its own."""
        return self.currency or settings.SHOP_CURRENCY

    @property
    def worth(self) -> Decimal:
        """What one of its currency is worth in the shop's."""
        return Decimal(1) if self.money == settings.SHOP_CURRENCY else Decimal(self.rate)


class Closure(models.Model):
    """
    Days on which a supplier takes no orders and works at none, both included: they are no days of a lead time.

    Written only by ``suppliers.closing``.
    """

    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="closures")
    starts_on = models.DateField()
    ends_on = models.DateField()
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="closure_ends_after_it_starts",
                violation_error_message="The closure ends before it starts.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.supplier}: {self.starts_on} – {self.ends_on}"


class Offer(models.Model):
    """
    A supplier's terms for one product: minimum, pack, lead time, capacity; prices are its breaks.

    ``mean_days`` … ``learned_from`` are what deliveries taught: mean and spread of the lead time, the days within
    which half of the orders and the safe share of them come, and from what it was learned; written only by
    ``suppliers.performance``.
    """

    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="offers", db_index=False)
    product = models.ForeignKey(Product, models.CASCADE, related_name="offers")
    supplier_sku = models.CharField("supplier's SKU", max_length=80, blank=True)
    minimum = models.PositiveIntegerField("MOQ", default=1)
    pack = models.PositiveIntegerField("pack size", default=1)
    quoted_days = models.PositiveSmallIntegerField("quoted lead time, days")
    capacity = models.PositiveIntegerField(null=True, blank=True, help_text="Most units in one order. Empty: any.")
    is_active = models.BooleanField(default=True)
    mean_days = models.FloatField("learned lead time, days", null=True, blank=True, editable=False)
    sd_days = models.FloatField("its spread, days", null=True, blank=True, editable=False)
    likely_days = models.FloatField(null=True, blank=True, editable=False)
    safe_days = models.FloatField(null=True, blank=True, editable=False)
    observed = models.PositiveIntegerField("lines learned from", default=0, editable=False)
    learned_from = models.PositiveSmallIntegerField(
        null=True, blank=True, editable=False, help_text="The quoted days that it was learned with."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["supplier", "product"], name="offer_one_per_product"),
            models.CheckConstraint(
                condition=Q(minimum__gte=1, pack__gte=1),
                name="offer_minimum_and_pack_positive",
                violation_error_message="Minimum and pack size are at least 1.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} from {self.supplier}"

    @property
    def least(self) -> int:
        """Units of its smallest order: the minimum, in whole packs."""
        return -(-self.minimum // self.pack) * self.pack

    @property
    def takes_no_order(self) -> bool:
        """Whether nothing can be ordered of it, since its smallest order is beyond its capacity."""
        return self.capacity is not None and self.capacity < self.least

    def clean(self) -> None:
        """:raises ValidationError: if nothing could be ordered of it"""
        if self.minimum and self.pack and self.takes_no_order:
            raise ValidationError({"capacity": f"At least {self.least:,}, its smallest order: else none is possible."})


class PriceBreak(models.Model):
    """From ``minimum`` units on, one unit costs ``unit_price``."""

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="prices", db_index=False)
    minimum = models.PositiveIntegerField(default=1)
    unit_price = models.DecimalField(max_digits=12, decimal_places=4)

    class Meta:
        ordering = ["minimum"]
        constraints = [
            models.UniqueConstraint(fields=["offer", "minimum"], name="price_one_per_minimum"),
            models.CheckConstraint(
                condition=Q(minimum__gte=1, unit_price__gt=0),
                name="price_positive",
                violation_error_message="A price is more than 0, from at least 1 unit.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_price} from {self.minimum}"
