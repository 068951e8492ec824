"""Demand to measure on: the car parts of ``../shared/data`` where they are at hand, else made-up ones like them."""

import csv
import lzma

import numpy as np
from django.conf import settings

CARPARTS = settings.BASE_DIR.parent / "shared" / "data" / "carparts_monthly_2674x51.csv.xz"


def spare_parts(every=4):
    """One part in ``every`` of the real ones, or made-up ones; units per month, nan where nothing is known."""
    if not CARPARTS.exists():
        return drifting(600)
    with lzma.open(CARPARTS, "rt") as file:
        rows = list(csv.reader(file))[1::every]
    return np.array([[float(cell) if cell else np.nan for cell in row[1:]] for row in rows])


def drifting(items, periods=51):
    """Intermittent demand whose rates differ by item and wander, some up and some down, by a fifth a period."""
    random = np.random.default_rng(4)
    wander = np.exp(np.cumsum(random.normal(-0.02, 0.2, (items, periods)), axis=1))
    orders = random.poisson(random.gamma(2, 0.15, (items, 1)) * wander)
    return orders + random.poisson(orders * random.gamma(1, 1.5, (items, 1))).astype(float)


def bursty(items, periods=51):
    """Orders as a gift shop has them: many of a few units and some of a hundred, from item to item more or less so."""
    random = np.random.default_rng(7)
    rate = random.gamma(1.0, 2.0, (items, 1))
    usual, spread = np.exp(random.normal(1.0, 0.8, (items, 1))), random.uniform(0.2, 1.6, (items, 1))
    orders = random.poisson(rate, (items, periods))
    units = np.zeros((items, periods))
    for number in range(int(orders.max())):
        size = np.ceil(usual * np.exp(random.normal(0, 1, (items, periods)) * spread))
        units += np.where(orders > number, size, 0.0)
    return units


def lumpy(items, periods=60):
    """Spare parts as a refinery has them: asked for now and then, mostly one, sometimes many at once."""
    random = np.random.default_rng(9)
    rate = random.gamma(0.6, 0.06, (items, 1))
    sizes = np.ceil(random.lognormal(0.7, 0.8, (items, periods)))
    return np.where(random.random((items, periods)) < rate, sizes, 0.0)
