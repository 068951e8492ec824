"""All that match, beyond the page one sees: what may be selected, said before; what has changed, said after."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest

from inventory.desk.operations import MOST_ROWS
from inventory.ground.sql import paging

COUNTED = "counted"
"""The field that says how many matched when the list was shown."""
TOO_MANY = f"That is more than {MOST_ROWS} rows. Narrow the list first, then act on a part of it."


def note(count: int, unbounded: str) -> str:
    """
    Say what an action would do with all that match, if it would not take all of them.

    >>> note(200, ""), note(1_204, "Export")
    ('', '“Export” takes all of them, the other actions up to 200.')
    >>> note(20_000, "")
    'Actions take up to 200 rows: narrow the list to select all 10,000+.'
    """
    if count <= MOST_ROWS:
        return ""
    if unbounded:
        return f"“{unbounded}” takes all of them, the other actions up to {MOST_ROWS}."
    return f"Actions take up to {MOST_ROWS} rows: narrow the list to select all {paging.in_words(count)}."


def tell_if_moved(request: HttpRequest, rows: QuerySet[Any]) -> None:
    """Say so if other rows match now than when somebody selected all: these are acted on."""
    counted = request.POST.get(COUNTED, "")
    if request.POST.get("select_across") != "1" or not (counted.isdecimal() and len(counted) < 9):
        return
    now = rows.order_by()[: paging.BOUND + 1].count()
    if now != min(int(counted), paging.BOUND + 1):
        was, words = paging.in_words(int(counted)), paging.in_words(now)
        messages.warning(
            request, f"You selected all {was}; by now {words} match. What is done here is for the rows of now."
        )
