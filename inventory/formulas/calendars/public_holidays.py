"""PURE: the public holidays of a country and its regions, as the library ``holidays`` knows them."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

import holidays
from holidays.registry import COUNTRIES

LANGUAGE = "en_US"
NAMED = 6
"""Regions that a refusal names; the others are counted."""


class NoSuchHolidays(Exception):
    """There is no calendar of public holidays for that country, or none for that region of it."""


@lru_cache(maxsize=1024)
def of_year(country: str, region: str, year: int) -> Mapping[date, str]:
    """
    Give the public holidays of one year with their names, in English where the library has that.

    >>> of_year("DE", "BY", 2026)[date(2026, 1, 6)]
    'Epiphany'
    """
    return dict(holidays.country_holidays(country, subdiv=region or None, years=year, language=LANGUAGE).items())


@lru_cache(maxsize=256)
def week(country: str) -> str:
    """
    Give a 1 for each weekday on which people work there, from Monday on.

    >>> week("DE"), week("SA")
    ('1111100', '1111001')
    """
    weekend = holidays.country_holidays(country).weekend
    return "".join("01"[day not in weekend] for day in range(7))


def known(country: str, region: str) -> tuple[str, str]:
    """
    Give the codes of a country and a region, by code or by name.

    >>> known("germany", "Bayern"), known(" de ", ""), known("", "")
    (('DE', 'BY'), ('DE', ''), ('', ''))

    :raises NoSuchHolidays: in words
    """
    country, region = country.strip(), region.strip()
    if not country:
        if region:
            raise NoSuchHolidays(f"{region} is a region of which country? Name the country, too.")
        return "", ""
    code = _codes().get(country.casefold().replace(" ", "_"))
    if code is None:
        raise NoSuchHolidays(
            f"There is no calendar of public holidays for “{country}”. "
            "Enter the two letters of a country, such as DE or US, or leave it empty."
        )
    return code, _region(code, region) if region else ""


def _region(code: str, region: str) -> str:
    entity: Any = getattr(holidays, code)
    codes: dict[str, str] = {each.casefold(): each for each in entity.subdivisions}
    codes |= {alias.casefold(): each for alias, each in entity.subdivisions_aliases.items()}
    if region.casefold() in codes:
        return codes[region.casefold()]
    some = entity.subdivisions[:NAMED]
    if not some:
        raise NoSuchHolidays(f"{code} has one calendar for all its regions: leave “{region}” out.")
    more = len(entity.subdivisions) - len(some)
    rest = f" and {more} more" if more else ""
    raise NoSuchHolidays(
        f"The public holidays of {code} are not known for a region “{region}”. Those it has are "
        f"{', '.join(some)}{rest}."
    )


@lru_cache(maxsize=1)
def _codes() -> Mapping[str, str]:
    """The two letters of every country, by themselves and by its name."""
    by_name = {name: values[1] for name, values in COUNTRIES.items()}
    return by_name | {code.casefold(): code for code in by_name.values()}
