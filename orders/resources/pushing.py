"""Who waits already and would be pushed back by older orders of a file; and what a mail would say of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from inventory.resources.plan import Plan
from orders.models import UNPINNED, NoticeKind, OrderLine
from orders.queue import rehearsal
from orders.queue.effects import Effects, Moved, ToldFact
from orders.wording import phrases

from .drafts import Draft

MOST_ORDERS, MOST_LINES = 200, 5_000
"""What is rehearsed; a larger file is told by numbers."""
SHOWN = 200
TITLE = "Who would be pushed back"
_Row = tuple[str, ...]
Act = Callable[[Sequence[Draft]], int]
"""Places these orders, and tells everybody."""


def foresee(plan: Plan, act: Act, *, at: datetime) -> None:
    """Say of the orders that are new who would be pushed back: as a rehearsal shows it, or who stands behind them."""
    older = _oldest(plan.new)
    behind = _behind(older)
    if not behind:
        return
    ahead = [draft for draft in plan.new if any(line.product_id in behind for line in draft.lines if line.open)]
    if len(ahead) <= MOST_ORDERS and sum(map(len, behind.values())) <= MOST_LINES:
        _rehearse(plan, ahead, set(behind), act, at)
    else:
        _count(plan, [pk for pks in behind.values() for pk in pks])


def _oldest(drafts: Sequence[Draft]) -> dict[int, datetime]:
    """When the oldest open line of each product was ordered."""
    found: dict[int, datetime] = {}
    for draft in drafts:
        for line in draft.lines:
            if line.open:
                found.setdefault(line.product_id, draft.head["placed_at"])
    return found


def _behind(older: Mapping[int, datetime]) -> dict[int, list[int]]:
    """The lines that wait, by product, and stand behind these."""
    waiting = OrderLine.objects.waiting_for(older).filter(pin_rank=UNPINNED)
    found: dict[int, list[int]] = {}
    for pk, product_id, queue_at in waiting.in_queue_order().values_list("pk", "product_id", "queue_at").iterator():
        if queue_at > older[product_id]:
            found.setdefault(product_id, []).append(pk)
    return found


def _rehearse(plan: Plan, drafts: Sequence[Draft], product_ids: set[int], act: Act, at: datetime) -> None:
    effects = rehearsal.rehearse(lambda: act(drafts), at=at, product_ids=product_ids)
    later = [moved for moved in effects.moved if moved.days > 0]
    if not later:
        return
    lines = _lines([moved.line_id for moved in later])
    said = _said(effects)
    rows = [_row(moved, lines[moved.line_id], said.get(moved.line_id)) for moved in later]
    _tell(plan, rows, len({lines[moved.line_id].order.customer_id for moved in later}))


def _row(moved: Moved, line: OrderLine, news: ToldFact | None) -> _Row:
    told = "nothing: too little for a mail"
    if news:
        was, now = _day(news.was_date), _day(news.promised_date)
        told = f"{NoticeKind(news.kind).label}: {was} → {now}"
    return (
        line.order.reference,
        line.order.customer.name,
        line.product.sku,
        _day(moved.was.safe_date),
        _day(moved.now.safe_date),
        told,
    )


def _tell(plan: Plan, rows: list[_Row], customers: int) -> None:
    lines = f"{len(rows):,} line{'s' * (len(rows) != 1)} of {customers:,} customer{'s' * (customers != 1)}"
    plan.notes.append(
        f"{lines} who wait already would be pushed back by these older orders. Nobody is written to unless you say so."
    )
    heads = ("Order", "Customer", "SKU", "Ships by", "Would ship by", "What a mail would say")
    plan.tables.append((TITLE, heads, rows))


def _count(plan: Plan, line_ids: Sequence[int]) -> None:
    """Name the first of them: how far each goes back would take as long as the load."""
    lines = _lines(line_ids[:SHOWN])
    rows = [
        (line.order.reference, line.order.customer.name, line.product.sku, _day(line.promised_date))
        for line in lines.values()
    ]
    plan.notes.append(
        f"{phrases.lines(len(line_ids))} that {'waits already stands' if len(line_ids) == 1 else 'wait already stand'} "
        "behind these older orders, and may be pushed back. "
        "Nobody is written to unless you say so."
    )
    plan.tables.append(("Who stands behind them", ("Order", "Customer", "SKU", "Promised"), rows))


def _lines(line_ids: Sequence[int]) -> dict[int, OrderLine]:
    return OrderLine.objects.select_related("order__customer", "product").in_bulk(line_ids)


def _said(effects: Effects) -> dict[int, ToldFact]:
    return {news.line_id: news for news in effects.told}


def _day(day: date | None) -> str:
    return day.isoformat() if day else "no date"
