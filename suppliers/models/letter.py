"""Letters to suppliers: an order that went out by mail, sent again, corrected or called off."""

from django.conf import settings
from django.db import models

from inventory.ground.post.letter import Letter

from .purchase import PurchaseOrder


class LetterKind(models.TextChoices):
    ORDER = "order", "Order"
    AGAIN = "again", "Sent again"
    CORRECTED = "corrected", "Corrected"
    CANCELED = "canceled", "Canceled"
    ASKED = "asked", "Asked whether it left"


OF_ORDERS = ~models.Q(kind=LetterKind.ASKED)
"""Letters that say what an order is: the newest says it all, whatever was asked since."""


class OrderLetter(Letter):
    """
    One e-mail owed to a supplier about one purchase order; ``number`` counts those of an order from 1.

    ``facts`` are what it says, as they were when somebody pressed *Send*: its words, its paper and its sheet are made
    of them alone, and ``attached`` keeps both as they were handed over. Answers go to ``reply_to``, the buyer's own
    address. One that asks whether goods left (``AskedDate``) says nothing new of the order, and carries nothing.
    Written only by ``suppliers.letters``, and by the sender.
    """

    purchase_order = models.ForeignKey(PurchaseOrder, models.PROTECT, related_name="letters", db_index=False)
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=LetterKind.choices)
    facts = models.JSONField(editable=False)
    reply_to = models.CharField("answers go to", max_length=254, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta(Letter.Meta):
        verbose_name = "letter to a supplier"
        verbose_name_plural = "letters to suppliers"
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["purchase_order", "number"], name="order_letter_numbered_once"),
        ]

    def __str__(self) -> str:
        return f"{self.purchase_order}, letter {self.number}"
