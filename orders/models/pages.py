"""
A customer's own page of an order: what they did there, what they agreed to, what else they are offered, and the links
that staff withdrew.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from inventory.models import Product

from .notices import Notice
from .order import Order, OrderLine
from .records import Promise


class PageLinks(models.Model):
    """
    The links to one order's page that are no longer good: those of an edition before this one. No row: all are good.

    Written only by ``orders.pages.withdrawing``.
    """

    order = models.OneToOneField(Order, models.CASCADE, primary_key=True, related_name="page_links")
    edition = models.PositiveIntegerField(default=0)
    withdrawn_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Links to the page of {self.order}"


PAGE = "page"
"""How the events begin that are acts."""


class PageActKind(models.TextChoices):
    AGREED = "agreed", "Agreed to the new date"
    NOW = "now", "Asked to ship what is here"
    TOGETHER = "together", "Asked to ship all together"
    CANCELED = "canceled", "Canceled units"
    ASKED = "asked", "Asked a question"
    ADDRESS = "address", "Asked for another address"
    HEARS = "hears", "Chose what to hear"
    ANSWERED = "answered", "Answered an offer"


class PageAct(models.Model):
    """
    One thing that a customer did on the page of their order, once. Append-only, but for ``text`` in its transaction.

    ``number`` counts the acts of one order: who acts says which one it would be, so that of two pages that were opened
    on the same state one acts. ``sent`` is the hash of what was sent, by which the same act is known when it is sent
    again; ``notice`` the newest mail about the order that had left by then. Written only by ``orders.pages.deciding``.
    """

    order = models.ForeignKey(Order, models.CASCADE, related_name="page_acts", db_index=False)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=PageActKind.choices)
    sent = models.CharField(max_length=64)
    text = models.TextField(help_text="What was done, or what they asked.")
    address = models.JSONField(null=True, help_text="The address they asked for, by its fields.")
    notice = models.ForeignKey(Notice, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        verbose_name = "act on a customer’s page"
        verbose_name_plural = "acts on customers’ pages"
        constraints = [models.UniqueConstraint(fields=["order", "number"], name="page_act_once_per_number")]
        indexes = [
            # alerts: what somebody must answer
            models.Index(fields=["at"], name="page_act_to_answer", condition=Q(kind__in=["asked", "address"])),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.order}"

    @property
    def event(self) -> str:
        """What caused the mail that confirms it."""
        return f"{PAGE}:{self.pk}"

    @property
    def customer_id(self) -> int:
        return self.order.customer_id


class Consent(models.Model):
    """
    A customer agreed to wait for a line until a day, which is the one that ``promise`` told; null: without any.

    Append-only; what came after it is in the history of the line. Written only by ``orders.pages.deciding``.
    """

    line = models.ForeignKey(OrderLine, models.CASCADE, related_name="consents")
    promise = models.ForeignKey(Promise, models.CASCADE, related_name="consents", db_index=False)
    until_date = models.DateField(null=True)
    act = models.ForeignKey(PageAct, models.CASCADE, related_name="consents")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["promise"], name="consent_once_per_promise")]

    def __str__(self) -> str:
        return f"{self.line}: agreed to {self.until_date or 'no date'}"


class OfferEnd(models.TextChoices):
    TAKEN = "taken", "Taken"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


class SubstituteOfferQuerySet(models.QuerySet["SubstituteOffer"]):
    def standing(self) -> "SubstituteOfferQuerySet":
        """Offers that their customers may take now: nobody ended them, and something of the line waits."""
        return self.filter(end="", line__backordered__gt=0, line__is_stopped=False)


class SubstituteOffer(models.Model):
    """
    Another product that a customer may take for units that wait, at a price that stands in the offer.

    It is over when it is taken, declined or withdrawn, and says nothing once nothing of the line waits: then it has no
    end of its own. Written only by ``orders.fulfillment.offering``.
    """

    line = models.ForeignKey(OrderLine, models.CASCADE, related_name="substitute_offers")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    unit_price = models.DecimalField(max_digits=12, decimal_places=2)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    end = models.CharField(max_length=10, choices=OfferEnd.choices, blank=True, default="")
    ended_at = models.DateTimeField(null=True)

    objects = SubstituteOfferQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["line"], condition=Q(end=""), name="substitute_offer_one_per_line"),
            models.CheckConstraint(
                condition=Q(end="", ended_at=None) | (~Q(end="") & Q(ended_at__gte=F("at"))),
                name="substitute_offer_ends_once",
            ),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="substitute_offer_price_is_one"),
        ]

    def __str__(self) -> str:
        return f"{self.product} in place of {self.line}"

    @property
    def event(self) -> str:
        """What caused the mail about it."""
        return f"offer:{self.pk}"
