"""Who asks for a product on its restock list: made by the real use cases."""

import itertools
from datetime import datetime

from inventory.models import Product
from orders.models import RestockRequest
from orders.waiting_list import asking

from .make import MONDAY

_numbers = itertools.count(1)


def asked(thing: Product, units: int = 1, *, email: str = "", at: datetime = MONDAY, **more: str) -> RestockRequest:
    """Somebody asks, and has not confirmed it yet."""
    wish = asking.RestockWish(thing.sku, email or f"asker{next(_numbers)}@example.com", units, **more)
    made = asking.ask(wish, at=at)
    assert made
    return made


def waiting(thing: Product, units: int = 1, *, email: str = "", at: datetime = MONDAY, **more: str) -> RestockRequest:
    """Somebody asks, and confirms it."""
    made = asking.confirm(asked(thing, units, email=email, at=at, **more).pk, at=at)
    assert made
    return made
