"""Which column of a file is which field: by its name, by a mapping made by hand, or by a layout."""

from collections.abc import Collection, Mapping, Sequence

from inventory.ground import keys
from inventory.ground.tabular.opening.limits import Unreadable

from .problems import shorten
from .values import signs

_WIDE = {ord(sign): ord(sign) - 0xFEE0 for sign in keys.WIDE} | dict.fromkeys(map(ord, keys.DASHES), "-")
MOST_UNUSED = 10
"""Columns without use that are named."""


class MissingColumns(Unreadable):
    """The header lacks ``field``, or names it twice; it can be mapped by hand. ``row`` looks more like the header."""

    def __init__(self, message: str, field: str = "", row: int = 0) -> None:
        super().__init__(message)
        self.field = field
        self.row = row


def normalized(header: str) -> str:
    """
    Give a column's name as fields are named.

    A sign by which templates mark what must be filled in is none of it, nor the colon behind a label.

    >>> normalized("SKU *"), normalized("Quantity:")
    ('sku', 'quantity')
    >>> normalized(" Unit-Price "), normalized("\\ufeffSKU"), normalized('"S\\u00adKU"'), normalized("ｓｋｕ")
    ('unit_price', 'sku', 'sku', 'sku')
    """
    text = signs.bare(signs.plain(header))
    if not text.isascii():
        text = text.translate(_WIDE)
    text = text.rstrip(" *:") or text
    return "_".join(text.lower().replace("-", " ").replace("_", " ").split())


def is_same(header: str, other: str) -> bool:
    """Say if two names of a column are one."""
    return header == other.strip() or normalized(header) == normalized(other)


def places(
    name: str,
    headers: Sequence[str],
    fields: Sequence[str],
    *,
    mapping: Mapping[str, str],
    laid: Mapping[str, int],
    pairs: Sequence[str] = (),
) -> dict[str, tuple[int, ...]]:
    """
    Give for each field that is found the places of its column; two only for ``pairs``, which a date and a time make.

    :param laid: places that a layout gives; a mapping by hand goes before them
    :raises MissingColumns: if a mapping names what is not there, or a field has two columns
    """
    for header, field in mapping.items():
        if field not in fields:
            raise MissingColumns(
                f"“{field}” is no field of this kind of file. Its fields: {', '.join(sorted(fields))}."
            )
        if not any(is_same(header, found) for found in headers):
            raise MissingColumns(f"{name} has no column “{shorten(header)}”. It has: {listed(headers)}.")
    found: dict[str, tuple[int, ...]] = {}
    for field in fields:
        wanted = [header for header, to in mapping.items() if to == field]
        taken = [header for header, to in mapping.items() if to != field]
        if not wanted and field in laid:
            found[field] = (laid[field],)
            continue
        columns = [
            place
            for place, header in enumerate(headers)
            if (any(is_same(header, want) for want in wanted) if wanted else normalized(header) == field)
            and not any(is_same(header, other) for other in taken)
        ]
        if len(columns) > 1 and not (field in pairs and len(wanted) == len(columns) == 2):
            raise MissingColumns(
                f"{name} has {len(columns)} columns for “{field}”: "
                f"{', '.join(f'“{shorten(headers[place])}”' for place in columns)}. Keep one."
            )
        if columns:
            found[field] = tuple(columns)
    return found


def unused(headers: Sequence[str], used: Collection[int]) -> list[str]:
    """
    Say which columns are not used, those first that are called like one that is, as "On hand (new)" beside another.

    >>> unused(["SKU", "Note", "On hand (current)", "On hand (new)"], {0, 2})
    ['Not used: “On hand (new)”, “Note”.']
    >>> unused(["SKU", ""], {0})
    []
    """
    alike = {_stem(headers[place]) for place in used if place < len(headers)}
    rest = [header for place, header in enumerate(headers) if header and place not in used]
    rest.sort(key=lambda header: _stem(header) not in alike)
    shown = ", ".join(f"“{shorten(header)}”" for header in rest[:MOST_UNUSED])
    more = len(rest) - MOST_UNUSED
    return [f"Not used: {shown}{f' and {more:,} more columns' if more > 0 else ''}."] if rest else []


def _stem(header: str) -> str:
    return normalized(header.partition("(")[0])


def listed(headers: Sequence[str]) -> str:
    """Name the columns there are."""
    shown = ", ".join(shorten(header) or "(no name)" for header in headers[:30])
    return shown + (", …" if len(headers) > 30 else "")


def told(cells: Sequence[str]) -> list[str]:
    """Give a row's cells as names of columns, without the empty ones at its end."""
    headers = [cell.strip() if cell.isascii() else keys.clean(cell) for cell in cells]
    while headers and not headers[-1]:
        headers.pop()
    return headers
