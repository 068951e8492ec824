"""What a list says of each of its rows: whose turn it is, and the note that stands first. Writes nothing."""

from collections.abc import Collection
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, F, Model, OuterRef, QuerySet, Subquery, Value, Window
from django.db.models.functions import Coalesce, NullIf, RowNumber

from inventory.models import Assignment, Note

from . import hanging

FIRST = (F("is_pinned").desc(), F("pk").desc())
"""Which note of a row stands first."""


class Glance(NamedTuple):
    """``owner``: who has it now; ``note``: the pinned one, else the newest. Empty where there is none."""

    owner: str = ""
    note: str = ""


def of(model: type[Model], ids: Collection[int]) -> dict[int, Glance]:
    """Read it for rows of one model, in two statements; rows that have neither are not among them."""
    here = hanging.on(hanging.keys(model, ids))
    found: dict[int, Glance] = {}
    for each in Assignment.objects.filter(here, ended_at=None).select_related("person", "role"):
        person = each.person
        name = each.role.name if each.role else person.get_short_name() or person.get_username() if person else ""
        found[each.object_id] = Glance(owner=name)
    rank = Window(RowNumber(), partition_by=F("object_id"), order_by=list(FIRST))
    first = Note.objects.filter(here, removed_at=None).annotate(rank=rank).filter(rank=1)
    for object_id, text in first.values_list("object_id", "text"):
        found[object_id] = found.get(object_id, Glance())._replace(note=text)
    return found


def owner(model: type[Model]) -> Coalesce:
    """Whose turn it is with each row of a query, beside its columns; "" where it is nobody's."""
    names = (NullIf(F(name), Value("")) for name in ("role__name", "person__first_name", "person__username"))
    return _first(Assignment.objects.filter(ended_at=None).values(said=Coalesce(*names)), model)


def note(model: type[Model]) -> Coalesce:
    """The note of each row of a query that stands first, beside its columns; "" where there is none."""
    return _first(Note.objects.filter(removed_at=None).order_by(*FIRST).values(said=F("text")), model)


def _first(rows: QuerySet[Any, Any], model: type[Model]) -> Coalesce:
    here = rows.filter(content_type=ContentType.objects.get_for_model(model), object_id=OuterRef("pk"))
    return Coalesce(Subquery(here[:1], output_field=CharField()), Value(""))
