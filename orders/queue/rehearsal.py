"""
Do it, look at what it did, and take it back unless that is what was agreed to.

A preview made this way can never disagree with the act: it *is* the act, rolled back. Applying it carries the
fingerprint of the preview; if the facts have moved since, nothing is written and the new preview is shown. The
fingerprint holds the outcome and the facts that the act rests on, read under its locks: what it is done to, what was
typed, the counters of those rows; of a busy product nothing else, so that others may place and ship meanwhile.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import chain, islice
from typing import NamedTuple

from django.db import transaction
from django.db.models import Model, prefetch_related_objects

from inventory import spent
from inventory.ground.post.letter import Words
from inventory.ground.sql import bulk
from inventory.models import Inbound, Product
from orders.allocation import watching
from orders.mail.digest import Mail, by_mail, leaving, when
from orders.models import Notice, NoticeLine, OrderLine, OrderLineQuerySet, Promise
from orders.rules.news import MORE_LIKELY_THAN_NOT

from . import covers, questions

LETTERS = 5
"""Mails that are written out in a preview; the others are counted."""
TIMED = 200
"""Mails of which a preview says when they go."""


class SeenByCustomer(NamedTuple):
    """What a customer would notice of a line."""

    here: int
    waiting: int
    likely_date: date | None
    safe_date: date | None
    promised_date: date | None

    def keeps(self, promised: date, chance: float | None) -> bool:
        """
        Whether it ships by the day that was promised, more likely than not.

        :param chance: to break what is promised now; where that is another day, the safe date tells
        """
        if not self.waiting:
            return True
        if chance is not None and self.promised_date == promised:
            return chance <= MORE_LIKELY_THAN_NOT
        return self.safe_date is not None and self.safe_date <= promised


class Moved(NamedTuple):
    """
    One line before and after.

    :ivar cover: what covers it, where that is something else now
    :ivar breaks: what was promised before held, and no longer does
    """

    line_id: int
    was: SeenByCustomer
    now: SeenByCustomer
    cover: covers.Recovered | None = None
    breaks: bool = False

    @property
    def days(self) -> int:
        """How much later it can ship; sooner is negative, and no date is later than any."""
        if not self.was.waiting and not self.now.waiting:
            return 0
        then, now = (each.safe_date or date.max for each in (self.was, self.now))
        return (now - then).days


@dataclass(frozen=True, slots=True)
class Effects:
    """
    What an act did, or would do: its own result, the promises it made, and the news its customers get.

    ``mails`` counts e-mails, ``customers`` people; one mail may carry several facts.
    ``moved`` are the lines that stand otherwise for their customers, and of those asked for those that something else
    covers; ``added`` are those it made; ``behind`` names whom a line that
    was asked for stands behind now, if the act put it there; not its place, which changes whenever somebody before it
    is served. ``facts`` are what the act rests on. ``letters`` are the first mails, as they would leave now;
    ``by_mail`` is the news that is wanted by the mails that tell it, and ``goes_at`` says of the first ``TIMED`` when
    they go.
    """

    result: object
    promises: Sequence[Promise]
    news: Sequence[NoticeLine]
    places: Mapping[int, tuple[int, int]]
    moved: Sequence[Moved]
    added: Sequence[OrderLine]
    behind: Mapping[int, int | None] = field(default_factory=dict)
    facts: object = None
    letters: Sequence[tuple[Notice, Words]] = ()
    by_mail: Mapping[Mail, Sequence[NoticeLine]] = field(default_factory=dict)
    goes_at: Mapping[Mail, datetime] = field(default_factory=dict)
    is_done: bool = False

    @property
    def mails(self) -> int:
        return len(self.by_mail)

    @property
    def customers(self) -> int:
        return len({customer_id for customer_id, _ in self.by_mail})

    @property
    def mails_like_these(self) -> int:
        """Mails beside those that were written out."""
        return max(0, self.mails - LETTERS)

    @property
    def fingerprint(self) -> str:
        # a line that is made gets another number each time
        name = {line.pk: -number for number, line in enumerate(self.added, start=1)}
        facts: list[tuple[object, ...]] = [
            *((pk, name.get(before or 0, before)) for pk, before in self.behind.items()),
            *((name[line.pk], line.order_id, line.product_id, line.quantity) for line in self.added),
            # what an act makes has another number each time: what covers a line goes by its name
            *((move.line_id, move.was, move.now, move.cover and move.cover.words) for move in self.moved),
            *((name.get(row.line_id, row.line_id), row.promised_date, row.basis) for row in self.promises),
            *((name.get(row.line_id, row.line_id), *_said(row)) for row in self.news),
            *((notice.customer_id, letter.subject, letter.text) for notice, letter in self.letters),
        ]
        return spent.fingerprint(self.facts, self.result, sorted(map(repr, facts)))


def _said(row: NoticeLine) -> tuple[object, ...]:
    """All that a mail's words are made of."""
    return (
        row.kind, row.units, row.ready, row.waiting, row.was_date, row.likely_date, row.promised_date, row.detail,
        row.notice.customer_id,
    )  # fmt: skip


def rehearse(
    act: Callable[[], object],
    *,
    at: datetime,
    agreed: str | None = None,
    facts: Callable[[], object] | None = None,
    line_ids: Collection[int] = (),
    product_ids: Collection[int] = (),
) -> Effects:
    """
    Run ``act``, which stamps what it writes with ``at``, and keep it only if its effects are those agreed to.

    :param facts: reads, under the locks, what the act rests on; it is part of the fingerprint
    :param line_ids: lines whose place in the queue afterwards is to be known
    :param product_ids: all products whose queue it may change; they are locked first
    :param agreed: the fingerprint of the preview a person has seen; None only previews
    """
    with transaction.atomic():
        Product.objects.lock(product_ids)
        first_promise, first_news, first_line = _newest(Promise, NoticeLine, OrderLine)
        rests_on = facts() if facts else None
        before, ahead = _standings(product_ids), questions.ahead(line_ids)
        if product_ids and (shut := set(line_ids) - before.keys()):
            # what has left may be open again
            before |= _seen(OrderLine.objects.filter(pk__in=shut))
        with watching.watched() as seen:
            result = act()
        moved = list(_differences(before, _standings(product_ids), _recovered(seen, at), set(line_ids)))
        made = Promise.objects.filter(pk__gt=first_promise, at=at)
        told = NoticeLine.objects.filter(pk__gt=first_news, notice__created_at=at, is_superseded=False)
        fresh = OrderLine.objects.filter(pk__gt=first_line, changed_at=at, product__in=product_ids)
        added = list(fresh.select_related("order__customer", "product").order_by("pk"))
        # of many, what belongs to each is read for those alone that are shown
        is_much = len(moved) > TIMED
        promises = list(made if is_much else made.select_related("line__order__customer", "line__product"))
        beside = () if is_much else ("order", "line__product")
        news = list(told.select_related("notice__customer", *beside).order_by("pk"))
        places = questions.places(list(OrderLine.objects.filter(pk__in=[*line_ids, *(line.pk for line in added)])))
        behind = {pk: now for pk, now in questions.ahead(line_ids).items() if now != ahead.get(pk)}
        mails = by_mail(news)
        # notices get other numbers each time
        first = sorted(mails, key=lambda mail: (mail[0], mails[mail][0].notice.kind, mail[1]))[:LETTERS]
        letters = leaving({row.notice_id for mail in first for row in mails[mail]}, at=at) if mails else []
        goes_at = when(dict(islice(mails.items(), TIMED)), at=at)
        if is_much:
            shown = [*news[:TIMED], *chain.from_iterable(islice(mails.values(), TIMED))]
            prefetch_related_objects(shown, "order", "line__product")
        effects = Effects(
            result, promises, news, places, moved, added, behind, rests_on, letters, by_mail=mails, goes_at=goes_at
        )
        effects = replace(effects, is_done=agreed == effects.fingerprint)
        if not effects.is_done:
            transaction.set_rollback(True)
    return effects


def _newest(*models: type[Model]) -> list[int]:
    """Give the highest number of each table, 0 of an empty one."""
    highest = (f"(SELECT MAX(id) FROM {model._meta.db_table})" for model in models)
    [row] = bulk.fetch(f"SELECT {', '.join(highest)}", ())
    return [number or 0 for number in row]


Standings = dict[int, tuple[SeenByCustomer, float | None]]
"""Lines as their customers see them, each with the chance of its promise to break."""


def _standings(product_ids: Collection[int]) -> Standings:
    if not product_ids:
        return {}
    return _seen(OrderLine.objects.open().filter(product__in=product_ids).in_queue_order())


def _seen(lines: OrderLineQuerySet) -> Standings:
    state = ("allocated", "backordered", "likely_date", "safe_date", "promised_date")
    rows = lines.values_list("pk", "chance_to_break", *state)
    return {pk: (SeenByCustomer(*seen), chance) for pk, chance, *seen in rows}


def _differences(
    before: Standings,
    after: Standings,
    cover: Mapping[int, covers.Recovered],
    asked: Collection[int],
) -> Iterator[Moved]:
    """Give who stands otherwise now, in queue order; of those asked for also whom only something else covers."""
    for pk, (was, likely) in before.items():
        now, likely_now = after.get(pk, (was, likely))
        if now != was or (pk in asked and pk in cover):
            promised = was.promised_date
            breaks = bool(promised and was.keeps(promised, likely) and not now.keeps(promised, likely_now))
            yield Moved(pk, was, now, cover.get(pk), breaks)


def _recovered(seen: watching.Seen, at: datetime) -> dict[int, covers.Recovered]:
    """Say which lines something else covers, as far as they are open; what the act itself made leads nowhere yet."""
    changed = {pk: (was, now) for pk, (was, now) in seen.items() if was != now and (now.units or now.uncovered)}
    ids = {inbound_id for pair in changed.values() for claims in pair for _, inbound_id in claims.units if inbound_id}
    columns = "pk", "reference", "created_at", "transfer_line"
    rows = Inbound.objects.filter(pk__in=ids).in_arrival_order().values_list(*columns)
    coming = {pk: _coming(pk, reference, made_at == at, sent) for pk, reference, made_at, sent in rows}
    found = ((pk, covers.between(*(_cover(claims, coming) for claims in pair))) for pk, pair in changed.items())
    return {pk: change for pk, change in found if change}


def _coming(pk: int, reference: str, is_new: bool, transfer_line: int | None) -> covers.Coming:
    """Name what is on its way; a transfer that the act itself sends has another number each time."""
    if not is_new:
        return covers.Coming(0, reference, pk)
    return covers.Coming(0, "this transfer" if transfer_line else reference, None)


def _cover(claims: watching.Claims, coming: Mapping[int, covers.Coming]) -> covers.Cover:
    """``coming``: what is on its way, the first to arrive first."""
    units = {inbound_id: units for (_, inbound_id), units in claims.units.items() if inbound_id}
    here = sum(claims.units.values()) - sum(units.values())
    parts = (named._replace(units=units[pk]) for pk, named in coming.items() if pk in units)
    return covers.Cover(here, tuple(parts), claims.uncovered)
