"""What covers a line, what happened to it, what was promised, what left."""

from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from inventory.models import Inbound, Stock, Warehouse
from inventory.models.folded import Folded, FoldedField

from .order import Basis, Order, OrderLine


class Allocation(models.Model):
    """
    Units of one line covered by stock on hand or pegged to an inbound; ``picked``: of those on hand, how many lie in
    parcels that have not left yet. Written only by ``orders.allocation``.
    """

    line = models.ForeignKey(OrderLine, models.CASCADE, related_name="allocations", db_index=False)
    stock = models.ForeignKey(Stock, models.PROTECT, null=True, related_name="allocations")
    inbound = models.ForeignKey(Inbound, models.PROTECT, null=True, related_name="allocations")
    quantity = models.PositiveIntegerField()
    picked = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "stock"], name="allocation_once_per_stock"),
            models.UniqueConstraint(fields=["line", "inbound"], name="allocation_once_per_inbound"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="allocation_has_units"),
            models.CheckConstraint(
                condition=Q(picked=0) | Q(picked__lte=F("quantity"), stock__isnull=False),
                name="allocation_picked_is_here",
            ),
            models.CheckConstraint(
                condition=Q(stock__isnull=True, inbound__isnull=False) | Q(stock__isnull=False, inbound__isnull=True),
                name="allocation_rests_on_one_supply",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} from {self.stock or self.inbound}"


class AddedLine(models.Model):
    """
    A line that joined its order after it was placed: more units of one, or another product in its place, ``beside``
    which it stands; or a further product, beside none.

    A substitute is no demand of its own: demand counts for the product that was asked for.
    Written only by ``orders.fulfillment.adding``.
    """

    line = models.OneToOneField(OrderLine, models.CASCADE, related_name="addition")
    beside = models.ForeignKey(OrderLine, models.CASCADE, null=True, related_name="additions")
    is_substitute = models.BooleanField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=~Q(line=F("beside")), name="added_line_is_another"),
            models.CheckConstraint(
                condition=Q(beside__isnull=False) | Q(is_substitute=False), name="added_line_stands_in_for_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} beside {self.beside}"


class OrderDocument(models.Model):
    """
    What the newest file said of an order: whether another one says the same, and which of the two is newer.

    ``updated_at`` is the document's own time, if it has one. Written only by ``orders.resources``.
    """

    order = models.OneToOneField(Order, models.CASCADE, primary_key=True, related_name="document")
    content = models.JSONField()
    updated_at = models.DateTimeField(null=True, blank=True)
    loaded_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"What a file said of {self.order}"


class EventKind(models.TextChoices):
    PLACED = "placed", "Placed"
    ALLOCATED = "allocated", "Units set aside"
    LOST = "lost", "Units lost"
    DATE = "date", "New date"
    PRIORITY = "priority", "Priority changed"
    PINNED = "pinned", "Pinned to a place"
    RANKED = "ranked", "Moved in the queue"
    CANCELED = "canceled", "Canceled"
    QUANTITY = "quantity", "Quantity changed"
    SUBSTITUTED = "substitute", "Substituted"
    OFFERED = "offered", "Substitute offered"
    SHIPPED = "shipped", "Shipped"
    REVERSED = "reversed", "Never left"
    WENT_LOST = "went_lost", "Lost on the way"
    RETURNED = "returned", "Came back"
    CORRECTED = "corrected", "Tracking number corrected"
    CAUSE = "cause", "Cause"


class LineEvent(models.Model):
    """The history of a line: one row for each thing that happened to it. Append-only."""

    line = models.ForeignKey(OrderLine, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=EventKind.choices)
    units = models.IntegerField(null=True, blank=True)
    text = models.CharField(max_length=300, blank=True)
    cause = models.CharField(max_length=120, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["at", "kind"], name="line_event_by_day")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.text}"


class OrderEventKind(models.TextChoices):
    COMPLETE = "complete", "Ships complete"
    RULE = "rule", "Ships from"
    WANTED = "wanted", "Not before"
    MUST_BY = "must_by", "Not after"
    NOTE = "note", "Note"
    PRODUCT = "product", "Further product"
    ADDRESS = "address", "Ships to"
    STOPPED = "stopped", "Stopped"
    GOES_ON = "goes_on", "Goes on"
    UNPAID = "unpaid", "Placed unpaid"
    RELEASED = "released", "Not paid in time"
    PAID = "paid", "Paid"
    NEVER_PAID = "never_paid", "Never paid"
    BY_PAGE = "by_page", "By the customer, on their page"
    LINKS = "links", "Links withdrawn"


class OrderEvent(models.Model):
    """The history of a whole order after it was placed: one row for each thing that changed. Append-only."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=OrderEventKind.choices)
    text = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.text}"


class Promise(models.Model):
    """A date, computed or typed, and what it rests on. Append-only, but for ``told_at`` (``orders.mail.stood_by``)."""

    TOLD_BEFORE = "told before the order came here"

    line = models.ForeignKey(OrderLine, models.CASCADE, related_name="promises")
    likely_date = models.DateField(null=True, blank=True)
    promised_date = models.DateField(null=True, blank=True, help_text="The safe end: kept or broken against it.")
    basis = models.CharField(max_length=10, choices=Basis.choices)
    inbound = models.ForeignKey(Inbound, models.SET_NULL, null=True, blank=True, related_name="promises")
    quantile = models.FloatField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    cause = models.CharField(max_length=120, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.promised_date or 'no date'} ({self.get_basis_display()})"


def plain(number: str) -> str:
    """
    Give a tracking number as it is compared: people type its blanks and its letters as they like.

    >>> plain(" 1z 999 aa")
    '1Z999AA'
    """
    return "".join(number.split()).upper()


class Plain(models.Func):
    """The same in the database. Its blank stands in the text itself: an index serves nobody who asks with another."""

    template = "UPPER(REPLACE(%(expressions)s, ' ', ''))"
    output_field = models.CharField()


class ShipmentQuerySet(models.QuerySet["Shipment"]):
    def numbered(self, numbers: Iterable[str]) -> "ShipmentQuerySet":
        """Parcels with one of these tracking numbers, however they were typed."""
        return self.alias(plain=Plain("tracking")).filter(plain__in={plain(number) for number in numbers} - {""})

    def that_left(self) -> "ShipmentQuerySet":
        """Parcels of which something did leave: what was posted by mistake, all of it, stands there with its label."""
        return self.filter(Exists(ShipmentLine.objects.filter(shipment=OuterRef("pk"), quantity__gt=F("reversed"))))


class Shipment(Folded):
    """
    Units handed to a carrier, from one warehouse. ``arrives_by`` is the day by which it should be there, as its
    carrier's transit time was known when it left; empty: nobody knew.
    """

    PIECES = ("tracking",)

    order = models.ForeignKey(Order, models.PROTECT, related_name="shipments")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="shipments")
    carrier = models.CharField(max_length=80, blank=True)
    tracking = models.CharField(max_length=120, blank=True)
    folded = FoldedField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    shipped_at = models.DateTimeField()
    arrives_by = models.DateField("should arrive by", null=True, blank=True)

    objects = ShipmentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        permissions = [
            ("return_shipment", "Can take in what comes back, and decide what becomes of it"),
            ("lose_shipment", "Can say that a parcel is lost"),
            ("reverse_shipment", "Can take back a shipment that never left"),
            ("correct_shipment", "Can correct a tracking number"),
        ]
        indexes = [
            # shipping: is a number that of another parcel? and who looks for one
            models.Index(Plain("tracking"), name="shipment_by_plain_number"),
        ]

    def __str__(self) -> str:
        return f"{self.order} from {self.warehouse}"


class ShipmentLine(models.Model):
    """
    Units of one line in one shipment, and what became of them afterwards.

    ``reversed`` never left; ``lost`` never arrived, of which ``found`` came back to us; ``returned`` were sent back, of
    which ``exchanged`` are replaced. A line's shipped is the sum of ``COUNTS_AS_SHIPPED`` (``returns``).
    Written by ``orders.fulfillment`` (``shipping`` and ``afterwards``) and ``orders.moving_in``.
    """

    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="shipment_lines")
    quantity = models.PositiveIntegerField()
    reversed = models.IntegerField(default=0, db_default=0)
    lost = models.IntegerField(default=0, db_default=0)
    found = models.IntegerField(default=0, db_default=0)
    returned = models.IntegerField(default=0, db_default=0)
    exchanged = models.IntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="shipment_line_has_units"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("reversed") + F("lost") + F("returned"))
                & Q(reversed__gte=0, found__gte=0, exchanged__gte=0)
                & Q(lost__gte=F("found"), returned__gte=F("exchanged")),
                name="shipment_line_tells_each_unit_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.line}"

    @property
    def with_customer(self) -> int:
        """Units that left, arrived as far as we know, and were not sent back."""
        return self.quantity - self.reversed - self.lost - self.returned

    @property
    def fate(self) -> str:
        """What became of its units after they were posted; "" while nothing has."""
        parts = (
            (self.reversed, "never left"),
            (self.lost - self.found, "lost on the way"),
            (self.found, "lost, then found"),
            (self.returned - self.exchanged, "came back"),
            (self.exchanged, "exchanged"),
        )
        return ", ".join(f"{units:,} {words}" for units, words in parts if units)
