"""When to order again and how much, with the reason beside the number."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from inventory.formulas import explanations, figures
from inventory.formulas.classes import CELLS

from .catalog import Product, Warehouse


class ForecastState(models.Model):
    """
    What the forecast of one SKU remembers: it moves once a week, on the night after Sunday.

    ``memory`` is the row of ``inventory.formulas.forecast.as_rows`` for this SKU. Written only by
    ``inventory.night.policies``.
    """

    # no index of their own: the table is rewritten once a week, and the key begins with the product
    product = models.ForeignKey(Product, models.CASCADE, related_name="forecast_states", db_index=False)
    warehouse = models.ForeignKey(Warehouse, models.CASCADE, related_name="forecast_states", db_index=False)
    first_week = models.DateField(help_text="The Monday of the first week counted.")
    last_week = models.DateField(help_text="The Monday of the last week absorbed.")
    memory = models.BinaryField(default=b"")
    cleaned_of = models.BigIntegerField(default=0, help_text="The events its weeks were divided by, as a fingerprint.")
    is_stale = models.BooleanField(default=False, help_text="A closed week changed: rebuild from history.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "warehouse"], name="forecast_one_per_place")]

    def __str__(self) -> str:
        return f"{self.product} until the week of {self.last_week}"


class ForecastLine(models.Model):
    """
    What all SKUs of the shop have in common, as one run fitted it; in use from the week after.

    The line log v = a + b·log m that variances are shrunk to, and from which value of a year on a SKU is A, or B.
    """

    a = models.FloatField()
    b = models.FloatField()
    value_of_a = models.FloatField(null=True, help_text="Money a year; empty: no SKU earns anything.")
    value_of_b = models.FloatField(null=True)
    fitted_on = models.DateField()

    def __str__(self) -> str:
        return f"log v = {self.a:.3f} + {self.b:.3f} log m"


class ReorderBlock(models.Model):
    """
    A range of products (``after`` exclusive, ``until`` inclusive) whose reorder points are one piece of a night's work.

    Who works at it holds its row's lock and commits the row with the numbers, so a lost worker leaves nothing half
    done and nothing claimed. Written only by ``inventory.night.blocks``.
    """

    on = models.DateField()
    after = models.BigIntegerField()
    until = models.BigIntegerField()
    line_a = models.FloatField(help_text="The line that variances were shrunk to.")
    line_b = models.FloatField()
    value_of_a = models.FloatField(null=True, help_text="From which value of a year on a SKU was A, in money.")
    value_of_b = models.FloatField(null=True)
    is_done = models.BooleanField(default=False)
    error = models.CharField(max_length=500, blank=True)
    counts = models.JSONField(default=dict)
    levels = models.BinaryField(default=b"", help_text="What the shop-wide figures of this night are fitted from.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["on", "after"], name="reorder_block_once_a_night")]

    def __str__(self) -> str:
        return f"Products {self.after + 1} to {self.until}"


class ReorderPolicy(models.Model):
    """
    When to order a product for a warehouse again (``reorder_point``) and up to how much.

    ``figures`` holds every number the reorder point was made from (``parts`` gives them by name) and
    ``explanation`` says them in a sentence. A row is rewritten only when one of its numbers changes; the night that
    looked at it last is in ``ReorderBlock``. Its own table, so that the nightly job never locks the stock rows that
    orders need. Written only by ``inventory.night.policies``.
    """

    # no index of their own: a night may rewrite the whole table, and the key begins with the product
    product = models.ForeignKey(Product, models.CASCADE, related_name="policies", db_index=False)
    warehouse = models.ForeignKey(Warehouse, models.CASCADE, related_name="policies", db_index=False)
    reorder_point = models.PositiveIntegerField(default=0)
    order_up_to = models.PositiveIntegerField(default=0)
    safety_stock = models.IntegerField(default=0)
    weekly_demand = models.FloatField(default=0)
    stockout_chance = models.FloatField(
        null=True, blank=True, help_text="Before the next order could arrive; 1: it is out."
    )
    near_chance = models.FloatField(null=True, blank=True, help_text="Within three weeks; 1: it is out.")
    cover_days = models.FloatField(null=True, blank=True)
    figures = models.BinaryField(default=b"")
    sender = models.CharField(max_length=120, blank=True, default="")
    computed_on = models.DateField(null=True, blank=True, help_text="The night that gave these numbers.")
    frozen_point = models.PositiveIntegerField(
        "frozen reorder point", null=True, blank=True, help_text="Used instead of the computed one."
    )
    frozen_until = models.DateField(null=True, blank=True)
    frozen_reason = models.CharField(max_length=200, blank=True, db_default="")
    target = models.FloatField(
        null=True, blank=True, help_text="Service target of this product here, such as 0.95; empty: that of its class."
    )
    abc = models.CharField(
        "value class",
        max_length=1,
        choices=[("A", "A: most of the value"), ("B", "B: some of it"), ("C", "C: the rest")],
        blank=True,
        db_default="",
        default="",
    )
    xyz = models.CharField(
        "evenness class",
        max_length=1,
        choices=[("X", "X: even demand"), ("Y", "Y: uneven"), ("Z", "Z: now and then")],
        blank=True,
        db_default="",
        default="",
    )

    class Meta:
        verbose_name = "reorder point"
        constraints = [
            models.UniqueConstraint(fields=["product", "warehouse"], name="policy_one_per_place"),
            models.CheckConstraint(
                condition=Q(order_up_to__gte=F("reorder_point")), name="policy_orders_up_to_more_than_its_point"
            ),
            models.CheckConstraint(
                condition=Q(frozen_point__isnull=True) | (Q(frozen_until__isnull=False) & ~Q(frozen_reason="")),
                name="policy_frozen_with_reason_and_date",
                violation_error_message="A frozen reorder point needs a reason and a date until when.",
            ),
            models.CheckConstraint(
                condition=Q(target__isnull=True) | Q(target__gt=0, target__lt=1),
                name="policy_target_between_0_and_1",
                violation_error_message="The service target is a share between 0 and 1, such as 0.95.",
            ),
        ]
        indexes = [
            # the list "about to run out"
            models.Index(
                fields=["-stockout_chance"],
                name="policy_by_stockout_chance",
                condition=Q(stockout_chance__isnull=False),
            ),
            # which products of a list are popular
            models.Index(fields=["product"], name="policy_popular", condition=Q(abc="A")),
        ]

    def __str__(self) -> str:
        return f"{self.product} in {self.warehouse}: order at {self.reorder_point}"

    @property
    def parts(self) -> dict[str, Any]:
        """The figures by name; empty until the first night."""
        return figures.as_parts(figures.one(self.figures), sender=self.sender, frozen_reason=self.frozen_reason)

    @property
    def explanation(self) -> str:
        """One sentence that adds up; empty until the first night."""
        parts = self.parts
        return explanations.explain(parts) if parts else ""


class ServiceTarget(models.Model):
    """
    The service aimed at for one class of SKUs, such as AX: nine rows, made by a migration, edited by people.

    The measure is the shop's (setting SERVICE_MEASURE). A target of the product itself wins over it.
    """

    cell = models.CharField("class", max_length=2, unique=True, choices=[(cell, cell) for cell in CELLS])
    target = models.FloatField(help_text="A share between 0 and 1, such as 0.95.")

    class Meta:
        ordering = ["cell"]
        constraints = [
            models.CheckConstraint(
                condition=Q(target__gt=0, target__lt=1),
                name="service_target_between_0_and_1",
                violation_error_message="The service target is a share between 0 and 1, such as 0.95.",
            )
        ]

    def __str__(self) -> str:
        return self.cell


class PolicyChange(models.Model):
    """One reorder point that moved in one nightly run: from what, to what, and why."""

    # no index of its own: the key begins with the policy
    policy = models.ForeignKey(ReorderPolicy, models.CASCADE, related_name="changes", db_index=False)
    on = models.DateField(db_index=True)
    was = models.PositiveIntegerField()
    now = models.PositiveIntegerField()
    reason = models.CharField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["policy", "on"], name="policy_change_once_a_day")]

    def __str__(self) -> str:
        return f"{self.was} → {self.now}: {self.reason}"
