"""Where orders come from, and what the shop has agreed there about payment."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q

from inventory.ground import keys
from inventory.ground.plurals import counted
from inventory.models.keyed import MOST_SIGNS, Keyed, KeyField

DAY = 24 * 60
"""Minutes."""
CART_WORDS = "Enter a link that begins with https://, with {sku} and {units} where they belong, and no other braces."
UNITS = ((DAY, "day"), (60, "hour"), (1, "minute"))


class Channel(Keyed):
    """
    A door by which orders come in: a shop, a marketplace, the telephone. Orders name it (``Order.channel``).

    What it says holds for orders that are placed from then on; those that were placed keep their own times. A channel
    without a row arrives paid. Typed by people; read by ``orders.fulfillment``.
    """

    KEY_OF = "name"

    name = models.CharField(max_length=40)
    key = KeyField(max_length=MOST_SIGNS * 40, unique=True)
    arrives_unpaid = models.BooleanField(
        default=False,
        help_text="Its orders are not paid yet when they come in, unless they say so themselves; we are told later.",
    )
    payment_minutes = models.PositiveIntegerField(
        "payment time, in minutes",
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(60 * DAY)],
        help_text="Units are kept so long for an order that is not paid yet. 60 is an hour; 4320 is three days, as a "
        "bank transfer takes.",
    )
    cancel_after_days = models.PositiveSmallIntegerField(
        "canceled after, in days",
        default=7,
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text="What was never paid is canceled then, and its customer hears it. Empty: a person cancels it.",
    )
    shop_origin = models.CharField(
        "shop’s address",
        max_length=200,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(r"^https?://[^/\s?#]+$", "Enter it as in https://shop.example, without a path.")],
        help_text="As in https://shop.example. Its pages may send requests to the restock list.",
    )
    cart_url = models.CharField(
        "link to its cart",
        max_length=400,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(r"^https?://[^\s{}]+(\{(sku|units)\}[^\s{}]*)*$", CART_WORDS)],
        help_text="As in https://shop.example/cart?add={sku}&quantity={units}. Mails of the restock list lead there.",
    )

    customers_may_cancel = models.BooleanField(
        "customers may cancel by themselves",
        default=True,
        db_default=True,
        help_text="On the page of their order, until it is picked. Otherwise they ask, and a person does it.",
    )
    tells_cause = models.BooleanField(
        "tells causes",
        default=False,
        db_default=False,
        help_text="Customers read why they wait, once a person has confirmed it: on the page of their order, and in "
        "the mail of a later date.",
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(payment_minutes__gt=0), name="channel_gives_time_to_pay"),
            models.CheckConstraint(
                condition=Q(cancel_after_days=None) | Q(payment_minutes__lte=F("cancel_after_days") * DAY),
                name="channel_cancels_after_the_time_to_pay",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def telling(cls, names: Iterable[str]) -> set[str | None]:
        """Give the keys of those among these channels that tell their customers causes."""
        found = {keys.key(name) for name in names}
        rows = cls.objects.filter(key__in=found, tells_cause=True).values_list("key", flat=True)
        return set(rows) if found else set()

    def clean(self) -> None:
        """:raises ValidationError: if an order would be canceled before its time to pay is over"""
        super().clean()
        if self.cancel_after_days and self.payment_minutes and self.payment_minutes > self.cancel_after_days * DAY:
            told = f"An order may be paid for {payment_time(self.payment_minutes)}: it cannot be canceled before."
            raise ValidationError({"cancel_after_days": told})


def payment_time(minutes: int) -> str:
    """
    Say how long an order may be paid.

    >>> payment_time(60), payment_time(4320), payment_time(90), payment_time(1440)
    ('1 hour', '3 days', '90 minutes', '1 day')
    """
    unit, name = next((unit, name) for unit, name in UNITS if minutes % unit == 0)
    count = minutes // unit
    return counted(count, name)
