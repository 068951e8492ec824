"""On which days a warehouse works: changed here, each time shown first; and its next closed days, in words."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User

from inventory.desk.day_fields import MOST, ComingDayField, DayField
from inventory.desk.entry import DATE
from inventory.desk.operations import Operation
from inventory.desk.tables import Table, day
from inventory.formulas.calendars import public_holidays
from inventory.formulas.calendars.working_days import Calendar, Closed
from inventory.ground.plurals import counted
from inventory.models import Warehouse, WarehouseClosure
from inventory.supply import calendars

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NEXT = 8
"""Closed days that the page of a warehouse names."""


class WorkingDaysForm(forms.Form):
    weekdays = forms.TypedMultipleChoiceField(
        choices=list(enumerate(WEEKDAYS)), coerce=int, widget=forms.CheckboxSelectMultiple, label="Works on"
    )
    country = forms.CharField(
        required=False,
        max_length=60,
        label="Public holidays of",
        help_text="A country, such as DE or US. Empty: it works on public holidays.",
    )
    region = forms.CharField(
        required=False, max_length=60, help_text="A region of it, such as BY. Empty: what the whole country keeps."
    )
    cut_off = forms.TimeField(
        required=False,
        label="Cut-off hour",
        widget=forms.TimeInput(attrs={"type": "time", "class": "vDateField"}, format="%H:%M"),
        help_text="From this hour of the shop’s clock on, the day does not count. Empty: it always does.",
    )
    receiving_days = forms.IntegerField(
        min_value=0, max_value=MOST["receiving_days"], help_text="Working days from a unit’s arrival to the shelf."
    )
    handling_days = forms.IntegerField(
        min_value=0, max_value=MOST["handling_days"], help_text="Working days from the shelf to the shipment."
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        try:
            place = public_holidays.known(cleaned.get("country", ""), cleaned.get("region", ""))
        except public_holidays.NoSuchHolidays as why:
            raise forms.ValidationError(str(why)) from why
        return {**cleaned, "country": place[0], "region": place[1]}

    def said(self) -> calendars.WorkingDays:
        values = self.cleaned_data
        week = "".join("1" if number in values["weekdays"] else "0" for number in range(len(WEEKDAYS)))
        return calendars.WorkingDays(week, *(values[name] for name in self.fields if name != "weekdays"))


class ClosureForm(forms.Form):
    starts_on = DayField(widget=DATE, label="First day")
    ends_on = ComingDayField(widget=DATE, label="Last day")
    reason = forms.CharField(required=False, max_length=120, widget=forms.TextInput(attrs={"class": "vTextField"}))

    def closed(self) -> Closed:
        values = self.cleaned_data
        return Closed(values["starts_on"], values["ends_on"], values["reason"])


class ReopeningForm(forms.Form):
    closures = forms.TypedMultipleChoiceField(
        coerce=int, widget=forms.CheckboxSelectMultiple, label="Works after all in"
    )

    def __init__(self, warehouse: Warehouse, data: Any) -> None:
        super().__init__(data)
        field = self.fields["closures"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(row.pk, _in_words(row)) for row in warehouse.closures.all()]


class _OfCalendar(Operation):
    """It moves the dates of whatever is owed from one warehouse."""

    permission = "inventory.change_warehouse"
    refusals = (calendars.NotACalendar,)
    takes_many = False
    touches_customers = True

    def product_ids(self, rows: Sequence[Warehouse], form: forms.Form) -> Collection[int]:
        return calendars.waiting_on(rows[0].pk)

    def counters(self, rows: Sequence[Warehouse], form: forms.Form) -> list[tuple[object, ...]]:
        return [(row.pk, calendars.said(row), row.calendar_revision) for row in rows]


class ChangeWorkingDays(_OfCalendar):
    name, label = "working_days", "Working days…"
    explanation = (
        "Promised days are days of shipment, counted in working days of the warehouse. "
        "What waits is dated anew; what is set aside keeps its day while the warehouse works on it."
    )

    def form(self, rows: Sequence[Warehouse], data: Any) -> WorkingDaysForm:
        row = rows[0]
        initial: dict[str, Any] = {
            name: getattr(row, name) for name in WorkingDaysForm.base_fields if name != "weekdays"
        }
        initial["weekdays"] = [number for number, works in enumerate(row.week) if works == "1"]
        return WorkingDaysForm(data, initial=initial)

    def in_words(self, rows: Sequence[Warehouse], form: forms.Form) -> str:
        assert isinstance(form, WorkingDaysForm)
        return f"{rows[0]}: {in_words(form.said())}"

    def act(self, rows: Sequence[Warehouse], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, WorkingDaysForm)
        calendars.change(rows[0].pk, form.said(), by=by, at=at)
        return f"{rows[0]} has other working days: {in_words(form.said())}"


class CloseForDays(_OfCalendar):
    name, label = "close_for", "Close for some days…"
    explanation = "Nothing is received or shipped on these days, the first and the last included."
    form_class = ClosureForm

    def in_words(self, rows: Sequence[Warehouse], form: forms.Form) -> str:
        assert isinstance(form, ClosureForm)
        return f"{rows[0]} is closed {_span(form.closed())}."

    def act(self, rows: Sequence[Warehouse], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, ClosureForm)
        calendars.close(rows[0].pk, form.closed(), by=by, at=at)
        return f"{rows[0]} is closed {_span(form.closed())}."


class WorkAfterAll(_OfCalendar):
    name, label = "work_after_all", "Work after all…"
    explanation = "The days of a closure are working days again."

    def applies(self, row: Warehouse) -> bool:
        return bool(_calendar(row).closed)

    def form(self, rows: Sequence[Warehouse], data: Any) -> ReopeningForm:
        return ReopeningForm(rows[0], data)

    def act(self, rows: Sequence[Warehouse], form: forms.Form, *, by: User, at: datetime) -> str:
        count = calendars.reopen(rows[0].pk, form.cleaned_data["closures"], by=by, at=at)
        return f"{rows[0]} works after all: {counted(count, 'closure')} taken back."


OPERATIONS = ChangeWorkingDays(), CloseForDays(), WorkAfterAll()


def in_words(said: calendars.WorkingDays) -> str:
    """
    Say what a calendar is, in a sentence.

    >>> from datetime import time
    >>> in_words(calendars.WorkingDays("1111100", "DE", "BY", time(14), 1, 1))
    'works Monday to Friday, keeps the public holidays of DE-BY; orders until 14:00 count the same day; 1 working day \
to receive and 1 to handle.'
    >>> in_words(calendars.WorkingDays("1010010", "", "", None, 0, 2))
    'works Monday, Wednesday and Saturday, keeps no public holidays; 0 working days to receive and 2 to handle.'
    """
    place = "-".join(filter(None, (said.country, said.region)))
    holidays = f"the public holidays of {place}" if place else "no public holidays"
    hour = f"; orders until {said.cut_off:%H:%M} count the same day" if said.cut_off else ""
    days = f"{counted(said.receiving_days, 'working day')} to receive and {said.handling_days} to handle"
    return f"works {_week(said.week)}, keeps {holidays}{hour}; {days}."


def _week(week: str) -> str:
    names = [name for name, works in zip(WEEKDAYS, week, strict=True) if works == "1"]
    if len(names) > 2 and "1" * len(names) in week:
        return f"{names[0]} to {names[-1]}"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _span(closed: Closed) -> str:
    first, last = day(closed.first), day(closed.last)
    days = f"on {first}" if closed.first == closed.last else f"from {first} to {last}"
    return f"{days} ({closed.reason})" if closed.reason else days


def _in_words(row: WarehouseClosure) -> str:
    return _span(Closed(row.starts_on, row.ends_on, row.reason))


def _calendar(warehouse: Warehouse) -> Calendar:
    return calendars.of(warehouse.pk, warehouse.calendar_revision)


def closed_days(warehouse: Warehouse, today: date) -> Table:
    """Show on which days it is closed next though it works on that weekday."""
    calendar = _calendar(warehouse)
    return Table(
        "Closed next",
        ("Day", "Why"),
        [(f"{each:%A}, {day(each)}", why) for each, why in calendar.closed_days(today, NEXT)],
        empty="On none of its working days of the coming year. Name a country, or close it for some days.",
        note=f"It {in_words(calendars.said(warehouse))}",
    )
