"""What was asked for and could not be had: refused, or asked to be told of; and the letters that are owed for it."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from inventory.ground.post.letter import Letter
from inventory.models import Product, Warehouse
from inventory.models.keyed import MOST_SIGNS

from .customer import Customer

MOST_UNITS = 99
"""Units that one request may want: more is an order for a person."""


class RequestState(models.TextChoices):
    ASKED = "asked", "Not confirmed"
    WAITING = "waiting", "Waiting"
    OFFERED = "offered", "Offered"
    SERVED = "served", "Ordered"
    LAPSED = "lapsed", "Did not order"
    LEFT = "left", "Left the list"


LIVE = (RequestState.ASKED, RequestState.WAITING, RequestState.OFFERED)


class RestockList(models.Model):
    """
    The restock list of one product. It is there from the first request that was confirmed.

    ``on_sale``: so many of the available units have been left to everybody. What is available beyond them was freed
    since, and is split: a part for the list, the other on sale. Written only by ``orders.allocation.offering``, and by
    ``orders.waiting_list`` (``stopped_at``: it offers nothing until somebody lets it go on).
    """

    product = models.OneToOneField(Product, models.CASCADE, primary_key=True, related_name="restock_list")
    on_sale = models.PositiveIntegerField(default=0)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        default_permissions = ("view",)
        permissions = [("offer_restocklist", "Can offer units to a restock list, and stop it")]

    def __str__(self) -> str:
        return f"Restock list of {self.product}"


class RestockRequest(models.Model):
    """
    One person's wish to be told when a product is back. Its number is its place: who asked first is offered first.

    ``consent`` is what they agreed to, in the words they read, and ``consent_from`` the page it stood on; they agreed
    when they asked, and said so once more by mail (``confirmed_at``). ``offers`` counts the waves they were in. An
    address that was erased is empty. Written only by ``orders.waiting_list`` and ``orders.allocation.offering``.
    """

    product = models.ForeignKey(Product, models.PROTECT, related_name="restock_requests")
    email = models.EmailField("e-mail", blank=True)
    key = models.CharField(max_length=MOST_SIGNS * 254, blank=True, editable=False)
    quantity = models.PositiveIntegerField(
        "units wanted", validators=[MinValueValidator(1), MaxValueValidator(MOST_UNITS)]
    )
    language = models.CharField(max_length=10)
    channel = models.CharField(max_length=40, blank=True)
    consent = models.CharField(max_length=300)
    consent_from = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=RequestState.choices, default=RequestState.ASKED)
    offers = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        default_permissions = ("view",)
        permissions = [("forget_restockrequest", "Can give out and erase what an address asked for")]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "key"], name="restock_request_once", condition=Q(state__in=LIVE) & ~Q(key="")
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MOST_UNITS), name="restock_request_wants_units"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=False) | ~Q(state__in=["waiting", "offered", "served", "lapsed"]),
                name="restock_request_is_confirmed",
            ),
        ]
        indexes = [
            # a wave: who waits, in order of asking
            models.Index(fields=["product", "id"], name="restock_request_waiting", condition=Q(state="waiting")),
            # the clock: whose offer may be over
            models.Index(fields=["id"], name="restock_request_offered", condition=Q(state="offered")),
            # the feed of demand, and what is to be forgotten
            models.Index(fields=["changed_at"], name="restock_request_changed"),
            # all that one address asked for; the holds of a customer
            models.Index(fields=["key"], name="restock_request_by_key", condition=~Q(key="")),
        ]

    def __str__(self) -> str:
        return f"{self.email or 'an erased address'}, {self.quantity} of {self.product}"


class RestockLetterKind(models.TextChoices):
    CONFIRM = "confirm", "Asks for a confirmation"
    OFFER = "offer", "Offers units"


class RestockLetter(Letter):
    """
    One e-mail owed to somebody on a restock list; ``number`` counts those of a request and kind from 1.

    Written only by ``orders.waiting_list`` and ``orders.allocation.offering``, and by the sender.
    """

    request = models.ForeignKey(RestockRequest, models.CASCADE, related_name="letters", db_index=False)
    kind = models.CharField(max_length=10, choices=RestockLetterKind.choices)
    number = models.PositiveSmallIntegerField()

    class Meta(Letter.Meta):
        verbose_name = "letter to a restock list"
        verbose_name_plural = "letters to restock lists"
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["request", "kind", "number"], name="restock_letter_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.request}"


class Refusal(models.Model):
    """Units that were asked for and refused, because the product may not be backordered further: demand too."""

    channel = models.CharField(max_length=40)
    reference = models.CharField(max_length=80)
    product = models.ForeignKey(Product, models.CASCADE, related_name="refusals")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, models.SET_NULL, null=True, related_name="refusals")
    units = models.PositiveIntegerField()
    possible = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "reference", "product"], name="refusal_counted_once")]
        indexes = [models.Index(fields=["at"], name="refusal_at")]

    def __str__(self) -> str:
        return f"{self.units} {self.product} refused"
