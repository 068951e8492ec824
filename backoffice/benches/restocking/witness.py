"""
What truly happened to a restock list, in the order in which it did: written by the database itself, and read again.

Triggers of the scratch database note every change of a hold and of a request, with the machine's own time. What is
taken back by a killed worker leaves nothing. PostgreSQL's.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from heapq import heappop, heappush
from typing import NamedTuple

from django.db import connection

from inventory.ground.sql import bulk
from orders.models import RestockLetter

from . import postbox
from .clock import Clock

TABLE = """
CREATE TABLE bench_witness (
    id bigserial PRIMARY KEY, at double precision DEFAULT extract(epoch FROM clock_timestamp()),
    hold bigint, request bigint, state text, kept integer, released integer, lost integer, until double precision);
CREATE FUNCTION bench_hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.request_id IS NOT NULL THEN
        INSERT INTO bench_witness (hold, request, kept, released, lost, until) VALUES (NEW.id, NEW.request_id,
            NEW.quantity - NEW.released - NEW.lost, NEW.released, NEW.lost, extract(epoch FROM NEW.until_at));
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION bench_request() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO bench_witness (request, state) VALUES (NEW.id, NEW.state);
    RETURN NULL;
END $$;
CREATE TRIGGER bench_hold AFTER INSERT OR UPDATE ON orders_hold FOR EACH ROW EXECUTE FUNCTION bench_hold();
CREATE TRIGGER bench_request AFTER INSERT OR UPDATE OF state ON orders_restockrequest
    FOR EACH ROW EXECUTE FUNCTION bench_request();
"""
AT_ONCE = """
SELECT (SELECT count(*) FROM inventory_stock AS stock WHERE held <> (
            SELECT COALESCE(sum(units), 0) FROM orders_hold AS hold WHERE hold.stock_id = stock.id AND units > 0)),
       (SELECT count(*) FROM inventory_stock WHERE held + allocated > on_hand),
       (SELECT count(DISTINCT request.id) FROM orders_hold AS hold
            JOIN orders_restockrequest AS request ON request.id = hold.request_id
            WHERE hold.units > 0 AND request.state <> 'offered')
"""
RULES = (
    "held is not the sum of holds",
    "more is held than there is",
    "units held for somebody who is not offered any",
)


class Noted(NamedTuple):
    """A change: of a hold, with its units as they stand, or of a request (``hold`` is None), with its state."""

    stamp: float
    hold: int | None
    request: int
    state: str | None
    kept: int
    released: int
    lost: int
    until: float


def begin() -> None:
    with connection.cursor() as cursor:
        cursor.execute(TABLE)


def look() -> list[str]:
    """Say which rules are broken in this moment; one statement sees one moment."""
    [found] = bulk.fetch(AT_ONCE, [])
    return [rule for rule, broken in zip(RULES, found, strict=True) if broken]


def tell(clock: Clock) -> Counter[str]:
    """Read again what happened, and count the faults."""
    rows = bulk.fetch("SELECT at, hold, request, state, kept, released, lost, until FROM bench_witness ORDER BY id", [])
    story = ListStory(clock)
    for row in rows:
        story.goes_on(Noted(*row))
    story.was_told(postbox.offers())
    return story.faults


class ListStory:
    """A list as it stood after each change."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.faults: Counter[str] = Counter()
        self.states: dict[int, str] = {}
        self.waiting: set[int] = set()
        self._in_order: list[int] = []
        self._newest = 0
        self._kept: dict[int, dict[int, Noted]] = defaultdict(dict)
        self._history: dict[int, list[tuple[float, int]]] = defaultdict(list)

    def goes_on(self, noted: Noted) -> None:
        if noted.hold is None:
            self._is_now(noted.request, noted.state or "")
            return
        own = self._kept[noted.request]
        before = own.get(noted.hold)
        if before is None:
            self._is_offered(noted, own.values())
        elif noted.released > before.released:
            is_early = self.clock.said(noted.stamp).timestamp() < noted.until
            self.faults["given back before the deadline"] += is_early and self.states[noted.request] != "left"
        self.faults["lost"] += bool(noted.lost)
        own[noted.hold] = noted
        self._history[noted.request].append((noted.stamp, sum(each.kept for each in own.values())))

    def _is_now(self, request: int, state: str) -> None:
        self.states[request] = state
        if state != "waiting":
            self.waiting.discard(request)
        elif request not in self.waiting:
            self.waiting.add(request)
            heappush(self._in_order, request)

    def _is_offered(self, noted: Noted, others: Iterable[Noted]) -> None:
        """They must be the first who waits; or the one before, who takes from a second shelf."""
        self.faults["offered while they did not wait"] += self.states[noted.request] != "waiting"
        self.faults["offered twice at once"] += any(
            each.until != noted.until and each.kept and self.clock.said(noted.stamp).timestamp() < each.until
            for each in others
        )
        while self._in_order and self._in_order[0] not in self.waiting:
            heappop(self._in_order)
        is_next = bool(self._in_order) and self._in_order[0] == noted.request
        self.faults["offered out of turn"] += not is_next and noted.request != self._newest
        self._newest = noted.request
        self.waiting.discard(noted.request)

    def was_told(self, mails: Iterable[postbox.OfferMail]) -> None:
        """Hold what was told against what was kept as it was told."""
        requests = dict(RestockLetter.objects.values_list("pk", "request"))
        told: Counter[int] = Counter()
        for mail in mails:
            request = requests[mail.letter_id]
            told[request] += 1
            kept = [units for stamp, units in self._history[request] if stamp <= mail.stamp]
            is_untrue = not kept or kept[-1] < mail.units
            self.faults["told of units that were not kept"] += is_untrue and self.states[request] != "left"
        self.faults["told twice"] += sum(times > 1 for times in told.values())
