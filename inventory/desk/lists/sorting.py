"""
By which headings a list is sorted: a short one by all of them, a long one by those whose order an index keeps.

To put a million rows into an order that nothing keeps takes seconds: it is refused in words, and never begun.
"""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.views.main import ORDER_VAR
from django.core.exceptions import BadRequest, FieldDoesNotExist
from django.db.models import ForeignKey, Model, QuerySet

from inventory.ground.sql import paging

from .choosing import label


def headings(found: Any) -> list[Any]:
    """Give the columns of a list, as it names them, whose order an index keeps."""
    return [name for name in found.list_display if _is_kept(found.model, found.get_ordering_field(name))]


def check(found: Any, rows: QuerySet[Any]) -> None:
    """:raises BadRequest: if a list is asked for in an order that nothing keeps, and is long"""
    unkept = [name for name in _asked(found) if not _is_kept(found.model, found.get_ordering_field(name))]
    if unkept and rows.order_by()[paging.BOUND : paging.BOUND + 1].exists():
        others = ", ".join(label(found, name) for name in headings(found))
        raise BadRequest(
            f"This list has more than {paging.BOUND:,} rows, and sorting it by “{label(found, unkept[0])}” would take "
            f"too long. Narrow it first{f', or sort it by {others}' if others else ''}."
        )


def _asked(found: Any) -> Iterator[Any]:
    """The columns that the address sorts by."""
    for place in found.params.get(ORDER_VAR, "").split("."):
        number = place.removeprefix("-")
        if number.isdecimal() and len(number) < 4 and int(number) < len(found.list_display):
            name = found.list_display[int(number)]
            if found.get_ordering_field(name):
                yield name


def _is_kept(model: type[Model], path: Any) -> bool:
    """
    Say whether an index keeps rows in the order of a field: one of their own, or a unique one of what they belong to.

    >>> from inventory.models import Product, Stock
    >>> [_is_kept(Stock, path) for path in ("pk", "product__sku", "product__name", "-on_hand", "product", None)]
    [True, True, False, False, False, False]
    """
    if not isinstance(path, str):
        return False
    first, _, rest = path.removeprefix("-").partition("__")
    try:
        field: Any = model._meta.pk if first == "pk" else model._meta.get_field(first)
        if not rest:
            return _is_first(model, field)
        if not isinstance(field, ForeignKey):
            return False
        other: Any = field.related_model._meta.get_field(rest)
        return bool(other.unique)
    except FieldDoesNotExist:
        return False


def _is_first(model: type[Model], field: Any) -> bool:
    """Whether a field is what an index over all rows begins with; what a row belongs to is sorted by its name."""
    if isinstance(field, ForeignKey):
        return False
    opts = model._meta
    whole = [*opts.indexes, *opts.constraints]
    firsts = {
        each.fields[0].removeprefix("-") for each in whole if getattr(each, "fields", ()) and each.condition is None
    }
    return bool(field.primary_key or field.unique or field.db_index or field.name in firsts)
