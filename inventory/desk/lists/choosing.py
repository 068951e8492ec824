"""Which columns of a list are shown: those that its address names, and always those without which a row is nobody."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import label_for_field
from django.http import QueryDict
from django.utils.text import Truncator, capfirst

COLS = "cols"
"""What an address calls it: the names of columns with commas between them."""
BOX = "action_checkbox"
MOST_SAID, SIGNS = 3, 30
"""Of unknown columns, and of each, what is said again."""


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """``is_fixed``: it is shown whatever is chosen."""

    name: str
    label: str
    is_fixed: bool
    is_shown: bool


@dataclass(frozen=True, slots=True)
class ShownColumns:
    """
    The columns of a list in its own order.

    :ivar unknown: in words, what the address asks for and the list has not; "" if it has all
    :ivar is_chosen: whether the address chooses at all
    """

    columns: Sequence[ShownColumn]
    unknown: str
    is_chosen: bool

    @property
    def shown(self) -> set[str]:
        return {column.name for column in self.columns if column.is_shown}


def choose(asked: str, labels: Iterable[tuple[str, str]], fixed: Collection[str]) -> ShownColumns:
    """
    Choose among columns, given as names and labels, by what an address asks for.

    >>> found = choose("price,color", [("sku", "SKU"), ("name", "Name"), ("price", "Price")], {"sku"})
    >>> sorted(found.shown), found.unknown
    (['price', 'sku'], 'This list has no column “color”: it is left out.')
    """
    known = list(labels)
    wanted = [name for name in asked.split(",") if name]
    strange = [name for name in dict.fromkeys(wanted) if name not in dict(known)]
    is_chosen = len(strange) < len(set(wanted)) and not set(dict(known)) <= set(wanted)
    columns = [
        ShownColumn(name, label, name in fixed, not is_chosen or name in fixed or name in wanted)
        for name, label in known
    ]
    return ShownColumns(columns, _unknown(strange), is_chosen)


def of(found: Any) -> ShownColumns:
    """Choose among the columns of a list of the admin: its first, what leads to a row, and fields stay."""
    names = [name for name in found.list_display if name != BOX]
    links = found.list_display_links or ()
    fixed = {called(name) for name in (*names[:1], *links, *found.list_editable)}
    return choose(found.params.get(COLS, ""), [(called(name), label(found, name)) for name in names], fixed)


def label(found: Any, name: Any) -> str:
    """The heading of a column."""
    return capfirst(str(label_for_field(name, found.model, found.model_admin)))


def called(column: Any) -> str:
    """
    Give what an address calls a column, which is a name or what shows it.

    >>> called("sku"), called(len)
    ('sku', 'len')
    """
    return column if isinstance(column, str) else str(getattr(column, "__name__", column))


def joined(address: QueryDict) -> str:
    """
    Give an address whose columns came one by one, as a form sends them, as one of few words; "" if it is one already.

    >>> joined(QueryDict("q=lamp&p=2&cols=sku&cols=price")), joined(QueryDict("cols=sku"))
    ('q=lamp&cols=sku%2Cprice', '')
    """
    named = address.getlist(COLS)
    if len(named) < 2:
        return ""
    rest = address.copy()
    rest.pop("p", None)
    rest[COLS] = ",".join(dict.fromkeys(filter(None, named)))
    return rest.urlencode()


def _unknown(names: Sequence[str]) -> str:
    if not names:
        return ""
    said = ", ".join(f"“{Truncator(name).chars(SIGNS)}”" for name in names[:MOST_SAID])
    more = f" and {len(names) - MOST_SAID:,} more" if len(names) > MOST_SAID else ""
    if len(names) == 1:
        return f"This list has no column {said}: it is left out."
    return f"This list has no columns {said}{more}: they are left out."
