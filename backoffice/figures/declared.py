"""
The figures that are counted of rows, each declared once: its grain, its exact words, which rows it counts and of which
week, and what it reaches. The night adds them up by this, and the lists behind the numbers are narrowed by it.

Pure declarations: nothing is read or written here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

from django.db.models import Case, Count, DateField, DurationField, ExpressionWrapper, F, Model, Q, Sum, Value, When
from django.db.models.aggregates import Aggregate
from django.db.models.functions import Coalesce

from backoffice.models import ArrivalForecast, LineOutcome, OrderOutcome

from .tables import broke

LEAST = 20
"""Of fewer forecasts nothing is said about how well they were calibrated."""


class SaidIn(Enum):
    """How a figure is said: what was reached ÷ what was counted."""

    SHARE = "%"
    DAYS = "days"
    PER_HUNDRED = "per 100"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredFigure:
    """
    One figure.

    :ivar grain: what is counted, in the plural
    :ivar words: exactly what is counted, and what of it is reached; for the page
    :ivar cohort: the day by whose week a row is counted
    :ivar counts: narrows to the rows that are counted today
    :ivar reaches: narrows these to those that reached it
    :ivar reached: what to add up of them; ``counted``: what of all that are counted
    :ivar missed: what the others are called; empty: they are not looked for
    :ivar misses: narrows these to the others, where an index knows them; else they are those that did not reach it
    :ivar least: nothing is said of fewer
    """

    name: str
    title: str
    grain: str
    words: str
    model: type[Model]
    cohort: str
    counts: Callable[[date], Q]
    reaches: Callable[[date], Q]
    reached: Callable[[date], Aggregate]
    counted: Callable[[date], Aggregate]
    unit: SaidIn = SaidIn.SHARE
    hit: str = ""
    missed: str = ""
    misses: Callable[[date], Q] | None = None
    least: int = 1


def _rows(where: Callable[[date], Q]) -> Callable[[date], Aggregate]:
    return lambda today: Count("pk", filter=where(today), distinct=True)


def _sum(of: str, where: Callable[[date], Q]) -> Callable[[date], Aggregate]:
    return lambda today: Sum(of, filter=where(today), default=0)


def _due(day: str) -> Callable[[date], Q]:
    """Lines with units to send whose day has passed."""
    return lambda today: Q(wanted__gt=0, **{f"{day}__lt": today})


def _kept(day: str) -> Q:
    return Q(left_on__lte=F(day), given_up_on=None)


def _broken(day: str) -> Callable[[date], Q]:
    return lambda today: _due(day)(today) & broke(day)


def _days_late(day: str) -> Callable[[date], Aggregate]:
    def late(today: date) -> Aggregate:
        end = Case(
            When(given_up_on__gt=F(day), then=F("given_up_on")),
            When(given_up_on__isnull=False, then=F(day)),
            default=Coalesce("left_on", Value(today)),
            output_field=DateField(),
        )
        span = ExpressionWrapper(end - F(day), output_field=DurationField())
        return Sum(span, filter=_broken(day)(today))

    return late


def _keeping(name: str, day: str, which: str) -> DeclaredFigure:
    counts = _due(day)
    return DeclaredFigure(
        name=name,
        title=f"Kept, against the {which} day told",
        grain="lines",
        words=f"Lines whose {which} told day was in the week and has passed. Kept: all units still wanted had left by "
        "that day. Broken: not, or units were canceled because of delay: after the newest day told had passed, after "
        "a later day was told, or by us. A line canceled for another reason is not counted; a day that no mail told "
        "is none.",
        model=LineOutcome,
        cohort=day,
        counts=counts,
        reaches=lambda today: _kept(day),
        reached=_rows(lambda today: counts(today) & _kept(day)),
        counted=_rows(counts),
        hit="kept",
        missed="broken",
        misses=_broken(day),
    )


def _slipping(name: str, day: str, which: str) -> DeclaredFigure:
    return DeclaredFigure(
        name=name,
        title=f"Slip after the {which} day told",
        grain="lines",
        words=f"Of the lines that broke the {which} day told, by the week of that day: days from it until all had "
        "left, until it was given up, or until last night. Calendar days, the mean.",
        model=LineOutcome,
        cohort=day,
        counts=_broken(day),
        reaches=_broken(day),
        reached=_days_late(day),
        counted=_rows(_broken(day)),
        unit=SaidIn.DAYS,
    )


def _warned(today: date) -> Q:
    return Q(warned_on__lte=F("warn_by"))


def _waited(today: date) -> Q:
    """Lines of which units had to wait when they were placed."""
    return Q(filled__lt=F("units"))


def _known(today: date) -> Q:
    return Q(filled__isnull=False)


def _on_time(name: str, title: str, words: str, cohort: str, judged: str) -> DeclaredFigure:
    def counts(today: date) -> Q:
        return Q(**{f"{cohort}__lt": today, f"{judged}__isnull": False})

    return DeclaredFigure(
        name=name,
        title=title,
        grain="orders",
        words=words,
        model=OrderOutcome,
        cohort=cohort,
        counts=counts,
        reaches=lambda today: Q(**{judged: True}),
        reached=_rows(lambda today: counts(today) & Q(**{judged: True})),
        counted=_rows(counts),
        hit="on time",
        missed="late",
    )


def _calibrated(chance: int) -> DeclaredFigure:
    day = f"by_{chance}"

    def counts(today: date) -> Q:
        return Q(is_off=False, **{f"{day}__lt": today})

    def came(today: date) -> Q:
        return Q(came_on__lte=F(day))

    return DeclaredFigure(
        name=f"said_{chance}",
        title=f"Here by the {chance} % day",
        grain="deliveries",
        words=f"Forecasts whose {chance} % day was in the week and has passed, one for each inbound and horizon, as it "
        "was said on the first night that the likely day was so near. Reached: nine tenths of it were here by then. "
        f"Well calibrated, {chance} of 100 are. Of fewer than {LEAST} nothing is said.",
        model=ArrivalForecast,
        cohort=day,
        counts=counts,
        reaches=came,
        reached=_rows(lambda today: counts(today) & came(today)),
        counted=_rows(counts),
        hit="came in time",
        missed="did not",
        least=LEAST,
    )


CHANCES = (50, 80, 90)
DECLARED: tuple[DeclaredFigure, ...] = (
    _keeping("kept_last", "last_due", "newest"),
    _keeping("kept_first", "first_due", "first"),
    DeclaredFigure(
        name="warned",
        title="Told before it broke",
        grain="lines",
        words="Of the lines that broke the first day told, by the week of that day: those whose customer was told of "
        "another day, or that there is none, at least one working day of their warehouse before it.",
        model=LineOutcome,
        cohort="first_due",
        counts=_broken("first_due"),
        reaches=_warned,
        reached=_rows(lambda today: _broken("first_due")(today) & _warned(today)),
        counted=_rows(_broken("first_due")),
        hit="told in time",
        missed="told late, or never",
    ),
    _slipping("slip_last", "last_due", "newest"),
    _slipping("slip_first", "first_due", "first"),
    DeclaredFigure(
        name="dated",
        title="Told a day",
        grain="lines",
        words="Lines placed in the week of which units had to wait. Reached: a mail has told a day since. Lines that "
        "came to us more than a day after they were placed are not counted.",
        model=LineOutcome,
        cohort="placed_on",
        counts=_waited,
        reaches=lambda today: Q(first_due__isnull=False),
        reached=_rows(lambda today: _waited(today) & Q(first_due__isnull=False)),
        counted=_rows(_waited),
        hit="told a day",
        missed="told none",
    ),
    DeclaredFigure(
        name="noise",
        title="Later-mails per 100 lines that wait",
        grain="lines",
        words="Lines placed in the week of which units had to wait. Added up: how often their customers were told a "
        "later day than the one told before, or that there is none; since they were placed, to this day.",
        model=LineOutcome,
        cohort="placed_on",
        counts=_waited,
        reaches=lambda today: Q(later_mails__gt=0),
        reached=_sum("later_mails", _waited),
        counted=_rows(_waited),
        unit=SaidIn.PER_HUNDRED,
        hit="told later",
    ),
    DeclaredFigure(
        name="vain",
        title="Of these, in vain",
        grain="later-mails",
        words="Of the later-mails about lines placed in the week that can be judged (the day taken back has passed, or "
        "all has left): those whose line had left by the day that was taken back.",
        model=LineOutcome,
        cohort="placed_on",
        counts=lambda today: _waited(today) & Q(later_mails__gt=0, judged_mails__gt=0),
        reaches=lambda today: Q(vain_mails__gt=0),
        reached=_sum("vain_mails", _waited),
        counted=_sum("judged_mails", _waited),
        hit="in vain",
    ),
    DeclaredFigure(
        name="fill",
        title="Filled from the shelf",
        grain="units",
        words="Units ordered in the week. Reached: units that were set aside from the shelf when their order was "
        "placed (first pass). Lines that came to us more than a day after they were placed are not counted.",
        model=LineOutcome,
        cohort="placed_on",
        counts=_known,
        reaches=lambda today: Q(filled__gt=0),
        reached=_sum("filled", _known),
        counted=_sum("units", _known),
        hit="from the shelf",
    ),
    _on_time(
        "otif_first",
        "On time in full, first promised day",
        "Orders whose latest first promised day (told or not) was in the week and has passed. On time: each line had "
        "left in full by the day first promised to it. Late: one had not, or was canceled because of delay. Lines "
        "canceled for another reason are not counted.",
        "first_due",
        "is_on_promise",
    ),
    _on_time(
        "otif_asked",
        "On time in full, day asked for",
        "Orders whose customer asked for a day (not after, else not before) that was in the week and has passed. On "
        "time: all of it had left by then. Orders for no day are not counted.",
        "requested_on",
        "is_on_request",
    ),
    *map(_calibrated, CHANCES),
)
FIGURES: Mapping[str, DeclaredFigure] = {each.name: each for each in DECLARED}
