"""The number in the head of every page: what a person has not read."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import transaction

from inventory.ground.sql import paging
from inventory.notebook import mentions

FRESH_SECONDS = 30


def count(who: User) -> int:
    """Count what a person has not read, up to a bound; half a minute old at most."""
    found: Any = cache.get_or_set(_key(who), mentions.unread(who)[: paging.BOUND + 1].count, FRESH_SECONDS)
    return int(found)


def forget(people: Iterable[User]) -> None:
    """Let these numbers be counted anew once this is committed: until then a page counts as of before."""
    keys = [_key(who) for who in people]
    transaction.on_commit(lambda: cache.delete_many(keys))


def _key(who: User) -> str:
    return f"inbox:{who.pk}"
