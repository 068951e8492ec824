"""What became of promises, and each figure of it: held against the raw rows, counted again one by one."""

import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, User

from backoffice.figures import calendar, night
from backoffice.models import ArrivalForecast, WeeklyFigure
from backoffice.people import roles
from inventory.formulas.arrival_days import ArrivalDays
from inventory.models import Inbound, ReorderPolicy
from inventory.supply import calendars
from inventory.supply.calendars import WorkingDays
from orders import fulfillment
from orders.fulfillment.afterwards import parcels
from orders.mail import notices
from orders.models import OrderLine, Shipment
from orders.tests import make

from .figures_by_hand import CountedByHand, came_on
from .grounds import night_of

pytestmark = [pytest.mark.django_db, pytest.mark.proof]
HOUR = timedelta(hours=1)
OF = {"": lambda _: "", "supplier": lambda row: row.supplier, "horizon": lambda row: row.horizon}
DAYS = 45
PAGE = "/admin/figures/"


class FigureWorld:
    """Two warehouses, one at work Wednesday to Sunday; two channels, three products; who is late, who cancels."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.places = [make.warehouse("BER"), make.warehouse("HAM", rank=2)]
        calendars.change(self.places[1].pk, WorkingDays("0011111", "", "", None, 0, 1), by=None, at=make.MONDAY)
        self.things = [make.product() for _ in range(3)]
        for thing, abc in zip(self.things, "AB ", strict=True):
            for place in self.places:
                make.on_hand(thing, self.dice.randint(1, 6), place=place)
                demand = self.dice.random() * 9
                ReorderPolicy.objects.create(
                    product=thing, warehouse=place, abc=abc.strip(), sender="Nordlys", weekly_demand=demand
                )
        make.lead_time(self.things[0], 6, 12, place=self.places[0])

    def day(self, at) -> None:
        for act in self.dice.choices((self.order, self.expect, self.arrive, self.slip, self.ship, self.cancel), k=3):
            act(at)
        if self.dice.random() < 0.8:
            notices.send_due(at=at + HOUR)

    def order(self, at) -> None:
        wanted = [(thing, self.dice.randint(1, 4)) for thing in self.dice.sample(self.things, self.dice.randint(1, 2))]
        asked = at.date() + timedelta(days=self.dice.randint(2, 20)) if self.dice.random() < 0.4 else None
        make.order(
            *wanted,
            at=at,
            placed_at=at - timedelta(days=3) if self.dice.random() < 0.1 else at,
            place=self.dice.choice(self.places),
            channel=self.dice.choice(("shop", "market")),
            must_by_date=asked,
        )

    def expect(self, at) -> None:
        first = at.date() + timedelta(days=self.dice.randint(1, 25))
        days = ArrivalDays(*(first + timedelta(days=ahead) for ahead in (0, 2, 4, 6, 12)))
        make.coming(
            self.dice.choice(self.things),
            self.dice.randint(3, 11),
            on=first,
            safe=days.by_90,
            place=self.dice.choice(self.places),
            is_confirmed=True,
            days=days,
            at=at,
        )

    def arrive(self, at) -> None:
        row = Inbound.objects.open().order_by("likely_date", "pk").first()
        if row and row.likely_date and row.likely_date <= at.date() + timedelta(days=1):
            make.arrived(row, self.dice.choice((row.outstanding, 1)), at=at)

    def slip(self, at) -> None:
        rows = list(Inbound.objects.open().order_by("pk"))
        if rows:
            row = self.dice.choice(rows)
            day = at.date() + timedelta(days=self.dice.randint(1, 20))
            make.moved(row, day, safe=day + timedelta(days=3), at=at)

    def ship(self, at) -> None:
        for line in OrderLine.objects.filter(allocated__gt=0).order_by("pk")[:4]:
            fulfillment.ship([fulfillment.LineUnits(line.pk)], by=None, at=at)
        sent = Shipment.objects.order_by("-pk").first()
        if sent and self.dice.random() < 0.2:
            part = sent.lines.all()[0]
            if part.with_customer:
                act = self.dice.choice((parcels.lose, parcels.reverse))
                act(sent.pk, {part.pk: 1}, reason="Gone", by=None, at=at + HOUR)

    def cancel(self, at) -> None:
        lines = list(OrderLine.objects.open().order_by("pk"))
        if lines and self.dice.random() < 0.5:
            line = self.dice.choice(lines)
            units = self.dice.randint(1, line.open)
            is_ours = self.dice.random() < 0.3
            fulfillment.cancel(
                [fulfillment.LineUnits(line.pk, units)], reason="Enough", by=None, at=at, is_ours=is_ours
            )


def lived(seed: int, days: int = DAYS):
    world = FigureWorld(seed)
    at = make.MONDAY
    for number in range(days):
        night_of(at - 6 * HOUR)
        world.day(at)
        if number % 5 == 0:
            night.keep(at=at + 12 * HOUR)
        at += timedelta(days=1)
    return at + 12 * HOUR


def kept():
    rows = WeeklyFigure.objects.exclude(figure__startswith="said_")
    found = rows.values_list("dimension", "value", "week", "figure", "reached", "counted")
    return {(row[0], row[1], row[2], row[3]): (row[4], row[5]) for row in found}


@pytest.mark.parametrize("seed", range(3))
def test_each_figure_is_what_the_rows_say_counted_one_by_one(seed):
    at = lived(seed)

    night.keep(at=at)

    week = calendar.monday(at.date())
    passing = ("cover", "units_", "worth_", "risk")
    expected = CountedByHand(at).figures
    found = {key: each for key, each in kept().items() if key[2] >= week or not key[3].startswith(passing)}
    assert {key[3] for key in found} >= {"kept_first", "kept_last", "warned", "noise", "fill", "otif_first", "cover"}
    assert found.keys() == expected.keys()
    wrong = {key: (found[key], expected[key]) for key in found if not is_near(found[key], expected[key])}
    assert wrong == {}
    forecasts_are_judged_by_when_nine_tenths_were_here(at)

    before = kept()

    again = night.keep(at=at + HOUR / 2)

    assert not any(again.values()), again
    assert kept() == before


def is_near(found, expected):
    """Sums of shares and chances are binary fractions; all else is exact."""
    return all(abs(one - other) <= Decimal("0.0002") for one, other in zip(found, expected, strict=True))


def forecasts_are_judged_by_when_nine_tenths_were_here(at):
    rows = list(ArrivalForecast.objects.select_related("inbound"))
    assert rows
    for row in rows:
        assert row.came_on == came_on(row.inbound)
        assert row.by_50 > row.said_on
        assert row.horizon == band((row.by_50 - row.said_on).days)
    for chance in (50, 80, 90):
        due = [row for row in rows if getattr(row, f"by_{chance}") < at.date() and not row.is_off]
        hit = [row for row in due if row.came_on and row.came_on <= getattr(row, f"by_{chance}")]
        for dimension, of in OF.items():
            for value in {of(row) for row in due}:
                figures = WeeklyFigure.objects.filter(figure=f"said_{chance}", dimension=dimension, value=value)
                counted = sum(figure.counted for figure in figures)
                assert counted == sum(of(row) == value for row in due)
                assert sum(figure.reached for figure in figures) == sum(of(row) == value for row in hit)


def band(days):
    return "0-7" if days <= 7 else "8-14" if days <= 14 else "15-28" if days <= 28 else "29+"


def test_a_new_shop_reads_when_there_will_be_figures(admin_client):
    said = admin_client.get(PAGE).content.decode()

    assert "There are no figures yet." in said
    assert "0 %" not in said
    assert "100 %" not in said


@pytest.mark.parametrize(
    ("role", "status"),
    [(roles.OPERATIONS, 200), (roles.BUYER, 200), (roles.AUDITOR, 200), (roles.CUSTOMER_SERVICE, 403)],
)
def test_those_who_see_everything_see_it(client, role, status):
    who = User.objects.create_user("kim", is_staff=True)
    who.groups.add(Group.objects.get(name=role))
    client.force_login(who)

    assert client.get(PAGE).status_code == status
