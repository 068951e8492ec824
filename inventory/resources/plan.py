"""
What loading one file would do: the difference to what is there, and what is wrong.

A check reads and writes nothing; what it found is applied whole, in one transaction. A row that cannot be
loaded is a problem, and so is every row of the same thing (order, offer), so that nothing is loaded by half.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol, TypeVar

from django.contrib.auth.models import User
from django.db.models import Model

from inventory.ground import keys
from inventory.ground.plurals import counted
from inventory.ground.tabular import Column, LeftOut, Problems, Record, Sheet, Unreadable
from inventory.ground.tabular.problems import SHOWN_SIGNS, shorten
from inventory.models.folded import with_folded

State = Literal["new", "changed", "unchanged"]
SHOWN_ROWS = 10
SHOWN_CHANGES = 50
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """One value that a row of the file would change, in words."""

    row: int
    field: str
    was: str
    becomes: str

    def __str__(self) -> str:
        """
        >>> str(ChangedValue(2, "unit_price", "9.00", "10.00")), str(ChangedValue(3, "name", "", "Lamp"))
        ('Row 2: unit price 9.00 → 10.00', 'Row 3: name empty → Lamp')
        """
        where = f"Row {self.row}: " if self.row else ""
        return f"{where}{self.field.replace('_', ' ')} {self.was or 'empty'} → {self.becomes or 'empty'}"


@dataclass(slots=True)
class Plan:
    """
    The difference one sheet makes, in things (products, orders), not in rows.

    ``taken`` counts the rows that are in one of these things. ``counts`` replaces the usual figures where a kind has
    its own; ``notes`` are sentences for people;
    ``tables`` (title, heads, rows) say more of what it would do;
    ``shown`` are the first rows for a preview: row number, state, the values read; ``changes`` the first values that
    would change; ``trace`` is a digest of every row, shown or not, and of what stood there before; ``context`` is what
    a kind's ``apply`` wants to remember of its ``check``; ``standing`` names rows that a load in blocks left as they
    are, because something came between.
    """

    sheet: Sheet
    new: list[Any] = field(default_factory=list)
    changed: list[Any] = field(default_factory=list)
    unchanged: int = 0
    taken: int = 0
    problems: Problems = field(default_factory=Problems)
    counts: dict[str, int] = field(default_factory=dict)
    details: dict[str, dict[str, int]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    shown: list[tuple[int, State, dict[str, str]]] = field(default_factory=list)
    changes: list[ChangedValue] = field(default_factory=list)
    moved: int = 0
    trace: Any = field(default_factory=hashlib.sha256, repr=False)
    tables: list[tuple[str, Sequence[str], Sequence[Sequence[str]]]] = field(default_factory=list)
    context: Any = None
    standing: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows of the file below its header, blank ones left out."""
        return self.sheet.rows

    def refuse(self, record: Record, field: str, expected: str) -> None:
        """Say what is wrong with one cell of a row."""
        self.problems.add(record.row, self.sheet.label(field), written(record.values.get(field, "")), expected)

    @property
    def left(self) -> LeftOut:
        """Rows that are no such thing, by reason."""
        return self.sheet.left

    def told_changes(self) -> list[str]:
        """Give the first values that would change as sentences, and how many there are beyond them."""
        told = [str(change) for change in self.changes]
        return [*told, f"… and {self.moved - len(told):,} more."] if self.moved > len(told) else told

    def account(self) -> str:
        """
        Say where every row of the file went; "" for a kind whose own figures say it.

        :raises Unreadable: if one went nowhere: then nothing may be loaded
        """
        refused = len(self.problems.rows)
        if self.rows != self.taken + self.left.total + refused:
            found = self.taken + self.left.total + refused
            raise Unreadable(
                f"{self.sheet.source.name} has {rows_of(self.rows)}, and {found:,} are "
                "accounted for. This is a fault of ours; nothing was loaded."
            )
        if self.counts:
            return ""
        return f"{rows_of(self.rows)} = {self.taken:,} taken + {self.left.total:,} left out + {refused:,} refused."

    def add(
        self, state: State, record: Record, item: Any, *, rows: int = 1, was: Mapping[str, Any] | None = None
    ) -> None:
        """
        Take up one thing that the file names, in so many rows.

        :param was: what stands there now, of the fields that change
        """
        self.taken += rows
        if state == "unchanged":
            self.unchanged += 1
        else:
            (self.new if state == "new" else self.changed).append(item)
        self.show(state, record)
        for name, before in (was or {}).items():
            self.change(record.row, name, before, record.values.get(name))

    def change(self, row: int, name: str, before: Any, after: Any) -> None:
        """Note what a value was and becomes; ``row`` 0: of the file as a whole."""
        self.moved += 1
        self.trace.update(repr((row, name, before, after)).encode())
        if len(self.changes) < SHOWN_CHANGES:
            self.changes.append(ChangedValue(row, name, shown(before), shown(after)))

    def show(self, state: State, record: Record) -> None:
        self.trace.update(repr((record.row, state, record.values)).encode())
        if len(self.shown) < SHOWN_ROWS:
            self.shown.append((record.row, state, {name: shown(value) for name, value in record.values.items()}))

    def figures(self) -> dict[str, int]:
        """Give the counts that a report shows, in its order."""
        figures = self.counts or {
            "rows": self.rows,
            "new": len(self.new),
            "changed": len(self.changed),
            "unchanged": self.unchanged,
            "refused": len(self.problems.rows),
        }
        return figures | ({"left_out": self.left.total} if self.left.total else {})


def rows_of(number: int) -> str:
    """
    Count rows.

    >>> rows_of(1), rows_of(1200)
    ('1 row', '1,200 rows')
    """
    return counted(number, "row")


def in_words(figures: Mapping[str, int]) -> str:
    """
    Give the counts of a report in words.

    >>> in_words({"rows": 1, "new": 1, "left_out": 0})
    '1 row, 1 new, 0 left out'
    """
    named = (
        rows_of(number) if name == "rows" else f"{number:,} {name.replace('_', ' ')}"
        for name, number in figures.items()
    )
    return ", ".join(named)


class Apply(Protocol):
    def __call__(
        self, plan: Plan, *, by: User | None, at: datetime, progress: Callable[[int, int], object] | None = None
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Blocks:
    """
    How a big file of a kind is written in blocks, each in a transaction of its own, so that others go on meanwhile.

    ``lay_out`` gives the rows of each block as JSON keeps them; ``write`` writes one, and says which stay as they are.
    """

    lay_out: Callable[..., Iterator[list[Any]]]
    write: Callable[..., list[str]]


@dataclass(frozen=True, slots=True)
class Resource:
    """
    One kind of file. ``check`` reads, ``apply`` writes inside the caller's transaction.

    ``fill`` are fields that a row leaves to the row above, if it is of the same thing; the first names the thing.
    ``takes`` are outcomes of a layout whose rows are taken too; ``options`` what ``check`` asks a person beside the
    file; ``foresee`` adds to a plan what it would mean to people who are here already; ``blocks``:
    a big file need not be written in one transaction.
    """

    kind: str
    about: str
    columns: tuple[Column, ...]
    check: Callable[..., Plan]
    apply: Apply
    fill: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    foresee: Callable[..., None] | None = None
    blocks: Blocks | None = None


def shown(value: Any) -> str:
    """Give a value as a preview shows it, as much of it as a person reads."""
    return shorten(written(value), SHOWN_SIGNS)


def written(value: Any) -> str:
    """Give a value in words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def unique(plan: Plan, *names: str) -> Iterator[Record]:
    """Give the rows whose key comes for the first time; any later one is a problem. Keys differ in more than case."""
    seen: dict[tuple[str, ...], int] = {}
    for record in plan.sheet.records(plan.problems):
        key = tuple(keys.key(str(record.values.get(name, ""))) for name in names)
        first = seen.setdefault(key, record.row)
        if first == record.row:
            yield record
        else:
            plan.refuse(record, names[0], f"each only once; row {first} has it already")


def compare(plan: Plan, records: Iterable[Record], found: Mapping[str, M], model: type[M], key: str) -> None:
    """Set each row beside the object of its key: new, changed, or as it is. An empty cell changes nothing."""
    for record in records:
        existing = found.get(keys.key(str(record.values[key])))
        if existing is None:
            plan.add("new", record, model(**record.values))
            continue
        changes = {
            name: value for name, value in record.values.items() if name != key and getattr(existing, name) != value
        }
        was = {name: getattr(existing, name) for name in changes}
        for name, value in changes.items():
            setattr(existing, name, value)
        plan.add("changed" if changes else "unchanged", record, existing, was=was)


def upsert(model: type[M], items: Iterable[M], *, key: str, fields: Iterable[str]) -> None:
    """Write new and changed objects by their key, in a constant number of statements per thousand."""
    fresh = list(items)
    for item in fresh:
        item.pk = None
    if fresh:
        changing = with_folded(model, fields)
        model._default_manager.bulk_create(
            fresh, batch_size=1000, update_conflicts=True, unique_fields=[key], update_fields=changing
        )
