"""The words of a letter to a supplier, made of its kind and its facts alone. Writes nothing."""

from django.template.loader import render_to_string

from inventory.ground.plurals import counted
from inventory.ground.post.letter import Words
from suppliers.models import LetterKind

from .facts import OrderFacts, money, said

SUBJECTS = {
    LetterKind.ORDER: "Purchase order {}",
    LetterKind.AGAIN: "Purchase order {}, sent again",
    LetterKind.CORRECTED: "Corrected: purchase order {}",
    LetterKind.CANCELED: "Canceled: purchase order {}",
}


def of(kind: LetterKind, facts: OrderFacts) -> Words:
    subject = f"{SUBJECTS[kind].format(facts.reference)} from {facts.shop}"
    text = render_to_string(
        "supplier/order.txt",
        {
            "kind": kind.value,
            "facts": facts,
            "day": said(facts.day),
            "lines": counted(sum(1 for line in facts.lines if line.units), "line"),
            "units": counted(facts.units, "unit"),
            "value": money(facts.value, facts.currency),
        },
    )
    return Words(" ".join(subject.split())[:300], f"{text.strip()}\n")
