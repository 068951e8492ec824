"""The shop while it is being made: its catalog, its people, its clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from random import Random

from django.contrib.auth.models import User

from .catalog import Catalog
from .timeline import ShopHistory


@dataclass(frozen=True, slots=True)
class World:
    """
    Everything a step needs.

    ``live`` is the day the shop began to take its orders here; its purchase orders are older. ``short`` are the
    places in the catalog of items that ran low about then, and ``empty`` of those that were gone.
    """

    catalog: Catalog
    timeline: ShopHistory
    people: Mapping[str, User]
    random: Random
    live: date
    short: frozenset[int]
    empty: frozenset[int]
