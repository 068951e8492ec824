"""Products and warehouses: the two axes everything else is counted on."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from inventory.formulas.calendars.working_days import MONDAY_TO_FRIDAY
from inventory.ground import keys
from inventory.ground.sql import bulk

from .folded import Folded, FoldedField
from .keyed import MOST_SIGNS, Keyed, KeyField


class BackorderPolicy(models.TextChoices):
    NEVER = "never", "Never: sell only what is here"
    COVERED = "covered", "Covered: only what is already on its way"
    LIMIT = "limit", "Limit: at most so many units waiting"
    ALWAYS = "always", "Always"


class ProductQuerySet(models.QuerySet["Product"]):
    def lock(self, product_ids: Iterable[int]) -> set[int]:
        """
        Lock these products until the transaction ends, always in primary key order.

        Every function that changes supply or demand takes this lock before it reads,
        so changes to one product happen one after another and never deadlock.
        ``no_key``: an INSERT that points at a product takes a KEY SHARE lock on its row, which
        a plain FOR UPDATE would wait for, and two such transactions would wait for each other.
        """
        return set(self.locked(product_ids).values_list("pk", flat=True))

    def locked(self, product_ids: Iterable[int]) -> "ProductQuerySet":
        """These products under the same lock, for a caller that reads their columns too; it takes hold when read."""
        return self.locked_as(bulk.among(product_ids))

    def locked_as(self, product_ids: Any) -> "ProductQuerySet":
        """``locked``, with what stands after IN."""
        return self.filter(pk__in=product_ids).order_by("pk").select_for_update(no_key=True)

    def locking(self, product_ids: Iterable[int], *columns: str) -> tuple[str, list[int]]:
        """``locked`` as SQL that gives these columns, for a hot path that sends it with what it reads under it."""
        wanted = sorted(set(product_ids))
        return _locking(len(wanted), columns), wanted


@lru_cache(maxsize=64)
def _locking(count: int, columns: tuple[str, ...]) -> str:
    return Product.objects.locked_as(range(count)).values_list(*columns).query.sql_with_params()[0]


class Product(Keyed, Folded):
    """One thing that is sold, in units."""

    KEY_OF = "sku"
    PIECES = ("sku",)
    WORDS = ("name",)
    IS_PRODUCT = True

    sku = models.CharField("SKU", max_length=64, unique=True)
    key = KeyField(max_length=MOST_SIGNS * 64)
    folded = FoldedField()
    name = models.CharField(max_length=200, blank=True)
    group = models.CharField(max_length=80, blank=True, db_index=True)
    price = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    backorder_policy = models.CharField(max_length=10, choices=BackorderPolicy.choices, default=BackorderPolicy.ALWAYS)
    backorder_limit = models.PositiveIntegerField(
        null=True, blank=True, help_text="Most units that may wait at once, for the policy “limit”. Empty: no limit."
    )
    covered_days = models.PositiveSmallIntegerField(
        default=60, help_text="For the policy “covered”: inbound due within so many days counts."
    )
    is_discontinued = models.BooleanField(default=False, help_text="Sells what is left, and is not bought again.")
    created_at = models.DateTimeField(auto_now_add=True)

    is_popular = False
    """Not a column: ``inventory.night.popular.mark`` tells the products of a screen."""

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["sku"]
        indexes = [
            # the admin's search: SKU prefix in any case
            models.Index(Upper("sku").desc(), name="product_sku_any_case"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(sku=""), name="product_has_a_sku"),
            models.UniqueConstraint(fields=["key"], condition=Q(key__isnull=False), name="product_one_per_key"),
            models.CheckConstraint(condition=Q(price__gte=0, cost__gte=0), name="product_price_not_negative"),
        ]

    def __str__(self) -> str:
        return self.sku

    @classmethod
    def starting(cls, text: str) -> Q:
        """Ask for the products whose SKU begins so, in any case."""
        return Q(sku__istartswith=keys.clean(text)) | Q(key__startswith=keys.key(text))


class Warehouse(models.Model):
    """
    A place with shelves. ``rank`` says which one is asked first when an order names none.

    On which days it works, and how many of them it needs, is written by ``inventory.supply.calendars``:
    ``week`` has a 1 for each weekday it works, ``calendar_revision`` is another number for every other calendar.
    """

    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=120, blank=True)
    address = models.CharField(
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text="Where suppliers deliver to, line by line; it stands on purchase orders.",
    )
    rank = models.PositiveSmallIntegerField(default=1, help_text="The lowest is asked first.")
    is_open = models.BooleanField(default=True)
    handling_days = models.PositiveSmallIntegerField(
        default=1, help_text="Working days from a unit on the shelf to its shipment."
    )
    receiving_days = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Working days from a unit's arrival to its place on the shelf."
    )
    week = models.CharField(max_length=7, default=MONDAY_TO_FRIDAY, db_default=MONDAY_TO_FRIDAY, editable=False)
    country = models.CharField(max_length=2, blank=True, default="", db_default="", editable=False)
    region = models.CharField(max_length=20, blank=True, default="", db_default="", editable=False)
    cut_off = models.TimeField(null=True, blank=True, editable=False)
    calendar_revision = models.BigIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        ordering = [F("rank").asc(), "pk"]
        constraints = [models.CheckConstraint(condition=Q(week__contains="1"), name="warehouse_works_on_some_day")]

    def __str__(self) -> str:
        return self.code


class WarehouseClosure(models.Model):
    """Days on which a warehouse is closed, both included. Written only by ``inventory.supply.calendars``."""

    warehouse = models.ForeignKey(Warehouse, models.CASCADE, related_name="closures")
    starts_on = models.DateField()
    ends_on = models.DateField()
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="warehouse_closure_ends_after_it_starts",
                violation_error_message="The closure ends before it starts.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.starts_on} to {self.ends_on}"
