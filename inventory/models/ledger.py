"""Units on hand, and the append-only ledger they are the sum of."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from .catalog import Product, Warehouse


class Stock(models.Model):
    """
    One product in one warehouse, in units.

    ``allocated`` are set aside for order lines, ``held`` for a customer who has not ordered yet. ``available`` is
    computed by the database, so it can be filtered, sorted and indexed and can never disagree with the columns it
    comes from. ``stopped`` are the allocated ones that nobody is owed for now, since their orders are stopped;
    ``picked`` those that are off the shelf and on their way into parcels. ``bin`` says where on the shelves.
    Written only by ``inventory.supply.stock``, its bin by ``inventory.supply.bins``.
    """

    product = models.ForeignKey(Product, models.PROTECT, db_index=False, related_name="stock")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="stock")
    on_hand = models.PositiveIntegerField(default=0)
    allocated = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0, db_default=0)
    stopped = models.PositiveIntegerField(default=0, db_default=0)
    picked = models.PositiveIntegerField(default=0, db_default=0)
    bin = models.CharField(max_length=40, blank=True, default="", db_default="")
    available = models.GeneratedField(
        expression=F("on_hand") - F("allocated") - F("held"), output_field=models.IntegerField(), db_persist=True
    )

    class Meta:
        verbose_name_plural = "stock"
        permissions = [("adjust_stock", "Can count stock, and post damage")]
        constraints = [
            # it is the index of its product, too
            models.UniqueConstraint(fields=["product", "warehouse"], name="stock_one_per_place"),
            models.CheckConstraint(
                condition=Q(on_hand__gte=F("allocated") + F("held")), name="stock_not_overallocated"
            ),
            models.CheckConstraint(condition=Q(allocated__gte=F("picked")), name="stock_picked_is_allocated"),
        ]
        indexes = [
            # the list sorted by bin, and a bin that somebody looks for
            models.Index(fields=["bin"], name="stock_by_bin"),
        ]

    def __str__(self) -> str:
        return f"{self.product} in {self.warehouse}"


class MovementKind(models.TextChoices):
    OPENING = "opening", "Opening balance"
    RECEIPT = "receipt", "Receipt"
    SHIPMENT = "shipment", "Shipment"
    COUNT = "count", "Stock count"
    DAMAGE = "damage", "Damage or loss"
    RETURN = "return", "Return from a customer"
    TRANSFER = "transfer", "Transfer out"


class Movement(models.Model):
    """
    One change of on hand: signed units, and why. Append-only: a mistake is another movement.

    Written only by ``inventory.supply.stock``.
    """

    product = models.ForeignKey(Product, models.PROTECT, db_index=False, related_name="movements")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="movements")
    quantity = models.IntegerField()
    kind = models.CharField(max_length=10, choices=MovementKind.choices)
    reason = models.CharField(max_length=200, blank=True)
    reference = models.CharField(max_length=80, blank=True)
    inbound = models.ForeignKey("inventory.Inbound", models.PROTECT, null=True, blank=True, related_name="movements")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=~Q(quantity=0), name="movement_moves_something")]
        indexes = [
            # it is the index of its product, too
            models.Index(fields=["product", "warehouse"], name="movement_by_place"),
            # whole references alone are asked for: an index of their beginnings would serve nobody
            models.Index(fields=["reference"], name="movement_by_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity:+d} {self.product}, {self.get_kind_display()}"

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("The ledger is append-only: post a movement that takes this one back.")
