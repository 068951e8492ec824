"""
How products of a group begin to sell: the profile of their first weeks, and what it lets expect of a new one. Pure.

NumPy over the SKU axis.

Rules §3.11: expected future = profile · (a + w·seen)/(a + w·profile seen), in ``forecast.launch_expected``.
"""

import numpy as np

from .distributions import Floats
from .forecast import launch_expected

WEEKS = 13
"""Weeks of a profile; after them a product is expected to sell as in the last of them."""
NEW_AFTER = 8
"""A product first asked for so many weeks after the first of all was launched here; one before may be old."""
LEAST = 3
"""Earlier launches without which a group has no profile."""
TAIL = 4
"""Last weeks of a profile whose mean stands for all later ones."""


def weekly(profile: Floats, seen: Floats, *, age: Floats, weeks: Floats) -> Floats:
    """
    Return the units a week that new SKUs are expected to sell over the next ``weeks``, shape (n,).

    :param profile: (n, 13), units in each week since the launch, of each SKU's group
    :param seen: units sold in the ``age`` weeks since the launch

    >>> profile = np.array([[10.0, 8, 6, 5, 4, 4, 4, 4, 4, 4, 4, 4, 4]])
    >>> weekly(profile, np.array([30.0]), age=np.array([2.0]), weeks=np.array([4.0])).round(1).tolist()
    [7.6]
    """
    reached = _until(profile, age)
    ahead = _until(profile, age + weeks) - reached
    expected = launch_expected(ahead, reached, seen)
    return np.divide(expected, weeks, out=np.zeros(len(seen)), where=weeks > 0)


def _until(profile: Floats, age: Floats) -> Floats:
    """Return the units that the profile sells until this age, (n,); a week in part counts in part."""
    share = np.clip(age[:, None] - np.arange(WEEKS), 0.0, 1.0)
    later = np.maximum(age - WEEKS, 0.0) * profile[:, -TAIL:].mean(axis=1)
    total: Floats = (share * profile).sum(axis=1) + later
    return total
