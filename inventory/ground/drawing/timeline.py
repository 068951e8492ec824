"""
Coordinates of the chart of one product in one warehouse: demand above, stock below, on one axis of weeks.

Pure: numbers in, numbers out. ``templates/admin/timeline.svg`` places them; colors and fonts are the theme's. A
value of ``None`` is "no data": nothing is drawn there.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from inventory.ground.plurals import counted

from .charts import Bar, Tick, pieces

WIDTH, HEIGHT = 960.0, 452.0
LEFT, RIGHT = 52.0, 14.0
DEMAND_TOP, DEMAND_BASE = 26.0, 196.0
STOCK_TOP, STOCK_BASE = 236.0, 424.0
CLOSE = 13.0
"""Lines nearer than this, in pixels, could not both carry their words above them."""
LABELS = 12
"""Weeks named below the chart, about."""


@dataclass(frozen=True, slots=True)
class Week:
    """
    One week, in units. ``demand``: asked for in it; ``expected``, ``low`` and ``high``: the forecast and its band.

    ``stock``: on hand at its end, or expected there with what is on its way and owed; ``sold_down``: the same, less
    what the forecast expects to be sold. ``events``: the numbers of the events in it.
    """

    starts_on: date
    demand: float | None = None
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    stock: float | None = None
    sold_down: float | None = None
    events: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Shade:
    """An event over the weeks that it touches; ``label`` is its number."""

    x: float
    width: float
    middle: float
    label: str


@dataclass(frozen=True, slots=True)
class Level:
    """A line across the stock: the reorder point, or the level ordered up to. ``text_y``: where its words stand."""

    y: float
    text_y: float
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One of the two plots: the lines across it, from its top to its base."""

    top: float
    base: float
    rows: tuple[Tick, ...]
    is_empty: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """All that is drawn; ``now`` is the place of today, ``here`` the height of what is on hand (None: no data)."""

    width: float
    height: float
    left: float
    right: float
    now: float
    here: float | None
    demand: Panel
    stock: Panel
    columns: tuple[Tick, ...]
    bars: tuple[Bar, ...]
    shades: tuple[Shade, ...]
    expected: str
    band: str
    past: str
    coming: str
    sold_down: str
    levels: tuple[Level, ...]


def draw(
    weeks: Sequence[Week], *, today: date, on_hand: float | None, point: float | None, up_to: float | None
) -> Timeline:
    """
    Place the weeks from left to right, those to come right of today.

    :param weeks: without a gap; the one that today is in must be among them
    :param point: the reorder point, and ``up_to`` the level an order fills up to; None: there is none
    """
    room = (WIDTH - LEFT - RIGHT) / len(weeks)
    open_week = (today - weeks[0].starts_on).days // 7
    now = LEFT + room * (today - weeks[0].starts_on).days / 7
    levels = [level for level in (point, up_to) if level is not None]
    demand = _Scale.of([value for week in weeks for value in (week.demand, week.high)], DEMAND_TOP, DEMAND_BASE)
    units = [value for week in weeks for value in (week.stock, week.sold_down)]
    stock = _Scale.of([*units, on_hand, *levels], STOCK_TOP, STOCK_BASE)

    def middle(index: int) -> float:
        return LEFT + room * (index + 0.5)

    def end(index: int) -> float:
        return LEFT + room * (index + 1)

    past = [week.stock if index < open_week else None for index, week in enumerate(weeks)]
    return Timeline(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        now=round(now, 1),
        here=None if on_hand is None else stock.y(on_hand),
        demand=demand.panel,
        stock=stock.panel,
        columns=_columns(weeks, middle),
        bars=tuple(_bars(weeks, demand, room, open_week)),
        shades=tuple(_shades(weeks, room)),
        expected=_path([week.expected for week in weeks], middle, demand),
        band=_band(weeks, middle, demand),
        past=_path(past, end, stock, last=(now, on_hand)),
        coming=_path([week.stock for week in weeks[open_week:]], lambda at: end(at + open_week), stock, (now, on_hand)),
        sold_down=_path(
            [week.sold_down for week in weeks[open_week:]], lambda at: end(at + open_week), stock, (now, on_hand)
        ),
        levels=tuple(_levels(stock, point, up_to)),
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """A linear scale over a panel, with round numbers across it; it always has 0 on it."""

    panel: Panel
    low: float
    unit: float

    @classmethod
    def of(cls, values: Sequence[float | None], top: float, base: float, *, steps: int = 4) -> "_Scale":
        known = [value for value in values if value is not None]
        least, most = min([0.0, *known]), max([0.0, *known])
        rough = max(most - least, 1.0) / steps
        power = 10 ** math.floor(math.log10(rough))
        step = max(1, next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough))
        low, high = math.floor(least / step) * step, max(math.ceil(most / step), 1) * step
        unit = (base - top) / (high - low)
        marks = [low + step * index for index in range(round((high - low) / step) + 1)]
        rows = tuple(Tick(round(base - (mark - low) * unit, 1), f"{mark:,.0f}") for mark in marks)
        return cls(Panel(top, base, rows, not known), low, unit)

    def y(self, value: float) -> float:
        return round(self.panel.base - (value - self.low) * self.unit, 1)


def _bars(weeks: Sequence[Week], scale: _Scale, room: float, open_week: int) -> Iterator[Bar]:
    """Place a bar per week somebody asked in; that of the week which is not over is series 1."""
    for index, week in enumerate(weeks):
        if week.demand:
            y = scale.y(week.demand)
            yield Bar(
                x=round(LEFT + room * (index + 0.15), 1),
                y=y,
                width=round(room * 0.7, 1),
                height=round(scale.panel.base - y, 1),
                series=int(index == open_week),
                title=f"{week.starts_on:%d %b %Y}: {counted(round(week.demand), 'unit')}"
                + (" so far" if index == open_week else ""),
            )


def _shades(weeks: Sequence[Week], room: float) -> Iterator[Shade]:
    """Place each event over its weeks; those that share a first week share a label."""
    numbers = sorted({number for week in weeks for number in week.events})
    spans: dict[tuple[int, int], list[int]] = {}
    for number in numbers:
        touched = [index for index, week in enumerate(weeks) if number in week.events]
        spans.setdefault((touched[0], touched[-1]), []).append(number)
    for (first, last), shown in spans.items():
        x, width = LEFT + room * first, room * (last - first + 1)
        yield Shade(round(x, 1), round(width, 1), round(x + width / 2, 1), ", ".join(map(str, shown)))


def _columns(weeks: Sequence[Week], middle: Callable[[int], float]) -> tuple[Tick, ...]:
    every = max(1, math.ceil(len(weeks) / LABELS))
    return tuple(
        Tick(round(middle(index), 1), f"{week.starts_on.day} {week.starts_on:%b}")
        for index, week in enumerate(weeks)
        if index % every == 0
    )


def _path(
    values: Sequence[float | None],
    place: Callable[[int], float],
    scale: _Scale,
    first: tuple[float, float | None] | None = None,
    *,
    last: tuple[float, float | None] | None = None,
) -> str:
    """Give the line through these values as path data, begun or ended at a point of its own."""
    runs = [[(place(index), value) for index, value in run] for run in pieces(values)]
    if runs and first and first[1] is not None:
        runs[0].insert(0, (first[0], first[1]))
    if runs and last and last[1] is not None:
        runs[-1].append((last[0], last[1]))
    return " ".join("M" + " L".join(f"{x:.1f} {scale.y(value)}" for x, value in run) for run in runs)


def _band(weeks: Sequence[Week], middle: Callable[[int], float], scale: _Scale) -> str:
    edges = [None if week.low is None or week.high is None else (week.low, week.high) for week in weeks]
    runs = [
        [f"{middle(index):.1f} {scale.y(high)}" for index, (_, high) in run]
        + [f"{middle(index):.1f} {scale.y(low)}" for index, (low, _) in reversed(run)]
        for run in pieces(edges)
    ]
    return " ".join(f"M{' L'.join(run)} Z" for run in runs)


def _levels(scale: _Scale, point: float | None, up_to: float | None) -> Iterator[Level]:
    """Place the two levels; where they lie close, the words of the lower one stand below its line."""
    high = None if up_to is None else scale.y(up_to)
    if point is not None:
        y = scale.y(point)
        is_close = high is not None and y - high < CLOSE
        yield Level(y, y + 12 if is_close else y - 4, f"order at {point:,.0f}", "point")
    if high is not None and up_to is not None:
        yield Level(high, high - 4, f"up to {up_to:,.0f}", "up-to")
