"""Days of a list by their word: an address, and the view that keeps it, says "today", and means tomorrow's tomorrow."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any

from django.contrib.admin import DateFieldListFilter
from django.contrib.admin.filters import FieldListFilter
from django.db.models import DateField, DateTimeField, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

MOVED = re.compile(r"today([+-]\d{1,3})")
"""So many days before or after today."""
WEEK = timedelta(days=7)
STARTS: Mapping[str, Callable[[date], date]] = MappingProxyType(
    {
        "today": lambda today: today,
        "tomorrow": lambda today: today + timedelta(days=1),
        "week": lambda today: today - timedelta(days=today.weekday()),
        "next-week": lambda today: today - timedelta(days=today.weekday()) + WEEK,
        "month": lambda today: today.replace(day=1),
        "next-month": lambda today: (today.replace(day=1) + timedelta(days=31)).replace(day=1),
        "year": lambda today: today.replace(month=1, day=1),
        "next-year": lambda today: today.replace(year=today.year + 1, month=1, day=1),
    }
)
"""What words mean: a day, the Monday of a week, the first of a month or a year."""
WORDS: Mapping[str, tuple[Any, str, str]] = MappingProxyType(
    {
        "past": (_("Past"), "", "today"),
        "today": (_("Today"), "today", "tomorrow"),
        "tomorrow": (_("Tomorrow"), "tomorrow", "today+2"),
        "week": (_("This week"), "week", "next-week"),
        "7": (_("Past 7 days"), "today-7", "tomorrow"),
        "month": (_("This month"), "month", "next-month"),
        "year": (_("This year"), "year", "next-year"),
    }
)
"""What a list of days is narrowed to: what that is called, from which day, and before which."""
AHEAD = ("past", "today", "tomorrow", "week", "month")
BEHIND = ("today", "7", "week", "month", "year")
"""What is asked of a day to come, and of when something was done."""
DONE_ON = {"on", "business_date"}
"""Days on which something was done; all others may be to come."""


def meant(word: str, today: date) -> date | None:
    """
    Give the day that a word of an address means; None if it is none.

    >>> from datetime import date
    >>> [str(meant(word, date(2026, 12, 31))) for word in ("today", "today-7", "week", "next-month", "2026-01-01")]
    ['2026-12-31', '2026-12-24', '2026-12-28', '2027-01-01', 'None']
    """
    if moved := MOVED.fullmatch(word):
        return today + timedelta(days=int(moved[1]))
    start = STARTS.get(word)
    return start(today) if start else None


def within(day: str, column: str, today: date) -> dict[str, date]:
    """
    Give the bounds that one of ``WORDS`` puts on a column of days.

    >>> within("past", "promised_date", date(2026, 3, 2))
    {'promised_date__lt': datetime.date(2026, 3, 2)}
    """
    _words, since, until = WORDS[day]
    ends = {f"{column}__gte": meant(since, today), f"{column}__lt": meant(until, today)}
    return {lookup: end for lookup, end in ends.items() if end}


class DayFilter(DateFieldListFilter):
    """The stock filter of days, whose links say the words; an address with a day of its own means that day for ever."""

    def __init__(self, field: Any, *args: Any, **how: Any) -> None:
        super().__init__(field, *args, **how)
        self.is_moment = isinstance(field, DateTimeField)
        chosen = BEHIND if self.is_moment or field.name in DONE_ON else AHEAD
        links: list[tuple[Any, dict[str, Any]]] = list(self.links)
        nothing = [link for link in links if not link[1]]
        rest = [link for link in links if getattr(self, "lookup_kwarg_isnull", None) in link[1]]
        named: list[tuple[Any, dict[str, Any]]] = [(WORDS[day][0], self._asked(day)) for day in chosen]
        self.links = (*nothing, *named, *rest)

    def _asked(self, day: str) -> dict[str, str]:
        _words, since, until = WORDS[day]
        ends = ((self.lookup_kwarg_since, since), (self.lookup_kwarg_until, until))
        return {lookup: word for lookup, word in ends if word}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = timezone.localdate()
        asked: dict[str, Any] = self.used_parameters
        self.used_parameters = {name: [self._meant(each, today) for each in values] for name, values in asked.items()}
        try:
            found: QuerySet[Any] = super().queryset(request, queryset)  # type: ignore[assignment]
            return found
        finally:
            self.used_parameters = asked

    def _meant(self, value: Any, today: date) -> Any:
        day = meant(value, today) if isinstance(value, str) else None
        if day is None:
            return value
        return timezone.make_aware(datetime.combine(day, time())) if self.is_moment else day


FieldListFilter.register(lambda field: isinstance(field, DateField), DayFilter, take_priority=True)
