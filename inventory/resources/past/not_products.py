"""
Rows of a history file that sold no product: postage, fees, discounts, bank charges, vouchers.

They are known by their code, never guessed from a name, and never by how a code begins: a * at the end of a pattern
stands for a number. Elsewhere a pattern may hold * and ?. The list is the setting ``NOT_PRODUCTS``, and a load may add
to it. A SKU that is known is a product, whatever the list says.
"""

import re
from collections.abc import Callable, Iterable
from fnmatch import translate

_NUMBER = r"[\d _./-]*"


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """
    Make a test of codes (in capitals) against the patterns.

    >>> is_no_product = matcher(["POST", "gift_*"])
    >>> is_no_product("POST"), is_no_product("GIFT_0001_20"), is_no_product("POSTER-12")
    (True, True, False)
    >>> is_no_product = matcher(["TEST*", "*-FEE"])
    >>> [is_no_product(code) for code in ("TEST", "TEST001", "TEST 2", "TESTER-KIT", "TEST-STRIPS", "PLATFORM-FEE")]
    [True, True, True, False, False, True]
    """
    wanted = [pattern.strip().upper() for pattern in patterns if re.search(r"\w", pattern)]
    if not wanted:
        return lambda code: False
    test = re.compile("|".join(_translated(pattern) for pattern in wanted))
    return lambda code: test.match(code) is not None


def _translated(pattern: str) -> str:
    stem = pattern.rstrip("*")
    if stem == pattern:
        return translate(pattern)
    return translate(stem).removesuffix(r"\Z").removesuffix(r"\z") + _NUMBER + r"\Z"
