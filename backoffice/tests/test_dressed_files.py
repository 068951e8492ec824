"""A file in which only the dress of its cells changes says the same, or is refused: never something else."""

import csv
import random

import pytest
from django.utils import timezone

from backoffice.files import loading
from inventory.ground import keys
from inventory.ground.tabular import Dates, Problems, Sheet, Source, Unreadable
from inventory.ground.tabular.values.cells import Amount, Whole
from inventory.tests import files

from . import mangling

pytestmark = pytest.mark.django_db
SPELLINGS = 12
INVISIBLE = "\u200b\u00ad\u200e\u2060\ufeff"
CODES = ("product_code", "plain_code", "email", "choice", "boolean")
ORIGINALS = [*mangling.originals(), *mangling.others()]
REFUSED = {
    "h01-history-ean-scientific.csv",
    "h02-history-excel-errors.csv",
    "h03-history-float-sku.csv",
    "h04-german-history.csv",
    "k14-title-rows.csv",
    "k31-open-quote-comma.csv",
    "o14-reference-float.csv",
    "p01-ean-scientific.csv",
    "p02-excel-errors.csv",
}
"""They have damage that no dress mends."""


def table(source):
    return [list(cells) for _, cells in source]


def opened(path, kind):
    source = Source(path)
    file = loading.File(kind, path)
    return Sheet(source, loading.KINDS[kind].columns, loading.reading(file, today=timezone.localdate()))


def said(path, kind):
    """Give what a file says, row by row, and how many rows are none; None if it is refused."""
    try:
        sheet, problems = opened(path, kind), Problems()
        values = [
            {name: keys.key(value) if isinstance(value, str) else value for name, value in record.values.items()}
            for record in sheet.records(problems)
        ]
    except Unreadable:
        return None
    return (
        None
        if problems
        else (values, sum(rows for reason, rows in sheet.left.counts().items() if reason != "the header again"))
    )


def dressed(chance, cell, *, is_number):
    """Write a cell in another way that says the same."""
    if not cell.strip():
        return cell
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    ways = [
        f" {cell}\u00a0",
        f"{chance.choice(INVISIBLE)}{cell}",
        f"{cell}{chance.choice(INVISIBLE)}",
        cell[: len(cell) // 2] + chance.choice(INVISIBLE) + cell[len(cell) // 2 :],
        f"“{cell}”",
        f'"{cell}"',
        *([cell.translate(wide), f"‘{cell}’"] if is_number else [cell.translate(wide)] if "@" not in cell else []),
    ]
    return chance.choice(ways)


def is_bare(parse):
    return isinstance(parse, Whole | Amount | Dates) or getattr(parse, "__qualname__", "").startswith(CODES)


def test_what_is_damaged_is_refused_as_it_stands(tmp_path):
    refused = {name for kind, name, text in ORIGINALS if said(files.text(tmp_path, text), kind) is None}

    assert refused == REFUSED


@pytest.mark.parametrize(
    ("kind", "text"), [pytest.param(kind, text, id=name) for kind, name, text in ORIGINALS if name not in REFUSED]
)
def test_another_dress_says_the_same_or_is_refused(tmp_path, kind, text):
    path = files.text(tmp_path, text)
    wanted = said(path, kind)
    sheet = opened(path, kind)
    head = next(at for at, (number, _) in enumerate(Source(path)) if number == sheet.header_row)
    rows = table(Source(path))
    read = [(column.parse, sheet.fields[column.name]) for column in sheet.columns if column.name in sheet.fields]
    texts = {place for parse, found in read if not is_bare(parse) for place in found}
    places = {
        place: isinstance(parse, Whole | Amount | Dates)
        for parse, found in read
        if is_bare(parse)
        for place in found
        if place not in texts
    }
    same = 0
    for seed in range(SPELLINGS):
        chance = random.Random(seed)
        changed = [list(row) for row in rows]
        for row in changed[head + 1 :]:
            for place, is_number in places.items():
                if place < len(row) and chance.random() < 0.4:
                    row[place] = dressed(chance, row[place], is_number=is_number)
        changed[head] = [chance.choice([cell, f" {cell}", cell.upper(), f"{cell}\u200b"]) for cell in changed[head]]
        if chance.random() < 0.5:
            changed.append([cell.lower() for cell in rows[head]])
        other = tmp_path / f"{seed}.csv"
        delimiter = chance.choice(",;\t") if sheet.source.delimiter != ";" else ";"
        with other.open("w", encoding=chance.choice(["utf-8", "utf-8-sig", "utf-16"]), newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows(changed)
        found = said(other, kind)
        if found is not None:
            assert found == wanted, f"seed {seed}"
            same += 1
    assert same > 0
