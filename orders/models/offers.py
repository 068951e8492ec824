"""Another product that staff offer a customer in place of what they wait for."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from inventory.models import Product

from .order import OrderLine


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
