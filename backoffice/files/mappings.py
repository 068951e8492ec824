"""
Mappings of columns made by hand: kept under the header of the file that loaded with one, and offered with the next.

The only writer of ``ColumnMapping``, with its page in the admin, where one is renamed, corrected or deleted.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import PurePath

from django.contrib.auth.models import User
from django.utils import timezone

from backoffice.models import ColumnMapping
from inventory.ground.tabular import Unreadable
from inventory.ground.tabular.header import normalized

NONE = "none"
"""The name of no mapping: columns are taken by their names."""


def header_key(headers: Sequence[str]) -> str:
    """Give a short name to a header: the same columns in the same order, in any case."""
    return hashlib.sha256("\x1f".join(map(normalized, headers)).encode()).hexdigest()


def find(kind: str, headers: Sequence[str], *, name: str = "") -> ColumnMapping | None:
    """
    Give the mapping that somebody named, else the one that is kept under this header.

    :raises Unreadable: if there is none of this name
    """
    if name == NONE:
        return None
    kept = ColumnMapping.objects.filter(kind=kind).select_related("by")
    if not name:
        return kept.filter(header_key=header_key(headers)).first()
    found = kept.filter(name__iexact=name).first()
    if found is None:
        names = ", ".join(f"“{each}”" for each in kept.order_by("name").values_list("name", flat=True)[:30])
        raise Unreadable(f"There is no mapping “{name}” for files of {kind}. There are: {names or 'none'}.")
    return found


def said(found: ColumnMapping) -> str:
    """Say which mapping is filled in, and since when it is known."""
    day = timezone.localtime(found.used_at).date()
    who = f"{found.by.get_username()} read" if found.by else "There was"
    pairs = ", ".join(f"{column} is {field.replace('_', ' ')}" for column, field in sorted(found.columns.items()))
    return f"{who} a file with these columns on {day:%-d %b %Y}; its mapping “{found.name}” is filled in: {pairs}."


def keep(
    kind: str,
    headers: Sequence[str],
    columns: Mapping[str, str],
    *,
    file_name: str,
    by: User | None,
    at: datetime,
) -> None:
    """Keep the mapping with which a file was loaded, under its header; the newest of a header is the one."""
    if not columns:
        return
    key = header_key(headers)
    there = ColumnMapping.objects.filter(kind=kind, header_key=key)
    if there.update(columns=dict(columns), by=by, used_at=at):
        return
    ColumnMapping.objects.bulk_create(
        [
            ColumnMapping(
                kind=kind,
                name=_free(kind, file_name),
                header_key=key,
                headers=list(headers),
                columns=dict(columns),
                by=by,
                used_at=at,
            )
        ],
        ignore_conflicts=True,  # somebody else was first with the same header, or the name
    )


def _free(kind: str, file_name: str) -> str:
    """Name it after its file, as nobody has named one of this kind."""
    stem = PurePath(file_name).name.partition(".")[0][:60].strip() or kind
    taken = {name.lower() for name in ColumnMapping.objects.filter(kind=kind).values_list("name", flat=True)}
    names = [stem, *(f"{stem} ({number})" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name.lower() not in {*taken, NONE})
