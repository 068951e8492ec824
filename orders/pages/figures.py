"""
What customers did on the pages of their orders, as staff count it. Reads only.

That a page was looked at is not counted: to look changes nothing, and robots that follow links look, too.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.db.models import Q

from inventory.ground.plurals import counted
from orders.models import PageAct, PageActKind

WORDS = {
    PageActKind.AGREED: "agreed",
    PageActKind.NOW: "asked to ship what is here",
    PageActKind.TOGETHER: "asked to ship all together",
    PageActKind.CANCELED: "canceled",
    PageActKind.ASKED: "asked",
    PageActKind.ADDRESS: "asked for another address",
    PageActKind.HEARS: "chose what to hear",
    PageActKind.ANSWERED: "answered an offer",
}
MOST = 500
"""Acts that are counted, the newest."""


def in_words(which: Q) -> str:
    """Say how often customers did what, and how long after a mail the newest of it was; "" if they did nothing."""
    acts = list(PageAct.objects.filter(which).select_related("notice").order_by("-pk")[:MOST])
    return ", ".join([*_counted(acts), *_after(acts)])


def _counted(acts: Iterable[PageAct]) -> Iterator[str]:
    times = Counter(act.kind for act in acts)
    for kind, words in WORDS.items():
        if times[kind]:
            yield words if times[kind] == 1 else f"{words} {times[kind]:,} times"


def _after(acts: Iterable[PageAct]) -> Iterator[str]:
    spans = (act.at - act.notice.sent_at for act in acts if act.notice and act.notice.sent_at)
    if newest := next(spans, None):
        yield f"the last time {_span(newest)} a mail"


def _span(span: timedelta) -> str:
    """
    Say how long, in the largest unit that fits.

    >>> [_span(timedelta(minutes=minutes)) for minutes in (0, 1, 59, 60, 2879, 2880)]
    ['at once after', '1 minute after', '59 minutes after', '1 hour after', '47 hours after', '2 days after']
    """
    minutes = int(span.total_seconds() // 60)
    for size, unit in ((2 * 24 * 60, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // (24 * 60 if unit == "day" else size)
            return f"{counted(count, unit)} after"
    return "at once after"
