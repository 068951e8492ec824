"""
Letters to suppliers, as the one sender (``inventory.ground.post.sender``) asks for them.

A letter is composed from the facts in its row, under the lock of its order: what another has overtaken, or whose order
was canceled meanwhile, never leaves. One that is handed over on a later day than somebody pressed *Send* moves the day
of its order.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from email.utils import formataddr
from typing import Any

from django.conf import settings

from inventory.ground.post import sender
from inventory.ground.post.letter import Composed, Envelope
from suppliers.models import OF_ORDERS, AskedDate, LetterKind, OrderLetter

from . import asked, handing, papers, wording
from .asked import AskedFacts
from .facts import OrderFacts


def composed(kind: LetterKind, said: Mapping[str, Any]) -> Composed:
    """
    Give the words and what is attached; of a canceled order no paper that somebody might take for an order.

    :param said: the facts of its row
    """
    if kind == LetterKind.ASKED:
        return Composed(asked.words(AskedFacts.of(said)))
    facts = OrderFacts.of(said)
    attached = [] if kind == LetterKind.CANCELED else papers.of(facts)
    return Composed(wording.of(kind, facts), attached=attached)


class OrderOutbox(sender.Outbox[OrderLetter]):
    """Mail to suppliers, from the shop; answers go to the buyer. In shadow it is held back as mail to customers is."""

    model = OrderLetter
    to = "suppliers"
    is_kept_in_shadow = True

    def envelope(self, letter: OrderLetter) -> Envelope:
        buyer = formataddr((" ".join(str(letter.facts["buyer"]).split()), letter.reply_to))
        answers = buyer if letter.reply_to else sender.as_the_shop(settings.REPLY_TO_EMAIL)
        return Envelope(sender.as_the_shop(settings.DEFAULT_FROM_EMAIL), [answers])

    def locked(self, letter: OrderLetter) -> Iterable[OrderLetter]:
        """Lock its order with it: whoever writes another letter about it, or cancels it, holds that, too."""
        with_order = self.rows().filter(pk=letter.pk).select_related("purchase_order")
        return with_order.select_for_update(no_key=True, of=("self", "purchase_order"))

    def compose(self, letter: OrderLetter, *, at: datetime) -> Composed | None:
        order = letter.purchase_order
        if order.canceled_at and letter.kind != LetterKind.CANCELED:
            return None
        if letter.kind == LetterKind.ASKED:
            if not AskedDate.objects.unanswered().filter(letter=letter).exists():
                return None
        elif order.letters.filter(OF_ORDERS, number__gt=letter.number).exists():
            return None
        return composed(LetterKind(letter.kind), letter.facts)._replace(told_of=[letter.pk])

    def was_sent(self, told_of: Collection[int], *, at: datetime) -> Collection[int]:
        for letter_id in told_of:
            handing.over(letter_id, at=at)
        return ()


order_outbox = OrderOutbox()


def is_shadow() -> bool:
    """Whether letters to suppliers are composed and kept, and none is sent (``MAIL``), as mails to customers are."""
    return order_outbox.is_shadow()
