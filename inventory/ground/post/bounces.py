"""
Mail that came back: what a provider tells later of a letter that it took. Writes the state of letters; what is not so
after all the app whose letter it is takes back.

Each step is an UPDATE that commits by itself and may be done again, so an event that comes twice, or breaks off half
way and is repeated, ends the same.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from django.db.models import Q, QuerySet

from .letter import Letter, LetterState
from .sender import OUTBOXES, Outbox

OUT = Q(state__in=(LetterState.SENT, LetterState.IN_DOUBT)) | Q(state=LetterState.CLAIMED, intent_at__isnull=False)
"""What went, or may have gone, to the provider."""
BACK = (LetterState.BOUNCED, LetterState.COMPLAINED)
LONGEST_NAME = 200
SKEW = timedelta(minutes=1)
"""By how much a provider's clock may be behind ours."""
NO_KEYS: Mapping[str, str] = MappingProxyType({})


def came_back(
    *,
    name: str,
    keys: Mapping[str, str] = NO_KEYS,
    is_complaint: bool = False,
    words: str = "",
    happened_at: datetime | None = None,
) -> bool:
    """
    Note that a mail did not reach its reader, or was called spam by them.

    :param name: what the provider calls the mail, or our own Message-ID
    :param keys: our key by the name of its table, where the provider carries it; for what comes back before we know
        the provider's name
    :returns: whether there is such a mail; one that was sent again since is not meant by what happened before
    """
    for outbox in OUTBOXES:
        letter = _found(outbox, name, keys.get(outbox.name, ""))
        if letter is not None:
            return _note(outbox, letter, is_complaint, words, happened_at)
    return False


def _note(outbox: Outbox[Any], letter: Letter, is_complaint: bool, words: str, happened_at: datetime | None) -> bool:
    if _is_old(letter, happened_at):
        return False
    state = LetterState.COMPLAINED if is_complaint else LetterState.BOUNCED
    said = ("Its reader called it spam." if is_complaint else "It came back.") + (f" {words}" if words else "")
    outbox.rows().filter(OUT, pk=letter.pk).update(state=state, error=said[:500], claimed_until=None)
    letter.refresh_from_db()
    if letter.state in BACK:
        outbox.came_back(letter)
    return True


def _found(outbox: Outbox[Any], name: str, key: str) -> Letter | None:
    letters: QuerySet[Letter] = outbox.rows()
    if name and len(name) <= LONGEST_NAME and (letter := letters.filter(provider_id=name).first()):
        return letter
    unnamed = letters.filter(provider_id="")
    if own := re.search(rf"\b{outbox.name}\.(\d{{1,18}})@", name):
        return unnamed.filter(pk=int(own[1]), message_id=name).first()
    return unnamed.filter(pk=int(key)).first() if re.fullmatch(r"[0-9]{1,18}", key) else None


def _is_old(letter: Letter, happened_at: datetime | None) -> bool:
    return bool(happened_at and letter.intent_at and happened_at < letter.intent_at - SKEW)
