"""What a shop may say of a product, on pages of apps that know no orders."""

from django import template
from django.utils import timezone
from django.utils.formats import date_format

from inventory.models import Product
from orders.fulfillment import availability
from orders.fulfillment.availability import Availability, Word

register = template.Library()


@register.simple_tag
def shop_says(product: Product) -> str:
    """Say what somebody who orders one of it now would get, and when it would ship."""
    return in_words(availability.of([product.pk], at=timezone.now())[product.pk])


def in_words(said: Availability) -> str:
    """
    Put it into one sentence.

    >>> in_words(Availability(Word.OUT_OF_STOCK, 0, 0))
    'Out of stock: it cannot be ordered now.'
    """
    if said.word == Word.OUT_OF_STOCK:
        return "Out of stock: it cannot be ordered now."
    when = f"one ordered now ships on {date_format(said.ships_on)}" if said.ships_on else "no date can be given"
    most = "" if said.most is None else f"; at most {said.most:,} can be sold now"
    if said.word == Word.IN_STOCK:
        return f"In stock: {said.units:,} free to ship, {when}{most}."
    if said.ships_on:
        return f"On backorder until {date_format(said.ships_on)}, when one ordered now would ship{most}."
    return f"On backorder: {when}{most}."
