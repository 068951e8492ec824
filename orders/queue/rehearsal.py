"""
Do it, look at what it did, and take it back unless that is what was agreed to.

A preview made this way can never disagree with the act: it *is* the act, rolled back. Applying it carries the
fingerprint of the preview; if the facts have moved since, nothing is written and the new preview is shown. The
fingerprint holds the outcome and the facts that the act rests on, read under its locks: what it is done to, what was
typed, the counters of those rows; of a busy product nothing else, so that others may place and ship meanwhile.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from heapq import nsmallest
from itertools import chain, islice

from django.db import transaction
from django.db.models import Model, QuerySet

from inventory.ground.sql import bulk
from inventory.models import Inbound, Product
from orders.allocation import watching
from orders.allocation.reading import LineState
from orders.allocation.writing import Given
from orders.mail import digest
from orders.mail.digest import Mail
from orders.models import NoticeLine, OrderLine, OrderLineQuerySet, Promise
from orders.models.customer import Hears

from . import covers, questions
from .effects import LETTERS, TIMED, Effects, Moved, SeenByCustomer, ToldFact


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
    with bulk.uncollected(), transaction.atomic():
        Product.objects.lock(product_ids)
        first_promise, first_news, first_line = _newest(Promise, NoticeLine, OrderLine)
        rests_on = facts() if facts else None
        before, ahead = _standings(product_ids), questions.ahead(line_ids)
        if product_ids and (shut := set(line_ids) - before.keys()):
            # what has left may be open again
            before |= _seen(OrderLine.objects.filter(pk__in=shut))
        with watching.watched(is_taken_back=agreed is None) as seen:
            result = act()
        moved = list(_differences(before, _standings(product_ids), _recovered(seen, at), set(line_ids)))
        made = Promise.objects.filter(pk__gt=first_promise, at=at)
        written = NoticeLine.objects.filter(pk__gt=first_news, notice__created_at=at, is_superseded=False)
        fresh = OrderLine.objects.filter(pk__gt=first_line, changed_at=at, product__in=product_ids)
        added = list(fresh.select_related("order__customer", "product").order_by("pk"))
        promises = [Given(*row) for row in made.values_list(*Given._fields[:4])]
        places = questions.places(list(OrderLine.objects.filter(pk__in=[*line_ids, *(line.pk for line in added)])))
        behind = {pk: now for pk, now in questions.ahead(line_ids).items() if now != ahead.get(pk)}
        effects = Effects(result, promises, _told(written), places, moved, added, behind, rests_on)
        effects = _with_mails(effects, written, at)
        effects = replace(effects, is_done=agreed is not None and agreed == effects.fingerprint)
        if not effects.is_done:
            transaction.set_rollback(True)
    return effects


_FACT = ("pk", "line_id", "notice_id", "notice__customer_id", "notice__kind", "notice__customer__hears")
_WORDS = ("kind", "units", "ready", "waiting", "was_date", "likely_date", "promised_date", "detail")


def _told(written: QuerySet[NoticeLine]) -> list[ToldFact]:
    return [ToldFact(*row) for row in written.order_by("pk").values_list(*_FACT, *_WORDS)]


def _with_mails(effects: Effects, written: QuerySet[NoticeLine], at: datetime) -> Effects:
    """Say in which mails the news goes: what is shown of it is read with all that belongs to it, the rest counted."""
    whole = written.select_related("notice__customer", "order", "line__product").order_by("pk")
    asked = bulk.among(row.pk for row in effects.told if row.hears != Hears.ALL)
    unwanted = {fact.pk for fact in whole.filter(pk__in=asked) if not digest.is_wanted(fact)}
    mails: dict[Mail, list[ToldFact]] = defaultdict(list)
    for row in effects.told:
        if row.pk not in unwanted:
            mails[digest.mail_of(row.customer_id, row.notice_id, row.mail_kind)].append(row)
    shown = dict(islice(mails.items(), TIMED))
    wanted = {row.pk for row in (*effects.told[:TIMED], *chain.from_iterable(shown.values()))}
    news = list(whole.filter(pk__in=bulk.among(wanted)))
    known = {fact.pk: fact for fact in news}
    by_mail = {mail: [known[row.pk] for row in rows] for mail, rows in shown.items()}
    # notices get other numbers each time
    first = nsmallest(LETTERS, mails, key=lambda mail: (mail[0], mails[mail][0].mail_kind, mail[1]))
    letters = digest.leaving({row.notice_id for mail in first for row in mails[mail]}, at=at) if mails else []
    return replace(
        effects,
        mails=len(mails),
        customers=len({customer_id for customer_id, _ in mails}),
        news=news,
        letters=letters,
        by_mail=by_mail,
        goes_at=digest.when(by_mail, at=at),
    )


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
    # those who stand alike share one
    known: dict[SeenByCustomer, SeenByCustomer] = {}
    each = ((pk, SeenByCustomer(*seen), chance) for pk, chance, *seen in rows)
    return {pk: (known.setdefault(seen, seen), chance) for pk, seen, chance in each}


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
    changed = {
        pk: (was, now)
        for pk, (was, now) in seen.items()
        if now.open and (was.claims != now.claims or was.uncovered != now.uncovered)
    }
    ids = {inbound_id for pair in changed.values() for line in pair for _, inbound_id in line.claims if inbound_id}
    columns = "pk", "reference", "created_at", "transfer_line"
    rows = Inbound.objects.filter(pk__in=ids).in_arrival_order().values_list(*columns)
    coming = {pk: _coming(pk, reference, made_at == at, sent) for pk, reference, made_at, sent in rows}
    found = ((pk, covers.between(*(_cover(line, coming) for line in pair))) for pk, pair in changed.items())
    return {pk: change for pk, change in found if change}


def _coming(pk: int, reference: str, is_new: bool, transfer_line: int | None) -> covers.Coming:
    """Name what is on its way; a transfer that the act itself sends has another number each time."""
    if not is_new:
        return covers.Coming(0, reference, pk)
    return covers.Coming(0, "this transfer" if transfer_line else reference, None)


def _cover(line: LineState, coming: Mapping[int, covers.Coming]) -> covers.Cover:
    """``coming``: what is on its way, the first to arrive first."""
    units = {inbound_id: units for (_, inbound_id), units in line.claims.items() if inbound_id}
    parts = (named._replace(units=units[pk]) for pk, named in coming.items() if pk in units)
    return covers.Cover(line.allocated, tuple(parts), line.uncovered)
