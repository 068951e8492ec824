"""
``manage.py backtest leadtimes FILE``: would the dates of a shop's past have been kept? Reads the file, writes nothing.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.utils import timezone

from backoffice.files import loading
from inventory.ground.tabular import Sheet, Source, Unreadable
from inventory.resources.plan import Plan
from suppliers import trials
from suppliers.resources import deliveries

UNREAD = "cannot be read"


def run(
    file: loading.File, *, is_skipping_bad: bool = False, progress: Callable[[int, int], object] | None = None
) -> dict[str, Any]:
    """
    Read a file of deliveries as ``load deliveries`` does, and replay it.

    :raises Unreadable: if it is no such table, or a row cannot be read and such rows are not to be skipped
    :raises NothingToReplay: see ``trials.run``
    """
    plan, lines = read(file, is_skipping_bad=is_skipping_bad)
    return {"rows": plan.rows, "left_out": plan.left.counts(), **trials.run(lines, progress=progress)}


def read(file: loading.File, *, is_skipping_bad: bool = False) -> tuple[Plan, list[trials.ReceivedLine]]:
    """
    Give the lines of a file of deliveries, and what was left out of it.

    :raises Unreadable: if it is no such table, or a row cannot be read and such rows are not to be skipped
    """
    source = Source(file.path, file.name, sheet=file.sheet)
    reading = loading.reading(file, today=timezone.localdate())
    plan = Plan(Sheet(source, deliveries.RESOURCE.columns, reading))
    found = deliveries.lines(plan)
    if plan.problems and not is_skipping_bad:
        hint = "Put them right, or leave them out with --skip-bad."
        raise Unreadable("\n  ".join([f"{source.name} cannot be read whole:", *plan.problems.lines(10), hint]))
    for row in sorted(plan.problems.rows):
        plan.left.add(row, UNREAD)
    return plan, [
        trials.ReceivedLine(past.supplier, past.item, past.sent_on, past.confirmed_on, past.came_on, past.quoted_days)
        for _, _, past in found
    ]


def printed(report: dict[str, Any]) -> Iterator[str]:
    """Set a report as a table."""
    left = "; ".join(f"{reason} {count:,}" for reason, count in report["left_out"].items())
    yield f"{report['rows']:,} rows, {report['lines']:,} lines. Left out: {left or 'none'}."
    for name in ("confirmed", "quoted"):
        yield from _table(name, report[name])
    yield "Overdue by, on the evening of that day: share that came by the day said"
    for each in report["overdue"]:
        shares = each["covered"] or {}
        told = "  ".join(f"{chance} {share:.3f}" for chance, share in shares.items()) or "no data"
        yield f"  {each['by']:>3} days {each['lines']:>8,}  {told}"


def _table(name: str, part: dict[str, Any]) -> Iterator[str]:
    yield f"Against the {name} day, {part['lines']:,} lines: said, was, days after it, pinball loss"
    for chance, share in part["covered"].items():
        known = part["constants"]
        others = ", ".join(f"{other} {known[other]['pinball'][chance]:.3f}" for other in known)
        yield (
            f"  {chance:<5} {share:.3f} {part['days_after_stated'][chance]:>8.2f} {part['pinball'][chance]:>8.3f}"
            f"  ({others})"
        )
    for group, found in {**part["by_lines_known"], **part["by_supplier"]}.items():
        told = "  ".join(f"{chance} {share:.3f}" for chance, share in (found["covered"] or {}).items()) or "no data"
        yield f"  {group[:40]:<40} {found['lines']:>6,}  {told}"
    for below in part["below_by_more_than_5_points"]:
        yield f"  Below what is said by more than five points: {below}"
