"""
What ``manage.py bench`` measures. Each module here is one bench: what it is, its arguments, one run.

The only place where rows may be written past the use cases, and only into a scratch database.
"""

from . import export, find, journey, loading, night, pages, reorder
from .queueing import queue
from .racing import race

BENCHES = {
    "export": export,
    "find": find,
    "journey": journey,
    "loading": loading,
    "night": night,
    "pages": pages,
    "queue": queue,
    "race": race,
    "reorder": reorder,
}
