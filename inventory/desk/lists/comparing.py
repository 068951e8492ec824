"""What an address asks of a field, in plain words: "Sent at: none", "Price: 20 or more". Asks the database nothing."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateField, Model
from django.utils import formats, timezone
from django.utils.text import Truncator, capfirst

SIGNS = 40
"""Of a value that somebody typed, in one chip."""
OF_DAYS = {"gt": "after {}", "gte": "from {}", "lt": "before {}", "lte": "until {}"}
OF_NUMBERS = {"gt": "more than {}", "gte": "{} or more", "lt": "less than {}", "lte": "{} or less"}
OF_TEXTS = {"contains": "has “{}”", "startswith": "begins with “{}”", "isempty": ""}
TRUE, FALSE = {"1", "true", "True"}, {"0", "false", "False", ""}


def said(model: type[Model], lookup: str, values: Sequence[str], rows: Sequence[Any] = ()) -> tuple[str, str]:
    """
    Give the name of what is asked, and the words of what it must be.

    :param rows: rows that are as asked: they know the names of what they point at

    >>> from inventory.models import Stock
    >>> said(Stock, "on_hand__gte", ["20"]), said(Stock, "product__sku__istartswith", ["LAMP"])
    (('On hand', '20 or more'), ('SKU', 'begins with “LAMP”'))
    >>> said(Stock, "product__id__exact", ["7"]), said(Stock, "color", ["red"])
    (('Product', 'no. 7'), ('Color', 'red'))
    """
    fields, how = _parts(model, lookup)
    if not fields:
        return capfirst(lookup.replace("_", " ")), _clipped(" or ".join(values))
    label, field = _label(fields), fields[-1]
    text = ",".join(values)
    if how in ("isnull", "isempty"):
        return label, "none" if text in TRUE else "any"
    if how == "in":
        values = text.split(",")
    words = " or ".join(_value(fields, value, rows) for value in values)
    compared = OF_DAYS if isinstance(field, DateField) else OF_NUMBERS
    pattern = {**compared, **OF_TEXTS}.get(how.removeprefix("i") if how in ("icontains", "istartswith") else how, "{}")
    return label, pattern.format(_clipped(words))


def _parts(model: type[Model], lookup: str) -> tuple[list[Any], str]:
    """Part a lookup into the fields on its way, and how the last one is compared."""
    fields: list[Any] = []
    names: list[str] = lookup.split("__")
    current: Any = model
    while names and current is not None:
        try:
            field: Any = current._meta.pk if names[0] == "pk" else current._meta.get_field(names[0])
        except FieldDoesNotExist:
            break
        fields.append(field)
        current = field.related_model if field.is_relation else None
        names.pop(0)
    return fields, "__".join(names)


def _label(fields: Sequence[Any]) -> str:
    """The last field's name; of a key, what it is the key of."""
    named = [field for field in fields if not getattr(field, "primary_key", False)] or fields[-1:]
    field = named[-1]
    words = getattr(field, "verbose_name", None) or field.related_model._meta.verbose_name
    return capfirst(str(words))


def _value(fields: Sequence[Any], value: str, rows: Sequence[Any]) -> str:
    field = fields[-1]
    if field.is_relation or getattr(field, "primary_key", False):
        return next(_names(fields, value, rows), f"no. {value}")
    if field.flatchoices:
        return {str(key): str(words) for key, words in field.flatchoices}.get(value, value)
    if field.get_internal_type() == "BooleanField" and value in TRUE | FALSE:
        return "yes" if value in TRUE else "no"
    return _day(value) if isinstance(field, DateField) else value


def _names(fields: Sequence[Any], value: str, rows: Sequence[Any]) -> Iterator[str]:
    """The name of what has this key, if one of the rows has it at hand."""
    path = [field.name for field in fields if field.is_relation]
    for row in rows[:1]:
        other: Any = row
        for name in path:
            other = other._state.fields_cache.get(name) if other is not None else None
        if other is not None and str(other.pk) == value:
            yield str(other)


def _day(value: str) -> str:
    try:
        return formats.date_format(date.fromisoformat(value), "DATE_FORMAT")
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return formats.date_format(timezone.localtime(moment) if moment.tzinfo else moment, "DATETIME_FORMAT")


def _clipped(text: str) -> str:
    return Truncator(text).chars(SIGNS)
