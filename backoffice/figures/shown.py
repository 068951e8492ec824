"""
The page of figures, put into words and places: what the nights have kept, for all or for one value. Reads only.

One statement, whatever the shop is like: the rows of one value.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from urllib.parse import urlencode

from django.db.models import Model, Sum
from django.urls import reverse
from django.utils import formats

from backoffice.models import ArrivalForecast, WeeklyFigure
from inventory.ground.drawing import charts

from . import calendar
from .declared import CHANCES, FIGURES, DeclaredFigure, SaidIn
from .dimensions import COLUMNS, Dimension, FigureChoice

NO_DATA = "no data"
WIDTH, HEIGHT = 320, 140
EVERY = 5
"""Weeks from one that is named below a chart to the next."""
SHOWN = (
    ("Promises kept", ("kept_last", "kept_first", "warned", "slip_last", "slip_first")),
    ("What customers hear", ("dated", "noise", "vain")),
    ("From the shelf, and on time", ("fill", "otif_first", "otif_asked")),
)


class Tally(NamedTuple):
    """What was reached of what was counted."""

    reached: Decimal
    counted: Decimal


NOTHING = Tally(Decimal(), Decimal())
Kept = Mapping[tuple[str, date], Tally]
"""What the nights have kept of one value, by figure and week."""


@dataclass(frozen=True, slots=True)
class LinkedWords:
    """Words that lead to the rows behind them."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class FigureWeek:
    """One week of a figure; ``is_open``: it is not over."""

    week: str
    figure: str
    rows: LinkedWords
    missed: LinkedWords | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class FigurePanel:
    """
    One figure.

    :ivar figure: over all weeks shown; "no data" where nothing is counted
    :ivar of: how many of how many, with the rows behind each
    """

    title: str
    grain: str
    words: str
    figure: str
    of: Sequence[LinkedWords]
    chart: charts.LineChart | None
    weeks: Sequence[FigureWeek]


def kept(choice: FigureChoice, today: date) -> Kept:
    """Read what there is of one value: the weeks that are shown, and those to come."""
    rows = WeeklyFigure.objects.filter(
        dimension=choice.dimension, value=choice.value, week__gte=calendar.first(today)
    ).values_list("figure", "week", "reached", "counted")
    return {(figure, week): Tally(reached, counted) for figure, week, reached, counted in rows}


def total(name: str, today: date) -> Tally:
    """Add up one figure of all over the weeks that are shown."""
    rows = WeeklyFigure.objects.filter(dimension=Dimension.ALL, value="", figure=name, week__gte=calendar.first(today))
    sums = rows.aggregate(reached=Sum("reached", default=Decimal()), counted=Sum("counted", default=Decimal()))
    return Tally(**sums)


def sections(found: Kept, choice: FigureChoice, today: date) -> Iterator[tuple[str, list[FigurePanel]]]:
    """Give the figures that are counted by week, in their sections."""
    weeks = _weeks(today)
    for title, names in SHOWN:
        panels = [_panel(FIGURES[name], found, choice, weeks) for name in names if has(FIGURES[name].model, choice)]
        if panels:
            yield title, panels


def calibration(found: Kept, choice: FigureChoice, today: date) -> list[FigurePanel]:
    """Give how often what was forecast came true."""
    if not has(ArrivalForecast, choice):
        return []
    weeks = _weeks(today)
    return [_panel(FIGURES[f"said_{chance}"], found, choice, weeks) for chance in CHANCES]


def _weeks(today: date) -> list[tuple[date, str]]:
    """Give the weeks that are shown, and what they are called, once for all figures."""
    return [(week, week_of(week)) for week in calendar.weeks(today)]


def has(model: type[Model], choice: FigureChoice) -> bool:
    return not choice.dimension or choice.dimension in COLUMNS[model]


def _panel(each: DeclaredFigure, found: Kept, choice: FigureChoice, weeks: Sequence[tuple[date, str]]) -> FigurePanel:
    cells = [found.get((each.name, week), NOTHING) for week, _ in weeks]
    in_all = Tally(sum((cell.reached for cell in cells), Decimal()), sum((cell.counted for cell in cells), Decimal()))
    points = [(called, _number(each, cell)) for (_, called), cell in zip(weeks, cells, strict=True)]
    rows = _rows(each, choice)
    return FigurePanel(
        title=each.title,
        grain=each.grain,
        words=each.words,
        figure=said(each, in_all),
        of=list(_of(each, in_all, rows)) if in_all.counted else [],
        chart=charts.line(points, width=WIDTH, height=HEIGHT, every=EVERY) if in_all.counted else None,
        weeks=[
            FigureWeek(
                called,
                said(each, cell),
                LinkedWords(count(cell.counted), rows("", week)),
                LinkedWords(count(cell.counted - cell.reached), rows("missed", week)) if each.missed else None,
                week == weeks[-1][0],
            )
            for (week, called), cell in zip(weeks, cells, strict=True)
            if cell.counted
        ][::-1],
    )


def _of(each: DeclaredFigure, total: Tally, rows: Callable[[str], str]) -> Iterator[LinkedWords]:
    """Say how many of how many, each with the rows behind it."""
    if each.hit:
        yield LinkedWords(f"{count(total.reached)} {each.hit}", rows("hit"))
    if each.missed:
        yield LinkedWords(f"{count(total.counted - total.reached)} {each.missed}", rows("missed"))
    yield LinkedWords(f"{of_grain(total.counted, each.grain)} counted", rows(""))


def of_grain(counted: Decimal, grain: str) -> str:
    """
    Say how many of what is counted.

    >>> of_grain(Decimal(1), "later-mails"), of_grain(Decimal(1), "deliveries"), of_grain(Decimal(1200), "lines")
    ('1 later-mail', '1 delivery', '1,200 lines')
    """
    one = f"{grain.removesuffix('ies')}y" if grain.endswith("ies") else grain.removesuffix("s")
    return f"{count(counted)} {one if counted == 1 else grain}"


def _number(each: DeclaredFigure, cell: Tally) -> float | None:
    """Give a figure as a number of its unit; None: nothing, or too little, is counted."""
    if cell.counted < each.least:
        return None
    return float(cell.reached / cell.counted) * (1 if each.unit is SaidIn.DAYS else 100)


def said(each: DeclaredFigure, cell: Tally) -> str:
    """Say a figure; never more than it knows: not all is not 100 %, and some is not 0 %."""
    number = _number(each, cell)
    if number is None:
        return NO_DATA
    if each.unit is SaidIn.SHARE:
        return percent(cell)
    return f"{number:,.1f} {'days' if each.unit is SaidIn.DAYS else 'per 100'}"


def percent(cell: Tally) -> str:
    """
    Say a share to a tenth of a percent; what is not all is never 100 %, what is not none never 0 %.

    >>> [percent(Tally(Decimal(part), Decimal(2000))) for part in (0, 1, 1931, 1999, 2000)]
    ['0 %', '0.1 %', '96.5 %', '99.9 %', '100 %']
    """
    if cell.reached in (0, cell.counted):
        return "100 %" if cell.reached else "0 %"
    return f"{min(99.9, max(0.1, float(cell.reached / cell.counted) * 100)):.1f} %"


def _rows(each: DeclaredFigure, choice: FigureChoice) -> Callable[..., str]:
    """Give what addresses the rows behind a figure: all, or those that reached it or not; of all weeks, or of one."""
    listed, of = address(each.model), f"&{urlencode({'of': choice.word})}" if choice.word else ""

    def rows(which: str, week: date | None = None) -> str:
        asked = f"{each.name}-{which}" if which else each.name
        return f"{listed}?figure={asked}" + (f"&week={week.isoformat()}" if week else "") + of

    return rows


def address(model: type[Model], **query: str) -> str:
    name = f"{model._meta.app_label}_{model._meta.model_name}_changelist"
    asked = {key: value for key, value in query.items() if value}
    return reverse(f"admin:{name}") + (f"?{urlencode(asked)}" if asked else "")


def week_of(day: date) -> str:
    return formats.date_format(day, "j M")


def count(number: Decimal) -> str:
    return f"{number:,.0f}"
