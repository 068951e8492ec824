"""
Mail that came back: what a provider tells later of a mail that it took. Writes ``Notice.state`` and takes back the
``told_at`` of lines.

Each step is an UPDATE that commits by itself and may be done again, so an event that comes twice, or breaks off half
way and is repeated, ends the same.
"""

import re
from datetime import datetime, timedelta

from django.db.models import Max, OuterRef, Q, Subquery

from orders.models import Notice, NoticeLine, NoticeState, OrderLine

OUT = Q(state__in=(NoticeState.SENT, NoticeState.IN_DOUBT)) | Q(state=NoticeState.CLAIMED, intent_at__isnull=False)
"""What went, or may have gone, to the provider."""
BACK = (NoticeState.BOUNCED, NoticeState.COMPLAINED)
OWN_NAME = re.compile(r"notice\.(\d{1,18})@")
"""In a Message-ID of ours."""
LONGEST_NAME = 200
SKEW = timedelta(minutes=1)
"""By how much a provider's clock may be behind ours."""


def came_back(
    *, name: str, notice_id: str = "", is_complaint: bool = False, words: str = "", happened_at: datetime | None = None
) -> bool:
    """
    Note that a mail did not reach its reader, or was called spam by them: its lines were not told by it.

    :param name: what the provider calls the mail, or our own Message-ID
    :param notice_id: our key, where the provider carries it; for what comes back before we know the provider's name
    :returns: whether there is such a mail; one that was sent again since is not meant by what happened before
    """
    notice = _found(name, notice_id)
    if notice is None or _is_old(notice, happened_at):
        return False
    state = NoticeState.COMPLAINED if is_complaint else NoticeState.BOUNCED
    said = ("Its reader called it spam." if is_complaint else "It came back.") + (f" {words}" if words else "")
    Notice.objects.filter(OUT, pk=notice.pk).update(state=state, error=said[:500], claimed_until=None)
    notice.refresh_from_db()
    if notice.state in BACK:
        _take_back(notice)
    return True


def _found(name: str, notice_id: str) -> Notice | None:
    if name and len(name) <= LONGEST_NAME and (notice := Notice.objects.filter(provider_id=name).first()):
        return notice
    unnamed = Notice.objects.filter(provider_id="")
    if own := OWN_NAME.search(name):
        return unnamed.filter(pk=int(own[1]), message_id=name).first()
    return unnamed.filter(pk=int(notice_id)).first() if re.fullmatch(r"[0-9]{1,18}", notice_id) else None


def _is_old(notice: Notice, happened_at: datetime | None) -> bool:
    return bool(happened_at and notice.intent_at and happened_at < notice.intent_at - SKEW)


def _take_back(notice: Notice) -> None:
    """
    Let the lines that this mail told last be told by the mail before it, or by none.

    One at a time, since to hold one while waiting for another could be a deadlock with an allocation.
    """
    if notice.sent_at is None:
        return
    others = NoticeLine.objects.filter(line=OuterRef("pk"), notice__state=NoticeState.SENT, is_superseded=False)
    before = others.order_by().values("line").annotate(last=Max("notice__sent_at")).values("last")
    for line_id in notice.lines.order_by("line_id").values_list("line_id", flat=True).distinct():
        OrderLine.objects.filter(pk=line_id, told_at=notice.sent_at).update(told_at=Subquery(before))
