"""
How often one person may search, or open a page of theirs, within a minute: more is no person, and would keep the
database from everybody else.

Counted in the cache; with that gone nobody is counted, and everything is found.
"""

from django.core.cache import cache
from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.utils import timezone

MOST = 240
"""Searches in a minute: four a second. The palette asks when a hand rests, not at each key."""
WORDS = f"That was more than {MOST} searches within a minute. Wait until the next one, then search again."


def is_beyond(what: str, most: int) -> bool:
    """Count one of these, and say whether it is more than so many within this minute."""
    key = f"{what}:{timezone.now():%H%M}"
    cache.add(key, 0, 120)
    try:
        return bool(cache.incr(key) > most)
    except ValueError:  # it is gone, or nothing is kept
        return False


def is_too_much(request: HttpRequest) -> bool:
    """Count one search, and say whether it is one too many."""
    return is_beyond(f"searches:{request.user.pk}", MOST)


def count(request: HttpRequest) -> None:
    """:raises BadRequest: if this search is one too many"""
    if is_too_much(request):
        raise BadRequest(WORDS)
