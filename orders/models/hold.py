"""Units on hand kept for a customer, or for somebody on a restock list, who has not ordered yet."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from inventory.models import Product, Stock

from .customer import Customer
from .waiting import RestockRequest


class Hold(models.Model):
    """
    Units of one stock row held until a day for one customer, or until a time for who asked for them on a restock list
    (``request``): theirs when they order, everybody's after it.

    ``units`` is what is still held. Every hold has an owner (the list's own have none but the list) and an end. Written
    only by ``orders.fulfillment.holds``, by ``orders.waiting_list`` and by allocation, which hands held units to the
    lines of their customer.
    """

    stock = models.ForeignKey(Stock, models.PROTECT, related_name="holds")
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="holds")
    request = models.ForeignKey(RestockRequest, models.PROTECT, null=True, blank=True, related_name="holds")
    quantity = models.PositiveIntegerField()
    taken = models.PositiveIntegerField(default=0, help_text="Went to orders of the customer.")
    lost = models.PositiveIntegerField(default=0, help_text="Were missing from the shelf.")
    released = models.PositiveIntegerField(default=0, help_text="Went back to everybody.")
    units = models.GeneratedField(
        expression=F("quantity") - F("taken") - F("lost") - F("released"),
        output_field=models.IntegerField(),
        db_persist=True,
    )
    until_date = models.DateField("held until", help_text="The last day they are kept.")
    until_at = models.DateTimeField(null=True, blank=True, help_text="The moment it ends, where it ends within a day.")
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="owner"
    )
    at = models.DateTimeField("held since")

    class Meta:
        ordering = ["-pk"]
        permissions = [("release_hold", "Can give held units back before their time")]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="hold_has_units"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("taken") + F("lost") + F("released")), name="hold_not_overdrawn"
            ),
            models.CheckConstraint(
                condition=Q(customer__isnull=False, by__isnull=False, request=None, until_at=None)
                | Q(customer=None, request__isnull=False, until_at__isnull=False),
                name="hold_has_one_owner",
            ),
        ]
        indexes = [
            # allocation: what is held of a product; the clock: what has expired
            models.Index(fields=["stock"], name="hold_standing", condition=Q(units__gt=0)),
            models.Index(fields=["until_date"], name="hold_by_end", condition=Q(units__gt=0)),
            models.Index(fields=["until_at"], name="hold_by_moment", condition=Q(units__gt=0, request__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.units} {self.stock} for {self.whose}"

    @property
    def whose(self) -> str:
        """Whom they are kept for, in a word or two."""
        return str(self.customer or "the restock list")


class Unsettled(models.Model):
    """
    A product whose queue waits to be planned again, because a line that ships with one of it moved.

    ``is_silent``: all that moved it was loaded without a word to anybody, and so is what follows from it.
    """

    product = models.OneToOneField(Product, models.CASCADE, related_name="+")
    at = models.DateTimeField()
    is_silent = models.BooleanField(default=False, db_default=False)

    def __str__(self) -> str:
        return str(self.product)
