"""Days that time alone made another of are written together, and only where nothing has happened since."""

from datetime import timedelta

import numpy as np
import pytest

from inventory.formulas.arrival_days import FIELDS
from inventory.models import Inbound
from inventory.supply import redated

from . import make

pytestmark = pytest.mark.django_db


def later(*rows: Inbound, days: int = 3):
    """Each of them so many days later, the safe date one day more, as they stand in memory."""
    day = np.datetime64(make.TODAY + timedelta(days))
    moves = {name: np.full(len(rows), day) for name in ("likely_date", *FIELDS)}
    return moves | {
        "safe_date": np.full(len(rows), day + 1),
        "id": np.array([row.pk for row in rows]),
        "product_id": np.array([row.product_id for row in rows]),
        "revision": np.array([row.revision for row in rows]),
    }


@pytest.fixture
def told(monkeypatch):
    """The news that time makes of supply."""
    found = []

    class News:
        def send(self, sender, *, product_ids, cause, by, at):
            if cause.startswith("redated:"):
                found.append((product_ids, cause, by, at))

    monkeypatch.setattr(redated, "supply_changed", News())
    return found


def test_new_days_are_one_piece_of_news_for_all_their_products(told):
    first, second = (make.coming(make.product(), 5, on=None) for _ in range(2))

    changed = redated.redate(later(first, second), at=make.MONDAY)

    assert changed == 2
    assert told == [({first.product_id, second.product_id}, f"redated:{first.pk}:2", None, make.MONDAY)]
    first.refresh_from_db()
    assert (first.revision, first.expected_date, first.likely_date) == (2, None, make.TODAY + timedelta(3))
    assert first.safe_date == make.TODAY + timedelta(4)
    assert set(first.days or ()) == {make.TODAY + timedelta(3)}


def test_one_that_was_given_a_day_since_it_was_looked_at_keeps_it(told):
    other, said = (make.coming(make.product(), 5, on=None) for _ in range(2))
    moves = later(other, said)
    Inbound.objects.filter(pk=said.pk).update(expected_date=make.TODAY, likely_date=make.TODAY, revision=2)

    changed = redated.redate(moves, at=make.MONDAY)

    said.refresh_from_db()
    assert (changed, said.likely_date, said.revision) == (1, make.TODAY, 2)
    assert [product_ids for product_ids, *_ in told] == [{other.product_id}]


def test_what_came_since_it_was_looked_at_is_no_news(told):
    lorry = make.coming(make.product(), 5, on=None)
    moves = later(lorry)
    make.arrived(lorry, 5)

    changed = redated.redate(moves, at=make.MONDAY)

    lorry.refresh_from_db()
    assert (changed, told, lorry.likely_date, lorry.revision) == (0, [], None, 1)
