"""
Coordinates for charts drawn on the server as SVG. Pure: numbers in, numbers out.

The templates in ``templates/admin/charts`` place them; colors and fonts are the theme's. A value of ``None`` is
"no data": nothing is drawn there, and a chart of nothing but ``None`` says so (``is_empty``).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

LEFT, RIGHT, TOP, BOTTOM = 44.0, 8.0, 12.0, 24.0
"""Margins around the plot, in pixels of the view box: numbers at the left, days below."""

DASH = 4.0
"""Half the length of a lone point of a line, in pixels of the view box."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One line across the plot, or one word below it."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its place, and what it says when pointed at."""

    x: float
    y: float
    width: float
    height: float
    series: int
    title: str


@dataclass(frozen=True, slots=True)
class BarChart:
    width: float
    height: float
    bars: tuple[Bar, ...]
    rows: tuple[Tick, ...]
    columns: tuple[Tick, ...]
    names: tuple[str, ...]
    left: float
    right: float
    base: float
    is_empty: bool


@dataclass(frozen=True, slots=True)
class LineChart:
    """``line`` and ``band`` are SVG path data, pieces of them parted where there is no data."""

    width: float
    height: float
    line: str
    band: str
    rows: tuple[Tick, ...]
    columns: tuple[Tick, ...]
    left: float
    right: float
    base: float
    is_empty: bool


def scale_of(top: float, *, steps: int = 4) -> tuple[float, ...]:
    """
    Return round numbers from 0 up to at least ``top``, at most ``steps`` apart, each 1, 2 or 5 times a power of ten.

    >>> scale_of(69)
    (0, 20, 40, 60, 80)
    >>> scale_of(3)
    (0, 1, 2, 3)
    >>> scale_of(0)
    (0, 1)
    """
    if top <= 0:
        return (0, 1)
    rough = top / steps
    power = 10 ** math.floor(math.log10(rough))
    step = max(1, next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough))
    return tuple(step * index for index in range(math.ceil(top / step) + 1))


def bars(
    groups: Sequence[tuple[str, Sequence[float | None]]],
    *,
    names: Sequence[str],
    width: float = 640,
    height: float = 230,
    every: int = 1,
) -> BarChart:
    """
    Place one group of bars per label, one bar per name in it, side by side from the base line up.

    :param groups: a label and as many values as there are names; ``None`` where nothing is known
    :param every: write every so-many-th label below the plot
    """
    values = [value for _, row in groups for value in row if value is not None]
    scale = scale_of(max(values, default=0))
    base, room = height - BOTTOM, (width - LEFT - RIGHT) / max(1, len(groups))
    unit = (base - TOP) / scale[-1]
    slot = room * 0.76 / max(1, len(names))
    placed = [
        Bar(
            x=round(LEFT + room * (index + 0.12) + slot * series, 2),
            y=round(base - value * unit, 2),
            width=round(slot * 0.9, 2),
            height=round(value * unit, 2),
            series=series,
            title=f"{label}: {value:,.0f} {names[series]}",
        )
        for index, (label, row) in enumerate(groups)
        for series, value in enumerate(row)
        if value is not None
    ]
    return BarChart(
        width=width,
        height=height,
        bars=tuple(placed),
        rows=_rows(scale, base=base, unit=unit),
        columns=tuple(
            Tick(round(LEFT + room * (index + 0.5), 2), label)
            for index, (label, _) in enumerate(groups)
            if index % every == 0
        ),
        names=tuple(names),
        left=LEFT,
        right=width - RIGHT,
        base=base,
        is_empty=not values,
    )


def line(
    points: Sequence[tuple[str, float | None]],
    *,
    band: Sequence[tuple[float, float] | None] = (),
    width: float = 640,
    height: float = 230,
    every: int = 1,
) -> LineChart:
    """
    Place a line through points an equal step apart, over a band from low to high where there is one.

    :param points: a label and a value each, left to right; ``None`` breaks the line
    :param band: as long as ``points``, or empty
    """
    known = [value for _, value in points if value is not None] + [high for _, high in filter(None, band)]
    scale = scale_of(max(known, default=0))
    base = height - BOTTOM
    unit = (base - TOP) / scale[-1]
    step = (width - LEFT - RIGHT) / max(1, len(points) - 1)

    def place(index: float, value: float) -> str:
        return f"{LEFT + step * index:.1f} {base - value * unit:.1f}"

    line_pieces = pieces([value for _, value in points])
    band_pieces = pieces(band)
    return LineChart(
        width=width,
        height=height,
        line=" ".join(
            "M" + " L".join(place(index, value) for index, value in _drawn(piece, DASH / step)) for piece in line_pieces
        ),
        band=" ".join(
            "M"
            + " L".join(
                [place(index, high) for index, (_, high) in piece]
                + [place(index, low) for index, (low, _) in reversed(piece)]
            )
            + " Z"
            for piece in band_pieces
        ),
        rows=_rows(scale, base=base, unit=unit),
        columns=tuple(
            Tick(round(LEFT + step * index, 2), label) for index, (label, _) in enumerate(points) if index % every == 0
        ),
        left=LEFT,
        right=width - RIGHT,
        base=base,
        is_empty=not known,
    )


def _drawn(piece: Sequence[tuple[int, float]], dash: float) -> list[tuple[float, float]]:
    """
    Give the points of a piece of a line; one that stands alone is a dash, or nobody would see it.

    >>> _drawn([(3, 7.0)], 0.25), _drawn([(3, 7.0), (4, 8.0)], 0.25)
    ([(2.75, 7.0), (3.25, 7.0)], [(3, 7.0), (4, 8.0)])
    """
    if len(piece) > 1:
        return list(piece)
    return [(index + side, value) for index, value in piece for side in (-dash, dash)]


def _rows(scale: Sequence[float], *, base: float, unit: float) -> tuple[Tick, ...]:
    return tuple(Tick(round(base - value * unit, 2), f"{value:,.0f}") for value in scale)


def pieces(values: Sequence[T | None]) -> list[list[tuple[int, T]]]:
    """Part a row of values where one is missing; each keeps its index."""
    pieces: list[list[tuple[int, T]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append((index, value))
    return [piece for piece in pieces if piece]
