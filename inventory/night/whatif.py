"""
What a reorder point would be if something were otherwise: another target, lead time, review, or an event to come.

A supposition changes what a night's computation (``policies.supposing``) is given, and nothing else; it reads and
writes nothing itself.
"""

from dataclasses import dataclass, replace

import numpy as np

from inventory.formulas.reorder import Inputs

from .skus import Floats, LeadTimes, Policies


@dataclass(frozen=True, slots=True)
class WhatIf:
    """
    What is supposed; None leaves it as it is.

    target: a share between 0 and 1. lead_days, lead_sd_days, review_days: days.
    uplift: demand is multiplied by it for so many ``weeks`` from today, on top of what is known of them.
    """

    target: float | None = None
    lead_days: float | None = None
    lead_sd_days: float | None = None
    review_days: float | None = None
    uplift: float = 1.0
    weeks: int = 0

    def policies(self, known: Policies) -> Policies:
        """Give what people set as supposed: the target wins over theirs and over that of the class."""
        if self.target is None:
            return known
        return replace(known, target=np.full_like(known.target, self.target))

    def lead_times(self, lead: LeadTimes) -> LeadTimes:
        """Give the lead times as supposed."""

        def days(known: Floats, supposed: float | None) -> Floats:
            return known if supposed is None else np.full_like(known, supposed)

        return replace(
            lead,
            mean=days(lead.mean, self.lead_days),
            sd=days(lead.sd, self.lead_sd_days),
            review=days(lead.review, self.review_days),
        )

    def inputs(self, inputs: Inputs) -> Inputs:
        """Give what is computed from with the supposed event in it."""
        if self.uplift == 1 or not self.weeks:
            return inputs
        return replace(inputs, uplift=self._lifted(inputs.uplift, len(inputs.mean)))

    def _lifted(self, known: Floats | None, count: int) -> Floats:
        lift = np.ones((count, self.weeks)) if known is None else known.copy()
        if len(lift.T) < self.weeks:
            lift = np.hstack([lift, np.ones((count, self.weeks - len(lift.T)))])
        lift[:, : self.weeks] *= self.uplift
        return lift


AS_IT_IS = WhatIf()
