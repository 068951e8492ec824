"""Letters to suppliers as tables: those of an order, and what one says before it goes. Writes nothing."""

from collections.abc import Sequence
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from inventory.desk.tables import Table, chip, day, link
from inventory.ground.post.letter import LetterState
from suppliers.letters import outbox, wording
from suppliers.letters.facts import OrderFacts
from suppliers.models import LetterKind, OrderLetter, PurchaseOrder

TONES = {
    LetterState.QUEUED: "blue",
    LetterState.CLAIMED: "blue",
    LetterState.SENT: "green",
    LetterState.IN_DOUBT: "amber",
    LetterState.DEAD: "red",
    LetterState.BOUNCED: "red",
    LetterState.COMPLAINED: "red",
    LetterState.SUPERSEDED: "gray",
    LetterState.SHADOWED: "violet",
}
HEAVY = ("facts", "attached", "body_text", "body_html")
"""What a list has no use for."""
SHADOW = "No mail is sent (MAIL=shadow): its letter is kept where you can read it, and the supplier hears nothing."
IN_FULL = 5
"""Letters that a page writes out; the others are counted."""


def state(row: OrderLetter) -> SafeString:
    return chip(row.get_state_display().partition(":")[0].lower(), TONES[LetterState(row.state)])


def of(order: PurchaseOrder) -> Table:
    """Show the letters about an order, the last first."""
    rows = order.letters.defer(*HEAVY).select_related("by")
    return Table(
        "Letters",
        ("When", "Letter", "To", "State", "What went wrong", "By"),
        [
            (
                day(row.sent_at or row.created_at),
                link(row.get_kind_display(), "suppliers_orderletter_change", row.pk),
                row.recipient,
                state(row),
                row.error,
                str(row.by or "the system"),
            )
            for row in rows
        ],
        empty="It was sent by hand.",
    )


def as_read(text: str) -> SafeString:
    """Show the plain text of a letter as it is."""
    return format_html('<pre class="letter">{}</pre>', text)


def shown(letters: Sequence[OrderLetter]) -> list[Table]:
    """Show letters word for word before they go, the first few, with what they carry."""
    if not letters:
        return []
    first = letters[:IN_FULL]
    said = [wording.of(LetterKind(letter.kind), OrderFacts.of(letter.facts)) for letter in first]
    rest = len(letters) - len(first)
    notes = [*([SHADOW] if outbox.is_shadow() else []), *([f"… and {rest:,} more like these."] if rest else [])]
    return [
        Table(
            "What goes to the supplier",
            ("To", "Answers go to", "About", "Attached"),
            [
                (letter.recipient, letter.reply_to or "the shop", words.subject, _carries(letter))
                for letter, words in zip(first, said, strict=True)
            ],
            note=" ".join(notes),
        ),
        *(Table(words.subject, ("What it says",), [(as_read(words.text),)]) for words in said),
    ]


def _carries(letter: OrderLetter) -> Any:
    if letter.kind == LetterKind.CANCELED:
        return "nothing"
    return link("The paper (PDF), and the same as CSV", "suppliers_purchaseorder_paper", letter.purchase_order_id)
