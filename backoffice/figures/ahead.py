"""What the page of figures shows of a moment: who waits and since when, how long the shelf lasts, what may break."""

from datetime import date

from django.utils.html import format_html
from django.utils.safestring import SafeString

from backoffice.models import LineOutcome
from inventory.desk import tables
from inventory.ground.drawing import charts
from inventory.models import ReorderPolicy
from orders.filters import AGES

from . import calendar
from .dimensions import Dimension, FigureChoice
from .shown import (
    EVERY,
    HEIGHT,
    NO_DATA,
    NOTHING,
    WIDTH,
    FigurePanel,
    Kept,
    LinkedWords,
    address,
    count,
    has,
    percent,
    week_of,
)
from .standing import COVER, RISK, units_of, worth_of

WORDS = {
    "waits": "Units of lines that wait, and what they are worth, by whole days since their order was placed; as of "
    "last night. Lines of stopped orders are not counted.",
    COVER: "Units free on the shelf ÷ units a day that the forecast expects, over all SKUs that somebody asks for; as "
    "of the last night of each week. It is no promise for a single product.",
    RISK: "Lines that wait and are promised for a day of the week, and how many of them are expected to break: the sum "
    "of their chances, as of last night.",
}


def ages(found: Kept, choice: FigureChoice, today: date) -> tuple[charts.BarChart, tables.Table] | None:
    """Give who waits, by age: a chart of units, and lines, units and value; None: nothing is known of it."""
    if not has(LineOutcome, choice) or not _is_known(found, today):
        return None
    week = calendar.monday(today)
    rows = []
    bars: list[tuple[str, list[float | None]]] = []
    for age, (label, _, _) in AGES.items():
        units, worth = (found.get((name(age), week), NOTHING) for name in (units_of, worth_of))
        url = address(LineOutcome, figure=units_of(age), of=choice.word)
        rows.append((_link(label, url), int(units.counted), int(units.reached), tables.money(worth.reached)))
        bars.append((age.replace("-", "–") if "-" in age else f"{age}+", [float(units.reached)]))
    columns = ("Days since the order", "Lines", "Units", "Value")
    table = tables.Table("", columns, rows, numbers=columns[1:])
    return charts.bars(bars, names=["units that wait"], width=WIDTH, height=HEIGHT), table


def _is_known(found: Kept, today: date) -> bool:
    week = calendar.monday(today)
    return any((units_of(age), week) in found for age in AGES)


def cover(found: Kept, choice: FigureChoice, today: date) -> FigurePanel | None:
    """Give for how many days the shelf lasts."""
    if not has(ReorderPolicy, choice):
        return None
    weeks = calendar.weeks(today)
    cells = [found.get((COVER, week)) for week in weeks]
    days = [float(cell.reached / cell.counted) if cell else None for cell in cells]
    known = [number for number in days if number is not None]
    points = [(week_of(week), number) for week, number in zip(weeks, days, strict=True)]
    newest = next((cell for cell in reversed(cells) if cell), None)
    query = {"abc__exact": choice.value} if choice.dimension == Dimension.ABC else {}
    url = address(ReorderPolicy, **query)
    return FigurePanel(
        title="Days of cover",
        grain="units",
        words=WORDS[COVER],
        figure=f"{known[-1]:,.1f} days" if known else NO_DATA,
        of=[LinkedWords(f"{count(newest.reached)} units free, {newest.counted:,.1f} asked for a day", url)]
        if newest
        else [],
        chart=charts.line(points, width=WIDTH, height=HEIGHT, every=EVERY) if known else None,
        weeks=[],
    )


def risk(found: Kept, choice: FigureChoice, today: date) -> tables.Table | None:
    """Give the promises of the weeks to come, and how many are expected to break."""
    if not has(LineOutcome, choice):
        return None
    week = calendar.monday(today)
    ahead = sorted((day, cell) for (name, day), cell in found.items() if name == RISK and day >= week)
    rows = [
        (
            _link(week_of(day), address(LineOutcome, figure=RISK, week=day.isoformat(), of=choice.word)),
            int(cell.counted),
            float(cell.reached),
            format_html('<span class="number">{}</span>', percent(cell)),
        )
        for day, cell in ahead[: calendar.WEEKS]
    ]
    columns = ("Promised in the week from", "Lines", "Expected to break", "Share")
    return tables.Table("", columns, rows, numbers=columns[1:])


def _link(words: str, url: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', url, words)
