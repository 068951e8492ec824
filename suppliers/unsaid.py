"""
New dates of goods bought from an offer of which nobody has said a day: each day that goes by may move them.

The hand of ``suppliers.redating`` for these, which are most of what is open: looked at in columns, and locked only
where a date moves; where nobody waits many at once. The arithmetic is ``suppliers.unconfirmed``.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import numpy as np
from django.conf import settings
from django.contrib.auth.models import User
from numpy.typing import NDArray

from inventory.formulas.arrival_days import CHANCES, FIELDS
from inventory.ground.sql import bulk, columns
from inventory.ground.sql.columns import Table
from inventory.models import Inbound, Owed
from inventory.night.skus import Ints
from inventory.supply import redated

from . import arrivals, closed, unconfirmed
from .closed import OpenDays
from .models import Offer, PurchaseOrderLine

BLOCK, UNAWAITED = 200, 2_000
"""Products that are locked at once: whose queue is settled then, and those that nobody waits for."""
READ = 20_000
"""Inbound that are looked at in one go."""
_NEVER = "0001-01-01"
_INBOUND, _LINES, _OFFERS = (model._meta.db_table for model in (Inbound, PurchaseOrderLine, Offer))
_ROW = dict.fromkeys(("id", "product_id", "revision", "supplier", "sent", "quoted", "learned_from"), "i8")
_ROW |= {"mean": "f8", "sd": "f8"} | dict.fromkeys(redated.DATES, "M8[D]")


def redate(*, products: Collection[int] | None, at: datetime) -> int:
    """
    Give these goods the dates that their offer's record makes of them today, where they differ.

    Commits by block of at most 200 products that somebody waits for, or 2,000 that nobody does.

    :param products: only these; None: all
    :returns: inbound given new dates
    """
    changed = 0
    known = closed.of()
    for rows in _looked_at(products):
        moves = _moves(rows, known, arrivals.day(at))
        for block in _blocks(moves["product_id"]):
            changed += redated.redate({name: values[block] for name, values in moves.items()}, at=at)
    return changed


def _looked_at(products: Collection[int] | None) -> Iterator[Table]:
    """Read them, so many at a time."""
    among = ""
    params: list[Any] = []
    if products is not None:
        source, params = bulk.staged(bulk.IDS, [(pk,) for pk in sorted(products)])
        among = f" AND inbound.product_id IN (SELECT staged.id FROM {source})"
    dates = ", ".join(f"COALESCE(inbound.{name}, '{_NEVER}')" for name in redated.DATES)
    sql = (
        "SELECT inbound.id, inbound.product_id, inbound.revision, offer.supplier_id,"
        f" {bulk.seconds('COALESCE(inbound.sent_at, inbound.created_at)')}, offer.quoted_days,"
        f" COALESCE(offer.learned_from, 0), COALESCE(offer.mean_days, 0), COALESCE(offer.sd_days, 0), {dates}"
        f" FROM {_INBOUND} AS inbound JOIN {_LINES} AS line ON line.inbound_id = inbound.id"
        f" JOIN {_OFFERS} AS offer ON offer.id = line.offer_id"
        f" WHERE inbound.outstanding > 0 AND inbound.expected_date IS NULL AND inbound.id > %s{among}"
        f" ORDER BY inbound.id LIMIT {READ}"
    )
    last = 0
    while len((rows := columns.read(sql, [last, *params], _ROW))["id"]):
        last = int(rows["id"].max())
        yield rows


def of_block(products: Collection[int], also: Collection[int], *, cause: str, by: User | None, at: datetime) -> int:
    """
    Give the goods of a few products the dates that follow from a closure, and tell the queue once.

    :param also: products that the queue hears of though none of their dates moves
    :returns: inbound given new dates
    """
    known, today = closed.of(), arrivals.day(at)
    moves = [_moves(rows, known, today) for rows in _looked_at(products)]
    joined = {name: np.concatenate([each[name] for each in moves]) for name in moves[0]} if moves else {}
    return redated.around_closures(joined, also=also, cause=cause, by=by, at=at)


def _moves(rows: Table, known: Mapping[int, OpenDays], today: date) -> Table:
    """Give those whose dates differ, with the new ones, by product."""
    sent = _days(rows["sent"])
    elapsed = np.maximum((np.datetime64(today) - sent).astype(np.int64), 0)
    closing = [(known[pk], rows["supplier"] == pk) for pk in np.unique(rows["supplier"]).tolist() if pk in known]
    for open_days, own in closing:
        elapsed[own] = open_days.all_passed(sent[own], today)
    lead = arrivals.leads(rows["mean"], rows["sd"], learned_from=rows["learned_from"], quoted=rows["quoted"])
    # many are of one day and one lead time
    alike, first, back = np.unique(np.stack([elapsed, *lead]), axis=1, return_index=True, return_inverse=True)
    safe = settings.PROMISE_QUANTILE
    found = unconfirmed.days(elapsed[first], alike[1], alike[2], chances=(*CHANCES, safe), safe=safe)[back.reshape(-1)]
    days = sent[:, None] + found.astype("m8[D]")
    for open_days, own in closing:
        days[own] = open_days.all_after(sent[own][:, None], found[own])
    new: Table = {"likely_date": days[:, 0], "safe_date": days[:, -1]}
    new |= dict(zip(FIELDS, days[:, :-1].T, strict=True))
    moved = np.flatnonzero(np.any([new[name] != rows[name] for name in redated.DATES], axis=0))
    moved = moved[np.argsort(rows["product_id"][moved], kind="stable")]
    new |= {name: rows[name] for name in ("id", "product_id", "revision")}
    return {name: values[moved] for name, values in new.items()}


def _days(seconds: Ints) -> NDArray[np.datetime64]:
    """Give the shop's calendar day of each moment."""
    moments, back = np.unique(seconds, return_inverse=True)
    days = [arrivals.day(datetime.fromtimestamp(moment, UTC)) for moment in moments.tolist()]
    return np.array(days, "M8[D]")[back]


def _blocks(products: Ints) -> Iterator[Ints]:
    """
    Cut rows that stand by product into blocks of so many products.

    Who begins to wait meanwhile is settled all the same: that nobody did is a reason for the size alone.
    """
    wanted = np.unique(products)
    owed = Owed.objects.filter(units__gt=0, product__in=bulk.among(wanted.tolist()))
    is_awaited = np.isin(products, np.array(list(owed.values_list("product", flat=True)), np.int64))
    for rows, most in ((np.flatnonzero(is_awaited), BLOCK), (np.flatnonzero(~is_awaited), UNAWAITED)):
        _, first = np.unique(products[rows], return_index=True)
        for start, end in pairwise([*first[::most].tolist(), len(rows)]):
            yield rows[start:end]
