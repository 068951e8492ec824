"""What every act shows before it is done: whom it moves, who hears of it and in which words, and nobody else."""

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.db.models import Max

from backoffice.tests import acts, people
from backoffice.tests.scenarios import ACTS
from orders.models import NoticeLine, OrderLine, OrderLineQuerySet

pytestmark = [pytest.mark.django_db, pytest.mark.embedded, pytest.mark.proof]
NOW = people.MONDAY + timedelta(hours=1)
STANDING = ("allocated", "backordered", "likely_date", "safe_date", "promised_date")
SAID = ("line", "kind", "units", "ready", "waiting", "was_date", "likely_date", "promised_date", "detail")
LETTERS = 5


@pytest.fixture(autouse=True)
def _monday(settings) -> Iterator[None]:
    settings.RESTOCK_LIST, settings.SHOP_ADDRESS = True, "Quay 4"
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}, {"model": "inventory.ServiceTarget"}]
    with time_machine.travel(NOW, tick=False):
        yield


def standings(lines: OrderLineQuerySet) -> dict[int, tuple[Any, ...]]:
    return {pk: tuple(rest) for pk, *rest in lines.values_list("pk", *STANDING)}


def shipped() -> dict[int, int]:
    return dict(OrderLine.objects.values_list("pk", "shipped"))


def test_whom_an_act_moves_and_who_hears_what_is_shown_before_it_is_done_and_nothing_else_happens(shop, subtests):
    shown = 0
    for name, scenario in ACTS.items():
        with subtests.test(act=name), transaction.atomic():
            act = scenario(shop)
            if act.is_previewed:
                shown += 1
                is_shown_before_it_is_done(acts.opened(acts.boss("ines"), act))
            transaction.set_rollback(True)
    assert shown > 50


def is_shown_before_it_is_done(page: acts.Page) -> None:
    before, had_left = standings(OrderLine.objects.all()), shipped()
    newest = NoticeLine.objects.aggregate(newest=Max("pk"))["newest"] or 0
    looked = {key: value for key, value in page.fields.items() if key not in ("apply", "fingerprint", "once")}
    seen = page.client.post(page.path, {**looked, "preview": "1"})
    html, outcome = seen.content.decode(), seen.context["outcome"]

    assert page.send().status_code == 302

    after, has_left = standings(OrderLine.objects.open()), shipped()
    moved = {pk for pk, now in after.items() if before.get(pk, now) != now}
    if not outcome.moves_lines:  # units of a line that leave are what the page is about
        moved -= {pk for pk, units in has_left.items() if units > had_left.get(pk, units)}
    told = NoticeLine.objects.filter(pk__gt=newest, is_superseded=False).order_by("line", "kind")
    said = [(row.line_id, row.kind, *(getattr(row, name) for name in SAID[2:])) for row in outcome.effects.told]
    assert {each.line_id for each in outcome.moved if each.was != each.now} == moved
    assert _named(told.values_list(*SAID), before) == _named(said, before)
    assert html.count("<details>\n    <summary>") == min(LETTERS, outcome.effects.mails) == len(outcome.effects.letters)
    assert all(f"<h2>{table.title}</h2>" in html for table in outcome.tables())


def _named(said: Iterable[tuple[Any, ...]], before: Collection[int]) -> list[tuple[Any, ...]]:
    """A line that the act makes has another number each time."""
    return sorted(((line if line in before else "new", *rest) for line, *rest in said), key=repr)
