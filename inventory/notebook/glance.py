"""What a list says of each of its rows: whose turn it is, and the note that stands first. Writes nothing."""

from collections.abc import Collection
from typing import NamedTuple

from django.db.models import F, Model, Window
from django.db.models.functions import RowNumber

from inventory.models import Assignment, Note

from . import hanging


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
    order = [F("is_pinned").desc(), F("pk").desc()]
    rank = Window(RowNumber(), partition_by=F("object_id"), order_by=order)
    first = Note.objects.filter(here, removed_at=None).annotate(rank=rank).filter(rank=1)
    for object_id, text in first.values_list("object_id", "text"):
        found[object_id] = found.get(object_id, Glance())._replace(note=text)
    return found
