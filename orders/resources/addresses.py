"""Where an order of a file goes: its columns, and the address that its rows say together."""

import gettext
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import django_countries
from django_countries import countries

from inventory.ground import folding, keys
from inventory.ground.tabular import Column, Expected, named, phone, text
from inventory.ground.tabular.values import signs
from orders.fulfillment import Address

PREFIX = "ship_"


LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt_PT", "sv", "da", "nb", "pl")
"""Those in which programs of shops name countries."""
ALSO = {
    "US": "United States, Vereinigte Staaten, US of America, U.S., U.S.A.",
    "GB": "UK, Great Britain, England, Scotland, Wales, Northern Ireland",
    "NL": "Holland, The Netherlands",
    "CI": "Ivory Coast",
    "CZ": "Czech Republic, Tschechische Republik",
}
"""How people call some of them."""
FIVE_DIGITS = frozenset(["DE", "ES", "FI", "FR", "IT", "KR", "MX", "TR", "UA", "US"])
"""Countries all of whose postal codes have five digits, some of them zeros at the front."""
_NO_NAME = re.compile(r"[^\w\s.,'’()&-]")
_CODE = re.compile(r"(?P<name>.+?)\s*\((?P<code>[A-Za-z]{2})\)")


def country(cell: str) -> str:
    """
    Read a country: its two or three letters, or its name in the languages of shops, with its letters or without.

    >>> country("de"), country("DEU"), country(" Germany "), country("USA"), country("United Kingdom (UK)")
    ('DE', 'DE', 'DE', 'US', 'GB')
    >>> country("Deutschland"), country("España"), country("United States (US)"), country("England")
    ('DE', 'ES', 'US', 'GB')
    """
    word = " ".join(signs.western(cell).split())
    found = _CODE.fullmatch(word)
    code = _by_word(found["name"] if found else word)
    if (
        not code
        or _NO_NAME.search(word)
        or (found and found["code"].upper() != "UK" and _by_word(found["code"]) != code)
    ):
        raise Expected("a country, such as DE or Germany")
    return code


def _by_word(word: str) -> str:
    return str(countries.alpha2(word.upper())) or _names().get(folding.solid(word), "")


@cache
def _names() -> dict[str, str]:
    """Give countries by their names; a name of two is none."""
    named: dict[str, set[str]] = {}
    there = Path(django_countries.__file__).parent / "locale"
    for language in LANGUAGES:
        told = gettext.translation("django", there, [language], fallback=True)
        for code, name in list(countries):
            named.setdefault(folding.solid(told.gettext(str(name))), set()).add(code)
    return {name: min(codes) for name, codes in named.items() if len(codes) == 1} | {
        folding.solid(name): code for code, names in ALSO.items() for name in names.split(", ")
    }


def postal_code(cell: str) -> str | None:
    """
    Read a postal code, which a spreadsheet may have kept as text by a sign.

    >>> postal_code("'01067"), postal_code("B3H  4R2"), postal_code("-")
    ('01067', 'B3H 4R2', None)
    """
    code = signs.western(cell)
    damage = keys.damage(code)
    if damage == "nothing":
        return None
    if damage:
        raise Expected(f"a postal code, not {damage}: export the column as text")
    return str(text(20)(code))


def lost_zeros(head: Mapping[str, Any]) -> tuple[str, str] | None:
    """
    Say what is wrong with a postal code that is too short for its country; None if nothing is, or nobody named one.

    >>> lost_zeros({"ship_country": "DE", "ship_postal_code": "1067"})[1]
    'a postal code of 5 digits, as DE has: a spreadsheet takes zeros away. Export the column as text'
    >>> lost_zeros({"ship_country": "AT", "ship_postal_code": "1010"}), lost_zeros({"ship_postal_code": "1067"})
    (None, None)
    """
    code, at = head.get("ship_postal_code") or "", head.get("ship_country")
    if at not in FIVE_DIGITS or not code.isdecimal() or len(code) >= 5:
        return None
    words = f"a postal code of 5 digits, as {at} has: a spreadsheet takes zeros away. Export the column as text"
    return "ship_postal_code", words


COLUMNS = (
    Column("ship_name", named(200), "who opens the door; left out: the customer"),
    Column("ship_company", named(200), "the company there"),
    Column("ship_street", named(200), "where it ships to: street and number"),
    Column("ship_street_more", named(200), "more of the street: floor, building, gate"),
    Column("ship_postal_code", postal_code, "postal code"),
    Column("ship_city", named(120), "city; an address has a street and a city"),
    Column("ship_region", named(80), "state or region"),
    Column("ship_country", country, "its letters or its name, such as DE or Germany; left out: where the shop is"),
    Column("ship_phone", phone(40), "for the carrier"),
)
NAMES = tuple(column.name for column in COLUMNS)


def of(head: Mapping[str, Any]) -> Address | None:
    """Give the address that an order's rows say; None if they say none, or half of one (``objection``)."""
    said = {name.removeprefix(PREFIX): head[name] for name in NAMES if head.get(name)}
    if not ("street" in said and "city" in said):
        return None
    return Address(**{"name": head.get("customer") or head.get("email") or "", **said})


def is_half(head: Mapping[str, Any]) -> bool:
    """Say if there is something of an address, and not enough to send a parcel to."""
    said = [name for name in ("ship_street", "ship_city", "ship_postal_code") if head.get(name)]
    return bool(said) and of(head) is None
