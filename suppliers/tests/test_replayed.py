"""What a backtest says was known of lead times is what the night of each week passed on."""

from datetime import timedelta
from random import Random

import numpy as np
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.formulas.backtesting.nights import NOTHING_ELSE, Night
from inventory.models import LeadTime, Product
from suppliers import performance, replayed
from suppliers.models import Lesson, Offer, ShopRecord, Supplier

from . import make

pytestmark = pytest.mark.django_db
WEEKS = 20
START = make.TODAY - timedelta(weeks=WEEKS)


def lesson(each, sent, days, *, quoted=None):
    """A line of the past that was sent so many days after the start."""
    sent_on = START + timedelta(days=sent)
    return Lesson.objects.create(
        key=f"{each.pk}/{sent}/{days}/{Lesson.objects.count()}",
        supplier=each.supplier,
        offer=each,
        reference="PO",
        sent_on=sent_on,
        came_on=sent_on + timedelta(days=days),
        days=float(days),
        quoted_days=each.quoted_days if quoted is None else quoted,
    )


def learned(*things, night=NOTHING_ELSE):
    keys = np.array([thing.pk for thing in things], np.int64)
    return replayed.LeadTimesLearned(keys, night, start=START)


def weeks(found, count=WEEKS):
    return [found.at(period) for period in range(count)]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), period=st.integers(0, WEEKS - 1))
def test_what_was_known_in_a_week_is_what_its_night_passed_on(seed, period):
    random = Random(seed)
    with transaction.atomic():
        make.warehouse()
        things = [make.product() for _ in range(3)]
        for name in ("Birk", "Nordlys"):
            who = make.supplier(name, approval_days=random.randint(0, 4), is_on_hold=random.random() < 0.1)
            for thing in random.sample(things, random.randint(1, 3)):
                each = make.offer(thing, who, days=random.randint(1, 30), capacity=random.choice([None, None, 0]))
                for _ in range(random.randint(0, 4)):
                    lesson(each, random.randint(0, 7 * WEEKS), random.randint(0, 40), quoted=random.choice([None, 0]))
        first = START + timedelta(days=random.randint(0, 7 * WEEKS))
        make.closed(make.supplier("Birk"), first, first + timedelta(days=random.randint(0, 20)))
        make.learned()
        monday = START + timedelta(weeks=period)

        found = learned(*things)
        known = weeks(found, period + 1)[-1]

        Lesson.objects.filter(came_on__gte=monday).delete()
        ShopRecord.objects.all().delete()
        Offer.objects.update(safe_days=None)
        performance.learn(at=make.MONDAY - timedelta(weeks=WEEKS - period))
        passed_on = dict(LeadTime.objects.values_list("product_id", "mean_days"))
        spread = dict(LeadTime.objects.values_list("product_id", "sd_days"))
        for place, thing in enumerate(things):
            assert known.mean[place] * 7 == pytest.approx(passed_on.get(thing.pk, 0.0), abs=1e-6)
            assert known.sd[place] * 7 == pytest.approx(spread.get(thing.pk, 0.0), abs=1e-6)
        assert (known.takes <= found.longest).all()
        transaction.set_rollback(True)


def test_what_came_on_a_monday_is_known_a_week_later():
    lamp = make.product()
    each = make.offer(lamp, make.supplier(approval_days=0), days=7)
    lesson(each, 0, 21)
    make.learned()

    known = weeks(learned(lamp), 5)

    # as quoted before; then three orders at 8/6 of it, as the shop's five assumed lines and this one say, and its own
    assert [round(now.mean[0], 3) for now in known] == [1.0, 1.0, 1.0, 1.0, (3 * 8 / 6 + 3) / 4]


def test_an_order_takes_as_long_as_the_line_that_was_sent_last_by_then():
    lamp = make.product()
    each = make.offer(lamp, make.supplier(approval_days=7), days=7)
    lesson(each, 15, 14)
    lesson(each, 27, 35)  # on the Sunday of week 3
    lesson(each, 28, 21)
    make.learned()
    found = learned(lamp)

    assert [int(now.takes[0]) for now in weeks(found, 6)] == [3, 3, 3, 6, 4, 4]
    assert found.longest.tolist() == [6]


def test_the_supplier_that_was_quicker_then_is_asked():
    lamp = make.product()
    quick, slow = make.offer(lamp, make.supplier("Birk"), days=7), make.offer(lamp, make.supplier("Small"), days=14)
    for sent in (0, 1, 2, 3):
        lesson(quick, sent, 40, quoted=7)
        lesson(slow, sent, 14)
    make.learned()

    before, *_, after = weeks(learned(lamp), 9)

    assert (int(before.takes[0]), int(after.takes[0])) == (6, 2)


def test_while_a_supplier_was_closed_its_orders_took_longer():
    lamp = make.product()
    make.offer(lamp, days=14)
    make.closed(make.supplier(), START + timedelta(days=7), START + timedelta(days=13))
    make.learned()
    found = learned(lamp)

    assert [int(now.takes[0]) for now in weeks(found, 3)] == [2, 3, 2]
    assert found.longest.tolist() == [3]


def test_what_nobody_offers_today_keeps_the_lead_time_of_the_night():
    lamp, mug = make.product(), make.product()
    make.offer(mug, make.supplier(approval_days=0), days=14)
    make.learned()

    known = learned(lamp, mug, night=Night(lead=np.array([5, 9]), lead_sd=np.array([1.5, 1.0]))).at(0)

    assert (known.mean.tolist(), known.takes.tolist()) == ([5.0, 2.0], [5, 2])
    assert known.sd.tolist() == [1.5, pytest.approx(2 * 0.35 * (4 / 3) ** 0.5)]


def test_a_shop_without_any_offer_is_replayed_too():
    assert Supplier.objects.count() == Product.objects.count() == 0
    known = replayed.LeadTimesLearned(np.zeros(0, np.int64), NOTHING_ELSE, start=START).at(0)

    assert len(known.mean) == len(known.takes) == 0
