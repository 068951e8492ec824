"""What a look at a file found (``previews``), as tables of a page."""

from typing import Any

from inventory.desk.tables import Table, chip

from .forms import in_words

TONES = {"new": "green", "changed": "blue", "unchanged": "gray"}


def skippable(found: dict[str, Any]) -> int:
    """Rows that are wrong, if there are others too."""
    bad = int(found.get("bad", 0))
    return bad if bad < found.get("rows", 0) else 0


def may_load(found: dict[str, Any]) -> bool:
    """Say whether any of it can be loaded."""
    return bool(found.get("rows")) and (not found["problems_in_all"] or bool(skippable(found)))


def tables(found: dict[str, Any]) -> list[Table]:
    """Give what is wrong, what is left out, what changes, and the first rows."""
    tables = []
    if rows := found["problems"]:
        note = _beyond(rows, found["problems_in_all"])
        tables.append(Table("What is wrong", ["Row", "Column", "Value", "Expected"], rows, note=note, numbers=["Row"]))
    if found["left"]:
        tables.append(Table("Left out by name", ["Rows"], [[line] for line in found["left"]]))
    for title, heads, rows, total in found.get("tables", ()):
        tables.append(Table(title, heads, rows, note=_beyond(rows, total)))
    for heading, numbers in found["details"]:
        tables.append(Table(in_words(heading), ["What", "How many"], numbers, empty="None.", numbers=["How many"]))
    if found["changes"]:
        rows = [[row or "", in_words(field), was, becomes] for row, field, was, becomes in found["changes"]]
        note = _beyond(rows, found["changes_in_all"])
        tables.append(Table("What changes", ["Row", "What", "Is", "Becomes"], rows, note=note, numbers=["Row"]))
    rows = [[row, chip(state, TONES[state]), *cells] for row, state, cells in found["shown"]]
    heads = ["Row", "What it is", *map(in_words, found["names"])]
    tables.append(Table("The first rows", heads, rows, empty="No row can be loaded.", numbers=["Row"]))
    return tables


def _beyond(rows: list[Any], total: int) -> str:
    return f"{total:,} in all; the first {len(rows)} are shown." if total > len(rows) else ""
