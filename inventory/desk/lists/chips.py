"""What a list is narrowed by, each as a chip: in words, with the same address without it. Asks the database nothing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR
from django.utils.text import Truncator, capfirst

from . import choosing, comparing
from .comparing import SIGNS
from .views import PLAIN

TABS = "admin/tabs.html"
"""A filter that is asked by tabs is always one of them: none is a narrowing to take away."""


@dataclass(frozen=True, slots=True)
class FilterChip:
    """
    One narrowing of a list.

    :ivar names: the parameters that ask for it
    :ivar url: the same list without it
    """

    label: str
    words: str
    names: tuple[str, ...]
    url: str = ""

    def __str__(self) -> str:
        return f"{self.label}: {self.words}"


@dataclass(frozen=True, slots=True)
class FilterChips:
    """``clear_url``: the list without any of them, where they are several."""

    chips: list[FilterChip]
    clear_url: str

    @property
    def narrowing(self) -> list[FilterChip]:
        """Those that leave rows out."""
        return [chip for chip in self.chips if chip.names != (ORDER_VAR,)]

    def __str__(self) -> str:
        *most, last = [f"“{chip}”" for chip in self.narrowing] or [""]
        return f"{', '.join(most)} and {last}" if most else last


def of(found: Any) -> FilterChips:
    """Give the chips of a list, its search first; an order by columns that are not shown is one, too."""
    return linked(found, [*searched(found.query), *_narrowed(found), *_ordered(found)])


def searched(term: str) -> Iterator[FilterChip]:
    if term.strip():
        yield FilterChip("Search", Truncator(term.strip()).chars(SIGNS), (SEARCH_VAR,))


def linked(found: Any, chips: Iterable[FilterChip]) -> FilterChips:
    """Give each chip the address of the list without it, first page; the columns and the order stay."""
    known = list(chips)
    every = [name for chip in known for name in chip.names]
    linked = [FilterChip(chip.label, chip.words, chip.names, without(found, chip.names)) for chip in known]
    return FilterChips(linked, without(found, every) if len(known) > 1 else "")


def without(found: Any, names: Iterable[str]) -> str:
    """Give the address of a list without these parameters, by their exact names."""
    return address(found.filter_params, {}, names)


def address(asked: Mapping[str, Any], more: Mapping[str, Any], gone: Iterable[str]) -> str:
    """
    Give an address of a list: what is asked of it, with more, and without some.

    Django's own takes away all that begins with one of the names ("is" took "is_open" along), which is meant of
    "placed_at__" alone; and where nothing is left it gives "?", with which a list opens with a view.

    >>> address({"is": ["open"], "is_late": ["1"], "at__gte": ["3"]}, {"q": "a"}, ["is", "at__"])
    '?is_late=1&q=a'
    >>> address({"is": ["open"]}, {"is": None}, [])
    '?p=1'
    """
    names = tuple(gone)
    kept = {name: values for name, values in asked.items() if name not in names and not name.startswith(_all_of(names))}
    rest = sorted((name, value) for name, value in (kept | dict(more)).items() if value is not None)
    return f"?{urlencode(rest, doseq=True)}" if rest else PLAIN


def _all_of(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name.endswith("__"))


def _ordered(found: Any) -> Iterator[FilterChip]:
    known = found.list_display
    names = [known[place] for place in found.get_ordering_field_columns() if place < len(known)]
    hidden = [choosing.label(found, name) for name in names if choosing.called(name) not in found.asked_columns.shown]
    if hidden and ORDER_VAR in found.params:
        yield FilterChip("Sorted by", ", ".join(hidden), (ORDER_VAR,))


def _narrowed(found: Any) -> Iterator[FilterChip]:
    asked = {name: [value for value in values if value] for name, values in found.get_filters_params().items()}
    for spec in found.filter_specs:
        names = tuple(name for name in spec.expected_parameters() if asked.get(name))
        if getattr(spec, "template", "") == TABS:
            words = ""
        else:
            words = " or ".join(str(each["display"]) for each in spec.choices(found) if each.get("selected"))
            if not names or not words:
                continue
        for name in names:
            del asked[name]
        if words:
            yield FilterChip(capfirst(str(spec.title)), words, names)
    rows = list(found.result_list) if asked else []
    for name, values in asked.items():
        if values:
            yield FilterChip(*comparing.said(found.model, name, values, rows), (name,))
