"""Plans that were tried."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from orders.rules.strategies import Strategy


class SimulationRun(models.Model):
    """
    The plan of some products under another strategy: what it would change, who looked, and whether it was applied.

    ``before`` and ``after`` hold the lines that would notice, by line number: units here, coming and uncovered,
    likely and safe date. ``fingerprint`` names the facts and the outcome. Written only by ``orders.queue.simulation``.
    """

    strategy = models.CharField(max_length=10, choices=[(strategy.value, strategy.label) for strategy in Strategy])
    moves_on_hand = models.BooleanField(
        "moves units on hand", default=False, help_text="Units set aside for somebody may go to somebody else."
    )
    inputs = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    summary = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-pk"]
        verbose_name = "simulation"
        permissions = [("apply_simulationrun", "Can apply a simulation")]
        constraints = [
            models.CheckConstraint(
                condition=Q(applied_at__isnull=True) | ~Q(strategy=Strategy.EQUAL.value),
                name="simulation_equal_shares_are_never_applied",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_strategy_display().partition(':')[0]}, {self.at:%Y-%m-%d %H:%M}"
