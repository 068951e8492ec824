"""PURE: the reorder point of the textbooks, by the normal formula: what a backtest is held against."""

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from inventory.formulas.distributions import Floats


def textbook_reorder_point(
    mean: ArrayLike,
    sd: ArrayLike,
    *,
    lead: ArrayLike = 1.0,
    lead_sd: float = 0.0,
    target: float | None = None,
    z: float = 0.0,
) -> tuple[Floats, Floats]:
    """
    Return safety stocks and reorder points by the normal formula, z·√(Lσ² + d²σ_L²): what a backtest is held against.

    ``mean`` and ``sd`` per period of the lead time; ``target`` is a cycle service, else ``z`` is taken.

    >>> [figure.round(1).tolist() for figure in textbook_reorder_point([50, 30], [5, 5], target=0.97)]
    [[9.4, 9.4], [59.4, 39.4]]
    """
    usual, spread = np.asarray(mean, float), np.asarray(sd, float)
    factor = z if target is None else NormalDist().inv_cdf(target)
    weeks = np.asarray(lead, float)
    safety = factor * np.sqrt(weeks * spread**2 + (usual * lead_sd) ** 2)
    return safety, usual * weeks + safety
