"""
Rows that are found by any part of their names: ``folded`` stands beside what people typed
(``inventory.ground.folding``).

Every write of a row writes it in the same statement. A row where it is empty is from before there was a search:
``fill`` writes those, in blocks, in a migration and every night.
"""

from collections.abc import Iterable
from functools import reduce
from operator import and_, or_
from typing import Any, ClassVar, Self, TypeVar

from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Length

from inventory.ground import folding
from inventory.ground.sql import bulk, trigrams

Rows = TypeVar("Rows", bound=models.QuerySet[Any])
BLOCK = 500
NOTHING = Q(pk__in=())
MOST = 1_000
"""Rows from which on they are many: they are asked for within the question, not listed in it."""


class FoldedField(models.TextField):  # type: ignore[type-arg]
    """What a row is found by. A plain column to migrations, which never write it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"null": True, "blank": True, "editable": False, **kwargs})

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    def pre_save(self, model_instance: Any, add: bool) -> str:
        model_instance.folded = model_instance.own_folded()
        found: str = model_instance.folded
        return found


def like(piece: str) -> str:
    """Write a piece of one form for LIKE."""
    return f"%{piece}%"


def match(piece: str) -> str:
    """Write a piece for FTS5."""
    return " OR ".join(f'"{form}"' for form in piece.split(folding.OR))


@FoldedField.register_lookup
class Part(models.Lookup):
    """
    ``folded__part="6977"``: it is somewhere inside, in one of its forms.

    A form holds letters, digits and blanks, nothing that LIKE, a pattern or FTS5 would read.
    """

    lookup_name = "part"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        lhs, params = self.process_lhs(compiler, connection)
        if folding.OR in self.rhs:
            sign = "REGEXP" if connection.vendor == "sqlite" else "~"
            return f"{lhs} {sign} %s", [*params, self.rhs]
        return f"{lhs} LIKE %s", [*params, like(self.rhs)]

    def as_sqlite(self, compiler: Any, connection: Any) -> Any:
        if len(self.rhs) < folding.PART or not trigrams.has_fts():
            return self.as_sql(compiler, connection)
        alias, model = self.lhs.alias, self.lhs.target.model
        index = trigrams.table(model)
        return f'"{alias}"."id" IN (SELECT rowid FROM {index} WHERE folded MATCH %s)', [match(self.rhs)]


class Folded(models.Model):
    """
    A row that is found by any part of these columns. A subclass has ``folded = FoldedField()``.

    :cvar PIECES: columns that are written in one piece: numbers, addresses, phones
    :cvar WORDS: columns of words, found in any order
    """

    PIECES: ClassVar[tuple[str, ...]] = ()
    WORDS: ClassVar[tuple[str, ...]] = ()
    folded: str | None

    class Meta:
        abstract = True

    def save(self, *, update_fields: Any = None, **kwargs: Any) -> None:
        super().save(update_fields=with_folded(type(self), update_fields), **kwargs)

    def own_folded(self) -> str:
        """Give what the row is found by now."""
        pieces, words = ([getattr(self, name) or "" for name in names] for names in (self.PIECES, self.WORDS))
        return folding.folded(pieces=pieces, words=words)

    @classmethod
    def found_by(cls, text: str) -> Q:
        """Ask for the rows that a text means; nothing means none."""
        return cls.holding_all(folding.asked(text))

    @classmethod
    def holding_all(cls, asked: folding.Asked) -> Q:
        """Ask for the rows that hold all pieces of one of these."""
        ways = [reduce(and_, (cls.holding_one(piece) for piece in pieces)) for pieces in asked]
        return reduce(or_, ways) if ways else NOTHING

    @classmethod
    def holding_one(cls, piece: str, *, path: str = "") -> Q:
        """Ask for the rows that hold a piece, or lead by ``path`` to one that does; a number has one form."""
        return Q(**{f"{path}folded__part": piece if cls.WORDS else folding.as_typed(piece)})

    @classmethod
    def widely(cls, text: str) -> Q:
        """Ask for more rows that a text may mean, spelled otherwise or parted in two; for who found nothing."""
        pieces = folding.widely(text)
        return cls.holding_all([pieces]) if pieces and cls.WORDS else NOTHING

    @classmethod
    def exactly(cls, text: str) -> Q | None:
        """Ask for the one row that has this number, if rows of this kind are known by one."""
        return None

    @classmethod
    def meant_by(cls, text: str) -> Q:
        """Ask for what a list shows: of a whole number its row alone, else all that hold the pieces."""
        exact = cls.exactly(text)
        return exact if exact and cls._default_manager.filter(exact).exists() else cls.found_by(text)

    @classmethod
    def among(cls, text: str) -> list[int] | models.QuerySet[Any]:
        """Give the rows that a text means, to ask a longer table for what is theirs: by a list, if they are few."""
        rows = cls._default_manager.filter(cls.meant_by(text)).order_by()
        found = list(rows.values_list("pk", flat=True)[:MOST])
        return found if len(found) < MOST else rows.values("pk")

    @classmethod
    def all_tables(cls) -> list[type[Self]]:
        """List the tables of this kind."""
        return [each for each in _below(cls) if not each._meta.abstract and not each._meta.proxy]


def meant(text: str, **tables: type[Folded]) -> Q:
    """Ask for the rows that lead to what a text means: by each path to a table, in which something is meant."""
    found = ((path, table.among(text)) for path, table in tables.items())
    ways = [Q(**{f"{path}__in": rows}) for path, rows in found if isinstance(rows, models.QuerySet) or rows]
    return reduce(or_, ways) if ways else NOTHING


def newest(rows: models.QuerySet[Any], asked: Q, most: int) -> models.QuerySet[Any, Any]:
    """Give the primary keys of the newest rows that are asked for, at most so many."""
    # PostgreSQL guesses that one row of three has any sign. All have: so it takes the newest that fit for three times
    # as far apart, and looks the middling many up in the index, rather than walk past 30,000 others to the newest.
    found: models.QuerySet[Any, Any] = rows.alias(signs=Length("folded")).filter(asked, signs__gt=0).order_by("-pk")
    return found.values("pk")[:most]


def narrowed(rows: Rows, asked: Q) -> Rows:
    """Narrow rows to those meant in one way or another: each way is asked by itself, so that an index answers it."""
    if asked.connector != Q.OR or len(asked.children) < 2:
        return rows.filter(asked)
    everything = rows.model._base_manager.order_by()
    first, *rest = (everything.filter(Q(way)).values("pk") for way in asked.children)
    return rows.filter(pk__in=first.union(*rest))


def holding(rows: type[models.Model], text: str, *, to: str, **tables: type[Folded]) -> Q:
    """Ask for what ``rows`` lead ``to``, if one of them leads to what a text means."""
    there = meant(text, **tables)
    found = rows._default_manager.filter(there)
    return Q(pk__in=found.values(to)) if there != NOTHING else NOTHING


def with_folded(model: type[models.Model], fields: Iterable[str] | None) -> list[str] | None:
    """Add the folded column to the columns that are written, if it comes of one of them."""
    if fields is None:
        return None
    names = list(fields)
    is_folded = issubclass(model, Folded) and {*names} & {*model.PIECES, *model.WORDS}
    return [*names, "folded"] if is_folded else names


def fill(model: type[models.Model], *, pieces: tuple[str, ...] = (), words: tuple[str, ...] = ()) -> int:
    """
    Write what is missing, oldest rows first; commits by block, and may be run again at any time.

    :returns: rows that are found by their parts from now on
    """
    count = last = 0
    while block := _fill(model, last, pieces, words):
        count += len(block)
        last = block[-1]
    return count


@transaction.atomic
def _fill(model: type[models.Model], last: int, pieces: tuple[str, ...], words: tuple[str, ...]) -> list[int]:
    missing = model._default_manager.filter(folded=None, pk__gt=last).order_by("pk")
    # in the order in which everybody locks
    rows = missing.select_for_update(no_key=True).values_list("pk", *pieces, *words)[:BLOCK]
    many = len(pieces)
    written = [
        (pk, folding.folded(pieces=(text or "" for text in texts[:many]), words=(text or "" for text in texts[many:])))
        for pk, *texts in rows
    ]
    columns = {"id": "bigint", "folded": "text"}
    bulk.update(model._meta.db_table, columns, written, "folded = staged.folded", "target.id = staged.id")
    return [pk for pk, _ in written]


def fill_all() -> int:
    """Write what is missing in each table: rows that a program from before there was a search wrote."""
    return sum(fill(table, pieces=table.PIECES, words=table.WORDS) for table in Folded.all_tables())


def _below(cls: Any) -> Iterable[Any]:
    for each in cls.__subclasses__():
        yield each
        yield from _below(each)
