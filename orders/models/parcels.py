"""Parcels on their way out: batches that were printed, what is in them, and how long their carriers take."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django_countries.fields import CountryField

from inventory.ground import keys
from inventory.models import Stock, Warehouse
from inventory.models.keyed import MOST_SIGNS

from .order import Order, OrderLine
from .records import Shipment

STANDS = Q(shipment__isnull=True, stopped_at__isnull=True)
"""A parcel that is to leave: what is in it is picked."""


class Batch(models.Model):
    """
    Parcels that one warehouse picks, packs and hands over together.

    It is printed when it is made, and over when its last parcel has left (``posted_at``) or when somebody put the rest
    of it away. Written only by ``orders.shipping``.
    """

    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="batches")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    printed_at = models.DateTimeField()
    posted_at = models.DateTimeField(null=True, blank=True)
    put_away_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "batches"
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(condition=Q(posted_at=None) | Q(put_away_at=None), name="batch_ends_once"),
        ]
        indexes = [
            # the desk, and its card: which batches stand?
            models.Index(
                fields=["printed_at"],
                name="batch_stands",
                condition=Q(posted_at__isnull=True, put_away_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"Batch {self.pk}"

    @property
    def stands(self) -> bool:
        return self.posted_at is None and self.put_away_at is None


class Parcel(models.Model):
    """
    What leaves one warehouse in one box for one order: its units are picked until it has left, or is stopped.

    One that is ``stopped`` is shown at the desk until somebody has put its units back. ``weight`` in kilograms.
    Written only by ``orders.shipping``.
    """

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="parcels")
    order = models.ForeignKey(Order, models.PROTECT, related_name="parcels")
    carrier = models.CharField(max_length=80, blank=True)
    service = models.CharField(max_length=80, blank=True)
    weight = models.DecimalField(max_digits=8, decimal_places=3, null=True, blank=True)
    tracking = models.CharField(max_length=120, blank=True)
    is_left_out = models.BooleanField(default=False)
    shipment = models.OneToOneField(Shipment, models.PROTECT, null=True, blank=True, related_name="parcel")
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    stopped_why = models.CharField(max_length=200, blank=True)
    put_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(shipment=None) | Q(stopped_at=None), name="parcel_leaves_or_stops"),
            models.CheckConstraint(condition=Q(put_back_at=None) | ~Q(stopped_at=None), name="parcel_stops_first"),
            models.CheckConstraint(condition=Q(weight=None) | Q(weight__gt=0), name="parcel_weighs_something"),
        ]
        indexes = [
            # is something of this order picked?
            models.Index(fields=["order"], name="parcel_stands", condition=STANDS),
        ]

    def __str__(self) -> str:
        return f"{self.order} in {self.batch}"

    @property
    def stands(self) -> bool:
        return self.shipment_id is None and self.stopped_at is None


class ParcelLine(models.Model):
    """Units of one line in one parcel, off one shelf."""

    parcel = models.ForeignKey(Parcel, models.CASCADE, related_name="lines", db_index=False)
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="parcel_lines")
    stock = models.ForeignKey(Stock, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["parcel", "line"], name="parcel_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="parcel_line_has_units"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.line}"


MOST_DAYS = 60
"""Working days after which a parcel is lost."""


class TransitTime(models.Model):
    """
    How many working days of its destination a parcel of a carrier takes at most, after the day it ships.

    Typed by people; read when a parcel leaves (``orders.fulfillment.transit``), which keeps the day it was given.
    ``carrier_key`` and ``service_key`` are what is compared, and written with every save.
    """

    carrier = models.CharField(max_length=80, help_text="As it stands on parcels: UPS, Royal Mail.")
    service = models.CharField(
        max_length=80, blank=True, help_text="Empty: all of its services that have no row of their own."
    )
    country = CountryField(blank=True, help_text="Where parcels go. Empty: every country without a row of its own.")
    days = models.PositiveSmallIntegerField(
        "working days",
        validators=[MaxValueValidator(MOST_DAYS)],
        help_text="At most, after the day of shipment: those on which people work where it goes. 0: the same day.",
    )
    carrier_key = models.CharField(max_length=MOST_SIGNS * 80, editable=False)
    service_key = models.CharField(max_length=MOST_SIGNS * 80, editable=False, blank=True)

    class Meta:
        ordering = ["carrier", "service", "country"]
        constraints = [
            models.UniqueConstraint(fields=["carrier_key", "service_key", "country"], name="transit_time_said_once"),
            models.CheckConstraint(condition=Q(days__lte=MOST_DAYS), name="transit_time_is_no_loss"),
        ]

    def __str__(self) -> str:
        where = self.country.name if self.country else "any country"
        return f"{self.carrier} {self.service or 'any service'} to {where}"

    def save(self, *, update_fields: Any = None, **kwargs: Any) -> None:
        self.carrier_key, self.service_key = keys.key(self.carrier), keys.key(self.service)
        if update_fields is not None:
            update_fields = {*update_fields, "carrier_key", "service_key"}
        super().save(update_fields=update_fields, **kwargs)

    def clean(self) -> None:
        """:raises ValidationError: if it is said already, or the carrier is only blanks"""
        super().clean()
        self.carrier, self.service = keys.clean(self.carrier), keys.clean(self.service)
        if not self.carrier:
            raise ValidationError({"carrier": "Enter the name of the carrier."})
        own = {"carrier_key": keys.key(self.carrier), "service_key": keys.key(self.service), "country": self.country}
        if twin := TransitTime.objects.filter(**own).exclude(pk=self.pk).first():
            raise ValidationError(f"{twin} is there already, with {twin.days}: change that row.")
