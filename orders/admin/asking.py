"""What the queue is narrowed by, in words: a chip for each of its filters that asks for something."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils import formats
from django.utils.text import Truncator

from inventory.desk.lists import chips, comparing
from orders.filters import BackorderFilter

NO_NARROWING = {"sort"}


def chips_of(filterset: BackorderFilter) -> Iterator[chips.FilterChip]:
    """Give them without their addresses; what cannot be read is said as it was typed."""
    form, data = filterset.form, filterset.data or {}
    for name, field in form.fields.items():
        names = tuple(f"{name}_{end}" if end else name for end in getattr(field.widget, "suffixes", [""]))
        asked = tuple(each for each in names if data.get(each))
        if not asked or name in NO_NARROWING:
            continue
        label = "Search" if name == "q" else str(field.label)
        value = form.cleaned_data.get(name)
        words = _words(field, value) if value not in (None, "") else " ".join(str(data[each]) for each in asked)
        yield chips.FilterChip(label, Truncator(words.removeprefix(f"{label}: ")).chars(comparing.SIGNS), asked)


def _words(field: Any, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, slice):
        ends = (("from", value.start), ("until", value.stop))
        return " ".join(f"{word} {_day(end)}" for word, end in ends if end)
    choices = {str(key): str(words) for key, words in getattr(field, "choices", ())} if isinstance(value, str) else {}
    return choices.get(value, str(value))


def _day(end: datetime) -> str:
    return formats.date_format(end, "DATE_FORMAT")
