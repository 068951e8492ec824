"""Currencies beside an amount: as a sign, as three letters, as people abbreviate them, before it and behind. Pure."""

import re
from collections.abc import Collection

from inventory.ground import currencies

_CURRENCIES = {
    "€": {"EUR"},
    "Euro": {"EUR"},
    "Euros": {"EUR"},
    "£": {"GBP", "EGP", "GIP"},
    "$": {"USD", "CAD", "AUD", "NZD", "MXN", "SGD", "HKD", "CLP", "ARS", "COP", "TWD"},
    "US$": {"USD"},
    "$US": {"USD"},
    "US-$": {"USD"},
    "C$": {"CAD"},
    "CA$": {"CAD"},
    "$CA": {"CAD"},
    "A$": {"AUD"},
    "AU$": {"AUD"},
    "NZ$": {"NZD"},
    "HK$": {"HKD"},
    "R$": {"BRL"},
    "¥": {"JPY", "CNY"},
    "￥": {"JPY", "CNY"},
    "JP¥": {"JPY"},
    "円": {"JPY"},
    "元": {"CNY"},
    "₹": {"INR"},
    "₩": {"KRW"},
    "₽": {"RUB"},
    "руб": {"RUB"},
    "₺": {"TRY"},
    "₴": {"UAH"},
    "₫": {"VND"},
    "₪": {"ILS"},
    "zł": {"PLN"},
    "Kč": {"CZK"},
    "Ft": {"HUF"},
    "kr": {"SEK", "NOK", "DKK", "ISK"},
    "Fr": {"CHF"},
    "SFr": {"CHF"},
    "CHF": {"CHF"},
}
_DOTTED = {"fr", "sfr", "kr"}
"""Behind these a point is theirs: Fr.12 is 12, and €.50 a half."""
_BY_NAME = {name.casefold(): (name, meant) for name, meant in _CURRENCIES.items()}
_NUMERIC = frozenset("0123456789.,+-()=")
_FRONT = re.compile(r"(?:US-\$|[^\d(+\-]+)", re.IGNORECASE)
_BACK = re.compile(r"(?<=[\d\s.,)=+\-])(?:US-\$|[^\W\d_]+\.|[^\d\s.,'()=+\-][^\d.,'()=+\-]*)$", re.IGNORECASE)


def beside(text: str) -> tuple[str, str] | None:
    """
    Part an amount from the currency before or behind it; None if what stands there is none, or two that differ.

    >>> beside("US $12"), beside("12.00 usd"), beside("$12.00 USD"), beside("kr. -3"), beside("€.50")
    (('12', 'US$'), ('12.00', 'USD'), ('12.00', 'USD'), ('-3', 'kr'), ('.50', '€'))
    >>> beside("12 pcs"), beside("€ 12 USD"), beside("12%")
    (None, None, None)
    """
    if text[:1] in _NUMERIC and text[-1:] in _NUMERIC - {"."}:
        return text, ""
    front, back = _FRONT.match(text), _BACK.search(text)
    before = front[0] if front and front[0].strip(" .,") else ""
    after = back[0] if back else ""
    number = text[len(before) : len(text) - len(after)].strip()
    if before.endswith((".", ",")) and before[:-1].strip().casefold() not in _DOTTED:
        number, before = before[-1] + number, before[:-1]
    parts = [before, after] if _name(before) else [*before.split(), after]
    named = [_name(sign) for sign in parts if sign]
    if not all(named) or not meet(named):
        return None
    return number, min(named, key=lambda name: len(_meant(name)), default="")


def _name(sign: str) -> str:
    """Give a currency by the one name that it is told by; "" if it is none."""
    solid = "".join(sign.split())
    for text in (solid, solid.removesuffix(".")):
        if text.casefold() in _BY_NAME:
            return _BY_NAME[text.casefold()][0]
        if text.upper() in currencies.CODES or _is_code(text):
            return text.upper()
    return ""


def _meant(sign: str) -> set[str]:
    return _BY_NAME[sign.casefold()][1] if sign.casefold() in _BY_NAME else {sign}


def meet(signs: Collection[str]) -> bool:
    """
    Say if there is one currency that all of these may stand for.

    >>> meet(["$", "USD"]), meet(["$", "€"]), meet([])
    (True, False, True)
    """
    return not signs or bool(set.intersection(*map(_meant, signs)))


def named_in(header: str) -> str:
    """
    Give the currency that a column's name ends with, in brackets; "" if it names none.

    >>> named_in("Price (USD)"), named_in("Preis [€]"), named_in("Price (net)"), named_in("Price")
    ('USD', '€', '', '')
    """
    found = re.search(r"[(\[]\s*([^()\[\]\s]{1,3})\s*[)\]]\s*$", header)
    return found[1] if found and is_currency(found[1]) else ""


def is_currency(sign: str) -> bool:
    """Say if this names a currency: a sign that is known, or three capitals."""
    return sign in _CURRENCIES or sign.removesuffix(".") in _CURRENCIES or _is_code(sign)


def _is_code(sign: str) -> bool:
    return len(sign) == 3 and sign.isalpha() and sign.isupper()


def is_of(sign: str, currency: str) -> bool:
    """
    Say if a sign may stand for a currency.

    >>> is_of("$", "CAD"), is_of("€", "USD"), is_of("EUR", "EUR")
    (True, False, True)
    """
    return currency in _meant(_name(sign) or sign)
