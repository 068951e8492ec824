"""
What ``manage.py bench`` measures. Each module here is one bench: what it is, its arguments, one run.

The only place where rows may be written past the use cases, and only into a scratch database.
"""

from . import digests, export, figures, find, journey, lists, loading, night, pages, reorder, shipping
from .queueing import queue
from .racing import race
from .restocking import restock

BENCHES = {
    "digests": digests,
    "export": export,
    "figures": figures,
    "find": find,
    "journey": journey,
    "lists": lists,
    "loading": loading,
    "night": night,
    "pages": pages,
    "queue": queue,
    "race": race,
    "reorder": reorder,
    "restock": restock,
    "shipping": shipping,
}
