"""What became of each line and order, what was forecast of each arrival, and the figures that add it up by week."""

from django.db import models
from django.db.models import F, Q

from inventory.models import Inbound, Warehouse
from orders.models import Order, OrderLine


class OrderOutcome(models.Model):
    """
    An order, and whether it was on time in full. Written only by ``backoffice.figures.outcomes``.

    :ivar requested_on: not after this day, else not before it, as its customer asked; null: they asked for no day
    :ivar first_due: the latest of the days first promised to its lines; null: none was
    :ivar is_on_request: whether all of it had left by ``requested_on``; null: nothing to judge, or not yet
    :ivar is_on_promise: whether each line had left by the day first promised to it; null: as above
    """

    order = models.OneToOneField(Order, models.CASCADE, primary_key=True, related_name="outcome")
    placed_on = models.DateField()
    requested_on = models.DateField(null=True, blank=True)
    first_due = models.DateField("first promised for", null=True, blank=True)
    is_on_request = models.BooleanField("left by the day asked for", null=True, blank=True)
    is_on_promise = models.BooleanField("left by the first promised day", null=True, blank=True)
    channel = models.CharField(max_length=40)
    warehouse = models.ForeignKey(Warehouse, models.CASCADE, related_name="+")

    class Meta:
        verbose_name = "order counted"
        verbose_name_plural = "orders counted"
        indexes = [
            models.Index(fields=["requested_on"], name="order_outcome_by_request"),
            models.Index(fields=["first_due"], name="order_outcome_by_promise"),
        ]

    def __str__(self) -> str:
        return str(self.order)


def broke(day: str) -> Q:
    """
    Ask of rows whether their line broke a day: spelled out, since a comparison with an empty day is neither.

    The figures ask in these very words: by others PostgreSQL would not know that an index answers.
    """
    return Q(left_on=None) | Q(left_on__gt=F(day)) | Q(given_up_on__isnull=False)


class LineOutcome(models.Model):
    """
    A line: what its customer was told, and what became of it. Written only by ``backoffice.figures.outcomes``.

    :ivar units: ordered; ``filled``: of these, from the shelf when it was placed; null: nobody knows
    :ivar wanted: units still wanted, or given up because of delay
    :ivar first_due: the first day that was told; ``last_due``: the newest; null: none was told
    :ivar first_promised: the first day promised, told or not
    :ivar warned_on: when another day than ``first_due``, or that there is none, was told first
    :ivar warn_by: the last working day of its warehouse before ``first_due``
    :ivar later_mails: how often a day was taken back for a later one, or for none; ``judged_mails``: of these, how
        many days have passed, or all has left; ``vain_mails``: of those, how often it left by the day taken back
    :ivar left_on: the day by which all units wanted had left; ``given_up_on``: when units were canceled because of
        delay
    :ivar supplier: who sent what the newest told promise rested on, else who supplies the product there; empty: nobody
    """

    line = models.OneToOneField(OrderLine, models.CASCADE, primary_key=True, related_name="outcome")
    order = models.ForeignKey(OrderOutcome, models.CASCADE, related_name="lines")
    placed_on = models.DateField()
    units = models.PositiveIntegerField()
    filled = models.IntegerField("from the shelf", null=True, blank=True)
    wanted = models.PositiveIntegerField()
    first_promised = models.DateField(null=True, blank=True)
    first_due = models.DateField("first told", null=True, blank=True)
    last_due = models.DateField("last told", null=True, blank=True)
    warned_on = models.DateField("told another day on", null=True, blank=True)
    warn_by = models.DateField(null=True, blank=True)
    later_mails = models.IntegerField("told later", default=0)
    judged_mails = models.IntegerField(default=0)
    vain_mails = models.IntegerField("of these in vain", default=0)
    left_on = models.DateField("all left on", null=True, blank=True)
    given_up_on = models.DateField(null=True, blank=True)
    supplier = models.CharField(max_length=120, blank=True)
    abc = models.CharField("class", max_length=1, blank=True)
    warehouse = models.ForeignKey(Warehouse, models.CASCADE, related_name="+")
    channel = models.CharField(max_length=40)

    class Meta:
        verbose_name = "line counted"
        verbose_name_plural = "lines counted"
        indexes = [
            models.Index(fields=["placed_on"], name="line_outcome_by_day"),
            models.Index(fields=["first_due"], name="line_outcome_by_first"),
            models.Index(fields=["last_due"], name="line_outcome_by_last"),
            # the rows behind a number: those of one supplier, and the few that were told later, or broke
            models.Index(fields=["supplier", "line"], name="line_outcome_by_supplier"),
            models.Index(fields=["line"], name="line_outcome_told_later", condition=Q(later_mails__gt=0)),
            models.Index(fields=["line"], name="line_outcome_broke_first", condition=broke("first_due")),
            models.Index(fields=["line"], name="line_outcome_broke_last", condition=broke("last_due")),
        ]

    def __str__(self) -> str:
        return str(self.line)


class ArrivalForecast(models.Model):
    """
    What was forecast of an inbound on the first night that it was so near. Written once a horizon, by
    ``backoffice.figures.forecasts``; ``came_on`` when nine tenths of it are here.

    :ivar horizon: days from ``said_on`` to the likely day, as a band
    """

    class Horizon(models.TextChoices):
        WEEK = "0-7", "up to 7 days ahead"
        FORTNIGHT = "8-14", "8–14 days ahead"
        MONTH = "15-28", "15–28 days ahead"
        FAR = "29+", "29 days ahead and more"

    inbound = models.ForeignKey(Inbound, models.CASCADE, related_name="forecasts", db_index=False)
    horizon = models.CharField(max_length=5, choices=Horizon.choices)
    said_on = models.DateField()
    by_50 = models.DateField("here by, half of the time")
    by_80 = models.DateField("here by, 80 %")
    by_90 = models.DateField("here by, 90 %")
    came_on = models.DateField(null=True, blank=True)
    is_off = models.BooleanField("canceled", default=False)
    supplier = models.CharField(max_length=120, blank=True)
    abc = models.CharField("class", max_length=1, blank=True)
    warehouse = models.ForeignKey(Warehouse, models.CASCADE, related_name="+")

    class Meta:
        verbose_name = "forecast of an arrival"
        verbose_name_plural = "forecasts of arrivals"
        constraints = [models.UniqueConstraint(fields=["inbound", "horizon"], name="forecast_once_a_horizon")]
        indexes = [
            # the nights that look whether it came
            models.Index(fields=["inbound"], name="forecast_open", condition=Q(came_on__isnull=True, is_off=False)),
            models.Index(fields=["by_50"], name="forecast_by_50"),
            models.Index(fields=["by_80"], name="forecast_by_80"),
            models.Index(fields=["by_90"], name="forecast_by_90"),
        ]

    def __str__(self) -> str:
        return f"{self.inbound}, {self.get_horizon_display()}"


class WeeklyFigure(models.Model):
    """
    One figure of one week, of all or of one supplier, class, warehouse, channel or horizon: what was reached of what
    was counted. Written only by ``backoffice.figures.weekly``; what cannot change any more stays for good.
    """

    class Dimension(models.TextChoices):
        ALL = "", "all"
        SUPPLIER = "supplier", "supplier"
        ABC = "abc", "class"
        WAREHOUSE = "warehouse", "warehouse"
        CHANNEL = "channel", "channel"
        HORIZON = "horizon", "horizon"

    week = models.DateField("week from")
    figure = models.CharField(max_length=20)
    dimension = models.CharField("by", max_length=10, choices=Dimension.choices, blank=True)
    value = models.CharField("of", max_length=120, blank=True)
    reached = models.DecimalField(max_digits=24, decimal_places=4)
    counted = models.DecimalField("of how many", max_digits=24, decimal_places=4)

    class Meta:
        verbose_name = "figure of a week"
        verbose_name_plural = "figures by week"
        constraints = [
            # the page asks for some weeks of one value
            models.UniqueConstraint(fields=["dimension", "value", "week", "figure"], name="figure_once_a_week"),
            models.CheckConstraint(condition=Q(reached__gte=0, counted__gt=0), name="figure_counts_something"),
        ]

    def __str__(self) -> str:
        return f"{self.figure}, {self.week}"

    @property
    def share(self) -> float:
        return float(self.reached / self.counted)
