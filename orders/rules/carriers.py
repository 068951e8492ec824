"""Where the big carriers show where a parcel is, by what its carrier is called. Pure."""

from urllib.parse import quote

PAGES = (
    ("ups", "https://www.ups.com/track?tracknum={}"),
    ("fedex", "https://www.fedex.com/fedextrack/?trknbr={}"),
    ("usps", "https://tools.usps.com/go/TrackConfirmAction?tLabels={}"),
    ("dhl", "https://www.dhl.com/global-en/home/tracking.html?tracking-id={}"),
    ("gls", "https://gls-group.com/EU/en/parcel-tracking?match={}"),
    ("dpd", "https://tracking.dpd.de/status/en_US/parcel/{}"),
    ("royal mail", "https://www.royalmail.com/track-your-item#/tracking-results/{}"),
)
"""How the name of a carrier begins, in small letters, and the address of its page of a parcel."""


def tracking_url(carrier: str, number: str) -> str:
    """
    Give the carrier's page of a parcel; "": the carrier is none that we know, or there is no number.

    >>> tracking_url("UPS Ground", "1Z 999 AA1")
    'https://www.ups.com/track?tracknum=1Z999AA1'
    >>> tracking_url("FedExpress Kings", "1"), tracking_url("Upstate Couriers", "1"), tracking_url("UPS", "")
    ('', '', '')
    """
    words = " ".join(carrier.lower().split())
    plain = quote("".join(number.split()), safe="")
    for name, page in PAGES:
        if plain and f"{words} ".startswith(f"{name} "):
            return page.format(plain)
    return ""
