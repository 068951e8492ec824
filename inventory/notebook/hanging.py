"""What a note, an assignment and an alert hang on: a row of any model, by its kind and its number. Writes nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q

from inventory.ground.sql import bulk


class RowKey(NamedTuple):
    """Which row of which model; that of a proxy is the row itself."""

    content_type_id: int
    object_id: int


def key(row: Model) -> RowKey:
    return RowKey(ContentType.objects.get_for_model(row).pk, row.pk)


def keys(model: type[Model], ids: Iterable[int]) -> list[RowKey]:
    """Name rows of one model by their primary keys."""
    content_type_id = ContentType.objects.get_for_model(model).pk
    return [RowKey(content_type_id, pk) for pk in ids]


def on(rows: Collection[RowKey], way: str = "") -> Q:
    """
    Say of notes, assignments or alerts that they hang on one of these rows.

    :param way: how a row of another table leads to the note, such as "note__"
    """
    ids: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        ids[row.content_type_id].add(row.object_id)
    found = Q(pk__in=())
    for content_type_id, own in ids.items():
        found |= Q((f"{way}content_type", content_type_id), (f"{way}object_id__in", bulk.among(own)))
    return found
