"""
A cache that fails is a cache that misses: with Redis gone, full or hung, every page still works.

Who asks while it is away is answered as by an empty cache that keeps nothing. After a failure a process leaves Redis in
peace for a few seconds, so that one that hangs costs a page nothing but the first wait; it is logged once as it goes
and once as it comes back.
"""

import logging
import pickle
from functools import partialmethod
from time import monotonic
from typing import Any

from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

logger = logging.getLogger(__name__)

WAIT_SECONDS = 0.5
"""The longest a page waits for Redis to take a connection, or to answer."""
PAUSE_SECONDS = 5.0
"""How long a process does without it after that."""
UNREADABLE = (pickle.UnpicklingError, AttributeError, ImportError, EOFError, LookupError, TypeError, ValueError)
"""What another version of the program, or of Python, may have left there."""
WRITES = frozenset({"add", "set", "incr", "set_many"})
"""What a full Redis refuses: only one that does these is whole again."""


class RedisHealth:
    """Whether a Redis answers, as far as this process knows; all its threads share it."""

    def __init__(self) -> None:
        self.away_until = 0.0
        self.is_missed = False

    def failed(self, error: Exception) -> None:
        # a full one says at once that it cannot write: what is there can still be read
        if not isinstance(error, ResponseError):
            self.away_until = monotonic() + PAUSE_SECONDS
        if not self.is_missed:
            self.is_missed = True
            logger.warning("The cache cannot be used, pages do without it: %s", error)

    def kept(self) -> None:
        if self.is_missed:
            self.is_missed = False
            logger.warning("The cache can be used again")


_known: dict[str, RedisHealth] = {}


class MissingCache(RedisCache):
    """Django's cache in Redis, which misses where that one fails."""

    def __init__(self, server: str | list[str], params: dict[str, Any]) -> None:
        options = {
            "socket_connect_timeout": WAIT_SECONDS,
            "socket_timeout": WAIT_SECONDS,
            # a connection that died while it lay idle is tried once more; one that hangs is not
            "retry": Retry(NoBackoff(), 1, supported_errors=(NotConnected,)),
            **params.get("OPTIONS", {}),
        }
        super().__init__(server, {**params, "OPTIONS": options})
        self._availability = _known.setdefault(str(server), RedisHealth())
        self._nothing = DummyCache("", params)

    def _or_miss(self, name: str, *args: Any, **kwargs: Any) -> Any:
        if monotonic() >= self._availability.away_until:
            try:
                found = getattr(super(), name)(*args, **kwargs)
            except (RedisError, OSError) as error:
                self._availability.failed(error)
            except UNREADABLE:
                pass
            else:
                if name in WRITES:
                    self._availability.kept()
                return found
        return getattr(self._nothing, name)(*args, **kwargs)

    add = partialmethod(_or_miss, "add")
    get = partialmethod(_or_miss, "get")
    set = partialmethod(_or_miss, "set")
    touch = partialmethod(_or_miss, "touch")
    delete = partialmethod(_or_miss, "delete")
    has_key = partialmethod(_or_miss, "has_key")
    incr = partialmethod(_or_miss, "incr")
    get_many = partialmethod(_or_miss, "get_many")
    set_many = partialmethod(_or_miss, "set_many")
    delete_many = partialmethod(_or_miss, "delete_many")
    clear = partialmethod(_or_miss, "clear")
