"""
A file's rows below its header, laid out for a sheet: what a layout joins, cuts, repeats and leaves out.

Rows that belong to the row above (an order's further lines, cells that were merged) are filled from it; totals,
footers and a header that comes again are left out, each by name.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from inventory.ground import keys
from inventory.ground.tabular.opening.files import Source

from . import no_rows
from .header import MissingColumns, normalized
from .layout import OPEN, TAKEN, Items, Layout, Rule
from .problems import LeftOut
from .values import signs

_Row = tuple[int, Sequence[str]]
STATUS = "status"
"""The field that says what became of a row that a kind takes although it is not open."""


class Arranged:
    """
    The rows of one source below its header. ``headers`` has columns of its own after those of the file, for what a
    layout makes; ``fields`` gives the place of each field that the layout names.
    """

    def __init__(
        self,
        source: Source,
        header_row: int,
        headers: list[str],
        *,
        layout: Layout | None = None,
        kind: str = "",
        takes: Collection[str] = (),
        is_known: Callable[[str], bool],
    ) -> None:
        self.source = source
        self.header_row = header_row
        self.header = tuple(headers)
        self._names = tuple(map(normalized, headers))
        self.width = len(headers)
        self.headers = list(headers)
        self.layout = layout
        self.fields: dict[str, int] = {}
        self.fill: tuple[int, ...] = ()
        self.key = 0
        self.texts: frozenset[int] = frozenset()
        self._made: list[tuple[str, tuple[int, ...], str]] = []
        self._items: dict[str, int] = {}
        self._item_columns: list[int] = []
        self._rules: list[tuple[Rule, int, int, int]] = []
        self._carried: tuple[int, ...] = ()
        self._takes = takes
        self._is_known = is_known
        if layout:
            self._lay(layout, kind)

    def settle(self, fill: Sequence[int], key: int, texts: Sequence[int]) -> None:
        """
        Say how rows hang together, once the fields have their places.

        :param fill: columns that a row leaves to the row above; the first of them names the thing
        :param key: the column that no row of the table leaves empty
        :param texts: columns whose merged cells all mean what the first says; numbers do not
        """
        self.fill = tuple(self._raw(place) for place in fill)
        self.key = self._raw(key)
        self.texts = frozenset(texts)

    def _raw(self, place: int) -> int:
        """Give the column of the file that a column of our own is made of."""
        if place < self.width:
            return place
        made = dict(enumerate((columns for _, columns, _ in self._made), start=self.width)).get(place)
        columns = made if made is not None else tuple(self._item_columns)
        return columns[0] if columns else 0

    def rows(self, left: LeftOut) -> Iterator[_Row]:
        """Give the rows in the file's order; those that are no such thing are told to ``left``."""
        above: Sequence[str] = ()
        merged = self.source.marks.merged
        blanks = self.layout.blanks if self.layout else ()
        for number, written in self.source:
            if number <= self.header_row:
                continue
            if reason := self._no_row(written, above):
                left.add(number, reason)
                continue
            cells = self._unmerged(number, written, above) if merged else written
            if blanks:
                cells = ["" if cell.strip() in blanks else cell for cell in cells]
            if self.fill and (self._carried or any(at >= len(cells) or not cells[at].strip() for at in self.fill)):
                cells = self._filled(cells, above)
            above = cells
            if not self.layout:
                yield number, cells
                continue
            reason, outcome = self._ruled(cells)
            if reason:
                left.add(number, reason)
            else:
                yield from ((number, laid) for laid in self._laid(cells, outcome))

    def _lay(self, layout: Layout, kind: str) -> None:
        for field, options in layout.columns.items():
            found = next((place for option in options if (place := self._place(option)) >= 0), -1)
            if found >= 0:
                self.fields[field] = found
                self._once(found)
        for field, columns in layout.joined.items():
            found_places = tuple(self._place(column) for column in columns)
            if field not in self.fields and min(found_places) >= 0:
                self._make(field, " + ".join(columns), found_places, "")
        for field, pattern in layout.cut.items():
            if field in self.fields:
                self._make(field, self.header[self.fields[field]], (self.fields[field],), pattern)
        for field, value in layout.fixed.items():
            if field not in self.fields:
                self._make(field, f"{field} ({value})", (), value)
        self._rules = [
            (rule, self._place(rule.column), self._place(rule.unless), self._place(rule.names))
            for rule in layout.rules
            if self._place(rule.column) >= 0 and (not rule.kinds or kind in rule.kinds)
        ]
        self._carried = tuple(place for column in layout.carried if (place := self._place(column)) >= 0)
        self._lay_lines(layout)

    def _lay_lines(self, layout: Layout) -> None:
        if layout.rules:
            self.fields[STATUS] = len(self.headers)
            self.headers.append(STATUS)
        if layout.items:
            self._lay_items(layout.items)

    def _lay_items(self, items: Items) -> None:
        pattern = re.compile(items.columns, re.IGNORECASE)
        self._item_columns = [at for at, header in enumerate(self.header) if pattern.fullmatch(header.strip())]
        for part, field in items.parts.items():
            self._items[field] = self.fields[field] = len(self.headers)
            self.headers.append(f"{part} of an item")

    def _once(self, place: int) -> None:
        """Refuse a column that is there twice: nobody can say which is meant."""
        twice = [at for at, found in enumerate(self.header) if normalized(found) == normalized(self.header[place])]
        if len(twice) > 1:
            raise MissingColumns(f"{self.source.name} has {len(twice)} columns “{self.header[place]}”. Keep one.")

    def _place(self, header: str) -> int:
        """Give the place of a column of the file, or -1."""
        wanted = normalized(header)
        return next((place for place, found in enumerate(self.header) if found and normalized(found) == wanted), -1)

    def watched(self) -> set[int]:
        """Give the columns of the file, beside those of its fields, that say what becomes of a row."""
        made = {place for _, columns, _ in self._made for place in columns}
        return {*made, *self._item_columns, *self._carried, *(rule_place for _, rule_place, _, _ in self._rules)}

    def _make(self, field: str, label: str, columns: tuple[int, ...], pattern: str) -> None:
        self._made.append((field, columns, pattern))
        self.fields[field] = len(self.headers)
        self.headers.append(label)

    def _no_row(self, cells: Sequence[str], above: Sequence[str]) -> str:
        """Say why a row of the file is none of the table; "" if it is one."""
        key = cells[self.key].strip() if self.key < len(cells) else ""
        if reason := no_rows.reason(cells, key, above, is_known=self._is_known):
            return reason
        if self._is_header(cells):
            return "the header again"
        if self.layout and self.layout.footers:
            row = " ".join(cell.strip() for cell in cells if cell.strip())
            if any(re.fullmatch(footer, row, re.IGNORECASE) for footer in self.layout.footers):
                return f"a footer (“{row[:60]}”)"
        return ""

    def _is_header(self, cells: Sequence[str]) -> bool:
        """Say if a row is the header again, in any case and with any blanks, as where files were put together."""
        at = min(len(cells), self.width) - 1
        for cell, name in ((cells[0], self._names[0]), (cells[at], self._names[at])):
            sign = cell[:1]  # nearly every row is told from the header by one sign
            if sign.isalnum() and sign not in name[:1] + name[:1].upper() and sign.isascii():
                return False
        return (
            normalized(cells[0]) == self._names[0]
            and tuple(map(normalized, cells[: self.width])) == self._names
            and not any(cell.strip() for cell in cells[self.width :])
        )

    def _unmerged(self, number: int, cells: Sequence[str], above: Sequence[str]) -> Sequence[str]:
        merged = self.source.marks.merged
        taken = [at for at in self.texts if (number, at) in merged and merged[number, at][0] > self.header_row]
        if not taken:
            return cells
        full = [*cells, *[""] * (self.width - len(cells))]
        for at in taken:
            if merged[number, at][1] == at and at < len(above) and not full[at].strip():
                full[at] = above[at]
        return full

    def _filled(self, cells: Sequence[str], above: Sequence[str]) -> Sequence[str]:
        """Fill what a further row of the same thing leaves to its first; one that names another thing is left alone."""
        full = [*cells, *[""] * (self.width - len(cells))]
        if not above:
            return full
        upper = [*above, *[""] * (self.width - len(above))]
        name = full[self.fill[0]].strip()
        is_further = full[self.key].strip() and not any(full[at].strip() for at in self.fill[1:])
        is_named_again = bool(name) and _is_same(name, upper[self.fill[0]].strip())
        if is_further and (is_named_again or not name):
            wanted = (*self.fill, *self._carried)
        elif is_named_again or not (name or upper[self.fill[0]].strip()):
            wanted = self._carried
        else:
            return full
        for at in wanted:
            full[at] = full[at] if full[at].strip() else upper[at]
        return full

    def _ruled(self, cells: Sequence[str]) -> tuple[str, str]:
        """Say why a row is left out; or, of one that the kind takes, what became of it."""
        reasons: dict[str, str] = {}
        for rule, at, other, name in self._rules:
            if other >= 0 and other < len(cells) and cells[other].strip():
                continue
            if rule.outcome == OPEN:
                continue
            if rule.matches(cells[at] if at < len(cells) else ""):
                told = cells[name].strip()[:60] if 0 <= name < len(cells) else ""
                reasons.setdefault(rule.outcome, rule.reason.replace("{}", told or "no name"))
        outcome = next((taken for taken in TAKEN if taken in reasons and taken in self._takes), "")
        for left, reason in reasons.items():
            # what is not paid and has left all the same is gone; what is no order never was one
            if left not in self._takes and not (outcome and left == "unpaid"):
                return reason, ""
        return "", outcome or self._unknown(cells)

    def _unknown(self, cells: Sequence[str]) -> str:
        """Give a word that a column of states does not know; "" if it knows them all."""
        for opening, at, _, _ in self._rules:
            cell = cells[at].strip() if at < len(cells) else ""
            if cell and opening.outcome == OPEN:
                words = [rule for rule, place, _, _ in self._rules if place == at]
                if not any(rule.matches(cell) for rule in words):
                    return cell
        return ""

    def _laid(self, cells: Sequence[str], outcome: str) -> Iterator[Sequence[str]]:
        base = [*cells[: self.width], *[""] * (self.width - len(cells))]
        for _, columns, pattern in self._made:
            value = " ".join(base[at].strip() for at in columns if base[at].strip()) if columns else pattern
            if columns and pattern:
                found = re.fullmatch(pattern, value)
                value = next((group for group in found.groups() if group is not None), value) if found else value
            base.append(value)
        if STATUS in self.fields:
            base.append(outcome)
        if not (self.layout and self.layout.items):
            # A row that is too wide stays so: it is for the sheet to refuse.
            yield base if len(cells) <= self.width else [*base, *cells[self.width :]]
            return
        items = [item for at in self._item_columns for item in self.layout.items.read(base[at])]
        for item in items or [dict.fromkeys(self._items, "")]:
            yield [*base, *(item.get(field, "") for field in self._items)]


def _is_same(name: str, other: str) -> bool:
    """
    Say if two cells name one thing, whatever marks stand around the name.

    >>> _is_same("#1001", '"#1001"'), _is_same("so-1", "SO-1\\u200b"), _is_same("1001", "1002")
    (True, True, False)
    """
    return name == other or keys.key(signs.bare(signs.plain(name))) == keys.key(signs.bare(signs.plain(other)))
