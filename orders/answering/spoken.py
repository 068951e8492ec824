"""
What to say of an order or of a customer's orders: a few words to read aloud, made from facts.

Facts in, words out. When something ships is said as the mails say it: of the window that stands
(``window``), or of the parts it comes in (``parts``).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from orders.mail import letters
from orders.models import Order, OrderLine
from orders.rules.transit import latest
from orders.wording import parts, phrases, window

from . import payments
from .briefs import Brief, Briefing

SAID = 3
"""Lines that are named; the others are counted."""
LONGEST = 60
"""Signs of a product's name that are read aloud."""


def of_order(order: Order, briefing: Briefing, *, today: date) -> str:
    """Say how an order stands."""
    if not briefing.totals.open:
        return f"Nothing of your order {order} is open: {_gone(briefing.lines)}.{_arrives(briefing.lines, today)}"
    return " ".join(_said(briefing, today))


def of_customer(briefing: Briefing, *, today: date) -> str:
    """Say how all that is open of a customer stands; if nothing is, what became of their last order."""
    if not briefing.lines:
        return "There is no order of yours yet."
    if briefing.totals.open:
        return " ".join(_said(briefing, today))
    last = briefing.lines[0].order
    own = [line for line in briefing.lines if line.order_id == last.pk]
    return f"Nothing of yours is open. Of your last order {last}, {_gone(own)}.{_arrives(own, today)}"


def _said(briefing: Briefing, today: date) -> Iterator[str]:
    named = [brief for brief in briefing.briefs if brief.line.open][:SAID]
    by_order: dict[int, list[OrderLine]] = defaultdict(list)
    for brief in named:
        by_order[brief.line.order_id].append(brief.line)
    for own in by_order.values():
        order = own[0].order
        of_it = [line for line in briefing.lines if line.order_id == order.pk]
        first, *others = (of_line(line, today) for line in own)
        yield f"In your order {order}, {first}."
        yield from (f"{words[0].upper()}{words[1:]}." for words in others)
        yield from _on_its_way(of_it, today)
        is_stopped = any(line.open and line.is_stopped for line in of_it)
        if order.is_unpaid:
            yield payments.said(order, is_out=is_stopped, today=today)
            continue
        if is_stopped:
            yield f"Your order {order} is stopped for now: nothing of it ships until it goes on."
            continue
        if order.is_ship_complete and sum(line.open > 0 for line in of_it) > 1:
            yield f"All that is open of {order} ships together."
        if order.wanted_date and order.wanted_date > today:
            yield f"You asked for it on {phrases.day(order.wanted_date, today)}, not before."
    if briefing.totals.open == 1:
        yield from _turn(named[0])
    yield from _more(briefing, len(named), today)


def of_line(line: OrderLine, today: date) -> str:
    """Say how a line stands, and when what is open of it ships."""
    lacking = ("is not here", "are not here") if line.is_stopped else ("is still to come", "are still to come")
    parts = [
        (line.shipped - came_back(line), ("has shipped", "have shipped")),
        (came_back(line), ("came back", "came back")),
        (line.canceled - replaced(line), ("was canceled", "were canceled")),
        (replaced(line), ("was replaced", "were replaced")),
        (line.allocated, ("is here and set aside for you", "are here and set aside for you")),
        (line.backordered, lacking),
    ]
    said = [(units, verbs[units != 1]) for units, verbs in parts if units]
    what = f"{line.quantity:,} × {name(line)}"
    if len(said) == 1:
        text = f"{what} {said[0][1]}"
    else:
        text = f"of {what}, {phrases.listed([f'{units:,} {verb}' for units, verb in said])}"
    return f"{text}; {when(line, today)}" if line.open and not line.is_stopped else text


def _on_its_way(lines: Sequence[OrderLine], today: date) -> Iterator[str]:
    """Say when what has shipped of an order that is open should be there, until that day has passed."""
    by = arrival(lines)
    if by and by >= today:
        yield f"What has shipped should be with you by {phrases.day(by, today)}."


def _arrives(lines: Sequence[OrderLine], today: date) -> str:
    """Say when an order of which nothing is open should be, or should have been, there."""
    by = arrival(lines)
    if by is None:
        return ""
    return f" It should {'be' if by >= today else 'have been'} with you by {phrases.day(by, today)}."


def arrival(lines: Sequence[OrderLine]) -> date | None:
    """Give the day by which all that left of these lines, read with a briefing, should be with their customer."""
    return latest(getattr(line, "arrives_by", None) for line in lines if line.shipped > came_back(line))


def replaced(line: OrderLine) -> int:
    """Give the units of a line, read with a briefing, that another product was to come for."""
    units: int = getattr(line, "replaced", 0)
    return units


def came_back(line: OrderLine) -> int:
    """Give the units of a line, read with a briefing, that its customer sent back for good."""
    units: int = getattr(line, "came_back", 0)
    return units


def when(line: OrderLine, today: date) -> str:
    """Say when what is open of a line ships."""
    likely, promised = window.standing(line)
    if promised is None:
        return "no date can be given yet"
    said = window.in_words(likely, promised, today=today)
    if promised < today:
        return f"we said {window.in_words(None, promised, today=today)}, and that day has passed"
    if said_in_parts := parts.in_words(line, today):
        return f"we expect to ship {said_in_parts}"
    waits = line.open if line.order.is_ship_complete else line.backordered or line.open
    together = " together" if line.order.is_ship_complete and 0 < line.backordered < line.open else ""
    return f"we expect to ship {letters.rest(waits, line.open)}{together} {said}"


def name(line: OrderLine) -> str:
    """
    Name a product, by no more than can be read aloud.

    >>> from inventory.models import Product
    >>> name(OrderLine(product=Product(sku="LAMP-1", name="Lamp " * 40)))
    'Lamp Lamp Lamp Lamp Lamp Lamp Lamp Lamp Lamp Lamp Lamp Lamp…'
    """
    said = line.product.name or line.product.sku
    return said if len(said) <= LONGEST else f"{said[:LONGEST].rstrip()}…"


def _turn(brief: Brief) -> Iterator[str]:
    """Say the place of the one line that is open, as long as it is one to be told; whose delivery it is, is ours."""
    if brief.turn and brief.turn.is_exact and brief.turn.size > 1:
        yield f"You are {phrases.ordinal(brief.turn.place)} in line."


def _more(briefing: Briefing, named: int, today: date) -> Iterator[str]:
    """Count the lines that were not named."""
    totals = briefing.totals
    more = totals.open - named
    if more <= 0:
        return
    what = f"{more:,} more {'line is' if more == 1 else 'lines are'} open"
    yield f"{what}{_last(totals.last, today)}."
    if totals.undated:
        yield f"For {totals.undated:,} of all {totals.open:,} no date can be given yet."


def _last(day: date | None, today: date) -> str:
    """Say by when all that is dated was promised."""
    if day is None:
        return ""
    said = phrases.day(day, today)
    if day < today:
        return f"; the last day promised for any of it was {said}, and it has passed"
    return f"; the last day promised for any of it is {said}"


def _gone(lines: Sequence[OrderLine]) -> str:
    """Say what became of lines of which nothing is open."""
    gone = [
        (word, any(units(line) for line in lines))
        for word, units in (
            ("canceled", lambda line: line.canceled - replaced(line)),
            ("replaced", replaced),
            ("sent back", came_back),
        )
    ]
    words = " or ".join(word for word, is_so in gone if is_so)
    if any(line.shipped > came_back(line) for line in lines):
        return f"what was not {words} has shipped" if words else "all has shipped"
    return f"all was {words}"
