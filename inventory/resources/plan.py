"""
What loading one file would do: the difference to what is there, and what is wrong.

A check reads and writes nothing; what it found is applied whole, in one transaction. A row that cannot be
loaded is a problem, and so is every row of the same thing (order, offer), so that nothing is loaded by half.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol, TypeVar

from django.contrib.auth.models import User
from django.db.models import Model

from inventory import keys
from inventory.tabular import Column, LeftOut, Problems, Record, Sheet, Unreadable
from inventory.tabular.problems import SHOWN_SIGNS, shorten

State = Literal["new", "changed", "unchanged"]
SHOWN_ROWS = 10
M = TypeVar("M", bound=Model)


@dataclass(slots=True)
class Plan:
    """
    The difference one sheet makes, in things (products, orders), not in rows.

    ``taken`` counts the rows that are in one of these things. ``counts`` replaces the usual figures where a kind has
    its own; ``notes`` are sentences for people;
    ``shown`` are the first rows for a preview: row number, state, the values read; ``context`` is what a
    kind's ``apply`` wants to remember of its ``check``.
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
    context: Any = None

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

    def account(self) -> str:
        """
        Say where every row of the file went; "" for a kind whose own figures say it.

        :raises Unreadable: if one went nowhere: then nothing may be loaded
        """
        refused = len(self.problems.rows)
        if self.rows != self.taken + self.left.total + refused:
            raise Unreadable(
                f"{self.sheet.source.name} has {self.rows:,} rows, and {self.taken + self.left.total + refused:,} are "
                "accounted for. This is a fault of ours; nothing was loaded."
            )
        if self.counts:
            return ""
        return f"{self.rows:,} rows = {self.taken:,} taken + {self.left.total:,} left out + {refused:,} refused."

    def add(self, state: State, record: Record, item: Any, *, rows: int = 1) -> None:
        """Take up one thing that the file names, in so many rows."""
        self.taken += rows
        if state == "unchanged":
            self.unchanged += 1
        else:
            (self.new if state == "new" else self.changed).append(item)
        self.show(state, record)

    def show(self, state: State, record: Record) -> None:
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


class Apply(Protocol):
    def __call__(
        self, plan: Plan, *, by: User | None, at: datetime, progress: Callable[[int, int], object] | None = None
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Resource:
    """
    One kind of file. ``check`` reads, ``apply`` writes inside the caller's transaction.

    ``fill`` are fields that a row leaves to the row above, if it is of the same thing; the first names the thing.
    """

    kind: str
    about: str
    columns: tuple[Column, ...]
    check: Callable[..., Plan]
    apply: Apply
    fill: tuple[str, ...] = ()


def shown(value: Any) -> str:
    """Give a value as a preview shows it, as much of it as a person reads."""
    return shorten(written(value), SHOWN_SIGNS)


def written(value: Any) -> str:
    """Give a value in words."""
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
        for name, value in changes.items():
            setattr(existing, name, value)
        plan.add("changed" if changes else "unchanged", record, existing)


def upsert(model: type[M], items: Iterable[M], *, key: str, fields: Iterable[str]) -> None:
    """Write new and changed objects by their key, in a constant number of statements per thousand."""
    fresh = list(items)
    for item in fresh:
        item.pk = None
    if fresh:
        model._default_manager.bulk_create(
            fresh, batch_size=1000, update_conflicts=True, unique_fields=[key], update_fields=list(fields)
        )
