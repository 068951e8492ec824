"""
Rows of a history file that sold no product: postage, fees, discounts, bank charges, vouchers.

They are known by their code, never guessed from a name. A pattern may hold * and ?; the list is the setting
``NOT_PRODUCTS``, and a load may add to it.
"""

import re
from collections.abc import Callable, Iterable
from fnmatch import translate


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """
    Make a test of codes (in capitals) against the patterns.

    >>> is_no_product = matcher(["POST", "gift_*"])
    >>> is_no_product("POST"), is_no_product("GIFT_0001_20"), is_no_product("POSTER-12")
    (True, True, False)
    """
    wanted = [pattern.strip().upper() for pattern in patterns if pattern.strip()]
    if not wanted:
        return lambda code: False
    test = re.compile("|".join(translate(pattern) for pattern in wanted))
    return lambda code: test.match(code) is not None
