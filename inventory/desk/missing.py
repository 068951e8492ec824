"""What an address names and is not there: who asked reads what they looked for, and where else to look."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404

Row = TypeVar("Row", bound=Model)
LONGEST = 60
"""Signs of an address that are said again."""


class Missing(Http404):
    """
    A row that is not there, or no longer.

    :ivar model: what it would be
    :ivar asked: what the address calls it
    """

    def __init__(self, model: type[Model], asked: object) -> None:
        self.model, self.asked = model, str(asked)[:LONGEST]
        kind = model._meta.verbose_name
        super().__init__(f"There is no {kind} “{self.asked}”: the address is mistyped, or it was deleted.")


def found(rows: QuerySet[Row, Any], pk: int) -> Row:
    """:raises Missing: if none of these rows has this key"""
    row: Row | None = rows.filter(pk=pk).first()
    if row is None:
        raise Missing(rows.model, pk)
    return row
