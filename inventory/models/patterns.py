"""What products have in common: the seasons and launches of their group, the weekdays of the shop."""

from django.db import models


class GroupPattern(models.Model):
    """
    What the products of one group have in common, learned every four weeks. The row without a group is the shop's.

    ``season``: 52 factors by week of the year, empty where the year held back speaks against one. ``launch``: units
    in each of the first 13 weeks of a product, empty while fewer than three were launched. ``weekdays``: of the shop,
    how much of a mean day each is, Monday first. Written only by ``inventory.demand.patterns``.
    """

    group = models.CharField(max_length=80, blank=True, unique=True)
    learned_on = models.DateField()
    season = models.JSONField(default=list, blank=True)
    season_gain = models.FloatField(
        null=True, help_text="By which share it made forecasts of the last year better. Empty: less than two years."
    )
    launch = models.JSONField(default=list, blank=True)
    launches = models.PositiveIntegerField(default=0, help_text="Products that it was learned from.")
    weekdays = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["group"]

    def __str__(self) -> str:
        return self.group or "The whole shop"
