"""The key of each thing that can be done, and of each place to go: the same letter on every list and page."""

from collections.abc import Iterable

from django import template

register = template.Library()

KEYS = {
    "approve": "a",
    "called": "l",
    "cancel": "c",
    "confirm": "d",
    "count": "c",
    "damage": "d",
    "edit": "e",
    "export": "e",
    "give": "v",
    "apply": "p",
    "join": "t",
    "link": "l",
    "move_up": "m",
    "new_date": "n",
    "note": "w",
    "note_write": "w",
    "assign_rows": "v",
    "one_off": "l",
    "pin": "i",
    "preview": "l",
    "priority": "p",
    "quantity": "q",
    "receive": "r",
    "receive_inbound": "r",
    "receive_purchase_order": "r",
    "receive_transfer": "r",
    "release": "l",
    "resend": "r",
    "reschedule": "n",
    "reschedule_all": "d",
    "reschedule_inbound": "n",
    "reschedule_purchase_order": "n",
    "return": "r",
    "by_hand": "h",
    "send": "s",
    "send_again": "m",
    "ship": "s",
    "shorten": "u",
    "solve": "s",
    "start": "s",
    "substitute": "b",
    "unpin": "u",
    "whatif": "f",
}
"""By the name of an action, which is the last word of its address too."""


@register.filter
def key(name: str) -> str:
    """Give the key of an action by its name or by its address; nothing for one without."""
    return KEYS.get(name.partition("?")[0].rstrip("/").rpartition("/")[2], "")


@register.filter
def by_use(choices: Iterable[tuple[str, str]]) -> list[tuple[int, str, str]]:
    """Give the actions of a list as numbered by its form, the blank one left out; what only looks comes last."""
    actions = [(index, name, label) for index, (name, label) in enumerate(choices) if name]
    return sorted(actions, key=lambda action: action[1] == "export")
