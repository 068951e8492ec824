"""
What was forecast of arrivals, and what came of it. The only writer of ``ArrivalForecast``.

The days of an inbound move each night, so that nobody could say afterwards what they were: what they say is kept on the
first night that the likely day is within each horizon.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from backoffice.models import ArrivalForecast
from inventory.ground.sql import bulk, clock
from inventory.models import Inbound, Movement, MovementKind, ReorderPolicy

from . import calendar

BLOCK = 20_000
"""Inbound rows of one transaction: none of them is locked."""
HERE = "0.9"
"""The share of an inbound with which it counts as here, as when lead times are learned."""
HORIZONS = ((0, 7), (8, 14), (15, 28), (29, None))
"""Days from a night to the likely day, first and last, as ``ArrivalForecast.Horizon`` names them."""

_NAMES = {
    "forecast": ArrivalForecast._meta.db_table,
    "inbound": Inbound._meta.db_table,
    "movement": Movement._meta.db_table,
    "policy": ReorderPolicy._meta.db_table,
    "receipt": MovementKind.RECEIPT,
    "here": HERE,
}
SAID = """
INSERT INTO {forecast}
    (inbound_id, horizon, said_on, by_50, by_80, by_90, is_off, supplier, abc, warehouse_id)
SELECT coming.id, %s, %s, coming.by_50, coming.by_80, coming.by_90, false, coming.sender,
    COALESCE(policy.abc, ''), coming.warehouse_id
FROM {inbound} AS coming
LEFT JOIN {policy} AS policy ON policy.product_id = coming.product_id AND policy.warehouse_id = coming.warehouse_id
WHERE coming.outstanding > 0 AND coming.received = 0 AND coming.by_80 IS NOT NULL AND coming.by_90 IS NOT NULL
    AND coming.by_50 > %s AND coming.by_50 >= %s AND coming.by_50 <= %s
ON CONFLICT DO NOTHING
"""
CAME = """
WITH watched AS (
    SELECT forecast.id, forecast.inbound_id, coming.received, coming.outstanding,
        coming.quantity - coming.canceled AS units
    FROM {forecast} AS forecast JOIN {inbound} AS coming ON coming.id = forecast.inbound_id
    WHERE {which}
), receipts AS (
    SELECT movement.inbound_id, movement.id, movement.at, {day} AS day, SUM(movement.quantity)
        OVER (PARTITION BY movement.inbound_id ORDER BY movement.at, movement.id) AS units
    FROM {movement} AS movement WHERE movement.kind = '{receipt}'
        AND movement.inbound_id IN (SELECT watched.inbound_id FROM watched)
), stayed AS (
    SELECT receipts.inbound_id, receipts.day, MIN(receipts.units) OVER (PARTITION BY receipts.inbound_id
        ORDER BY receipts.at, receipts.id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS units FROM receipts
), here AS (
    SELECT watched.id, MIN(stayed.day) AS day FROM watched
    JOIN stayed ON stayed.inbound_id = watched.inbound_id AND stayed.units >= {here} * watched.units
    WHERE watched.units > 0 AND watched.received >= {here} * watched.units GROUP BY watched.id
)
UPDATE {forecast} AS target SET came_on = here.day, is_off = (watched.units <= 0)
FROM watched LEFT JOIN here ON here.id = watched.id
WHERE target.id = watched.id AND (target.came_on IS DISTINCT FROM here.day OR target.is_off <> (watched.units <= 0))
RETURNING 1
"""
"""Of receipts that were taken back it counts on which day enough were here and stayed."""
OPEN = "forecast.came_on IS NULL AND NOT forecast.is_off AND forecast.inbound_id > %s AND forecast.inbound_id <= %s"


def record(*, at: datetime, block_done: Callable[[], object] = bool) -> dict[str, int]:
    """
    Keep what is forecast of what is on its way, and say of what was whether it came, also where a receipt was taken
    back in the weeks that can still change. Commits by block.

    :returns: forecasts kept, and those that came, were canceled or had not come after all
    """
    today = timezone.localdate(at)
    counts = {"forecasts": 0, "arrived": 0}
    with transaction.atomic():
        for horizon, (first, last) in zip(ArrivalForecast.Horizon.values, HORIZONS, strict=True):
            until = today + timedelta(days=last) if last is not None else date.max
            params = [horizon, today, today, today + timedelta(days=first), until]
            counts["forecasts"] += bulk.run(SAID.format(**_NAMES), params)
    block_done()
    came = CAME.format(**_NAMES, which=OPEN, day=clock.day_of("movement.at"))
    for after in range(0, _last() or 0, BLOCK):
        with transaction.atomic():
            counts["arrived"] += len(bulk.fetch(came, [after, after + BLOCK]))
        block_done()
    back = _taken_back(today)
    for start in range(0, len(back), BLOCK):
        counts["arrived"] += _anew(back[start : start + BLOCK])
        block_done()
    return counts


def _taken_back(today: date) -> list[int]:
    """Name the inbound of which a receipt was taken back in the weeks that can still change: few, and read once."""
    began = timezone.make_aware(datetime.combine(calendar.first(today), time.min))
    rows = Movement.objects.filter(kind=MovementKind.RECEIPT, quantity__lt=0, at__gte=began, inbound__isnull=False)
    return sorted(set(rows.order_by().values_list("inbound", flat=True)))


@transaction.atomic
def _anew(inbound_ids: Sequence[int]) -> int:
    """Say of these, whatever was said before, whether they came; give how many forecasts that changed."""
    source, params = bulk.staged(bulk.IDS, [(pk,) for pk in inbound_ids])
    which = f"forecast.inbound_id IN (SELECT id FROM {source})"
    return len(bulk.fetch(CAME.format(**_NAMES, which=which, day=clock.day_of("movement.at")), params))


def _last() -> int | None:
    """Give the last inbound of which a forecast is open."""
    rows = ArrivalForecast.objects.filter(came_on=None, is_off=False)
    found: int | None = rows.aggregate(last=Max("inbound"))["last"]
    return found
