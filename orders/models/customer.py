"""Who orders, and what channels call them."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper

from inventory.models.folded import Folded, FoldedField
from inventory.models.keyed import MOST_SIGNS, Keyed, KeyField


class Hears(models.TextChoices):
    """What a customer wants to be written about, of how what waits for them stands."""

    ALL = "all", "All of it"
    LATER = "later", "Only what comes later"
    SHIPPED = "shipped", "Only what has shipped"


class Customer(Keyed, Folded):
    """
    Who orders. An address is one person's; who has none is told by calls.

    :cvar KEY_OF: their address
    """

    KEY_OF = "email"
    PIECES = ("email", "phone")
    WORDS = ("name",)

    name = models.CharField(max_length=200)
    email = models.EmailField(
        "e-mail", blank=True, help_text="Left empty, nothing is mailed to them: their news are calls to make."
    )
    key = KeyField(max_length=MOST_SIGNS * 254)
    folded = FoldedField()
    phone = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=10, default="en-us")
    hears = models.CharField(
        "wants to hear",
        max_length=8,
        choices=Hears.choices,
        default=Hears.ALL,
        db_default=Hears.ALL,
        help_text="A new order, what ships, what is canceled or replaced, and what the law wants said go anyway.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        permissions = [("join_customer", "Can join two customers who are one")]
        indexes = [
            # the palette: names by their start, in any case
            models.Index(Upper("name"), name="customer_name_any_case"),
        ]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=~Q(email=""),
                name="customer_one_per_address",
                violation_error_message="There is a customer with this e-mail address already.",
            ),
            models.UniqueConstraint(fields=["key"], condition=Q(key__isnull=False), name="customer_one_per_key"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def called(self) -> str:
        """What staff type to mean them: their address, or their number."""
        return self.email or f"#{self.pk}"

    def taken_by(self, other: Any) -> str:
        return f"There is a customer with this e-mail address already: {other.name}, {other.email}."


class CustomerKey(models.Model):
    """What a channel calls a customer, so that they stay who they are when their address changes."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="keys")
    channel = models.CharField(max_length=40, help_text="In small letters.")
    key = models.CharField(
        max_length=MOST_SIGNS * 80, help_text="The channel's own number of them, as keys are compared."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "key"], name="customer_key_means_one")]

    def __str__(self) -> str:
        return f"{self.channel} {self.key}"
