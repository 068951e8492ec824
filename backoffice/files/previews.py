"""What a look at a file found, as plain values: small enough to keep beside the file, and to be shown at any time."""

from typing import Any

from backoffice.models import Upload
from inventory import spent
from inventory.resources import Plan, in_words

from . import loading

MOST_LINES = 50
"""Lines of each sort that are shown."""
MOST_ROWS = 200
"""Rows of a table of its kind's own that are shown."""


def made(upload: Upload, plan: Plan) -> dict[str, Any]:
    """Give what a page shows of a look, and ``seen``, the fingerprint of all that it found."""
    bad = len(plan.problems.rows)
    names = [column.name for column in loading.KINDS[upload.kind].columns if column.name in plan.sheet]
    return {
        "seen": fingerprint(upload, plan),
        "told": figures(plan),
        "notes": plan.notes,
        "rows": plan.rows,
        "bad": bad,
        "problems": [[each.row, each.column, each.value, each.expected] for each in plan.problems][:MOST_LINES],
        "problems_in_all": plan.problems.total,
        "left": plan.left.lines()[:MOST_LINES],
        "details": [[heading, [list(each) for each in numbers.items()]] for heading, numbers in plan.details.items()],
        "tables": [
            [title, list(heads), [list(row) for row in rows[:MOST_ROWS]], len(rows)]
            for title, heads, rows in plan.tables
        ],
        "changes": [[each.row, each.field, each.was, each.becomes] for each in plan.changes],
        "changes_in_all": plan.moved,
        "names": names,
        "shown": [[row, state, [values.get(name, "") for name in names]] for row, state, values in plan.shown],
    }


def fingerprint(upload: Upload, plan: Plan) -> str:
    """Give a short name to what a look at this file found: figures, and every problem, row and value that changes."""
    figures, details = sorted(plan.figures().items()), sorted(plan.details.items())
    rest = [plan.notes, plan.left.lines(), plan.problems.trace.hexdigest(), plan.trace.hexdigest(), plan.tables]
    return spent.fingerprint(upload.pk, upload.mapping, figures, details, rest)


def figures(plan: Plan) -> str:
    """Give the counts in words."""
    return in_words(plan.figures())


def report(plan: Plan) -> dict[str, Any]:
    """Give what is kept of a file that was loaded. PostgreSQL keeps no order of the figures: the words do."""
    return {
        "figures": plan.figures(),
        "told": figures(plan),
        "problems": [*plan.left.lines(), *plan.problems.lines()],
    }
