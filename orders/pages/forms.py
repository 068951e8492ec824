"""What customers type on the page of their order. Trusts nothing."""

from collections import Counter
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from inventory.ground import keys
from orders.fulfillment import LineUnits
from orders.models import ShipTo, SubstituteOffer
from orders.models.address import FIELDS
from orders.models.customer import Hears
from orders.typed import address_fields

from .shown import NOT_ENOUGH, name, offered, waits_for
from .standing import OrderStanding

MOST_SIGNS = 2_000
"""Of a question."""


class PageForm(forms.Form):
    """
    Nothing to type.

    :cvar asks: there is something to type before it can be shown what would be done
    """

    asks: ClassVar[bool] = False

    def __init__(self, standing: OrderStanding, data: Any = None) -> None:
        super().__init__(data)
        self.standing = standing


class FewerForm(PageForm):
    """How many units of each open line they still want; a field that is left out keeps all."""

    asks = True

    def __init__(self, standing: OrderStanding, data: Any = None) -> None:
        super().__init__(standing, data)
        for line in standing.open:
            picked = f", {line.picked:,} of them picked already" if line.picked else ""
            fewest = f"{line.picked:,} is the fewest." if line.picked else "0 cancels all."
            self.fields[keep(line)] = forms.IntegerField(
                required=False,
                label=f"{name(line)}: how many do you still want?",
                help_text=f"{line.open:,} {'is' if line.open == 1 else 'are'} still to ship{picked}. {fewest}",
                initial=line.open,
                min_value=line.picked,
                max_value=line.open,
                error_messages={
                    "invalid": f"Enter a whole number from {line.picked:,} to {line.open:,}.",
                    "min_value": f"{picked.strip(', ').capitalize()}: {line.picked:,} or more."
                    if line.picked
                    else "Enter 0 or more.",
                    "max_value": f"Only {line.open:,} {'is' if line.open == 1 else 'are'} still to ship: "
                    "here you can take fewer, not more.",
                },
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.wanted():
            raise ValidationError("This would cancel nothing. Lower a number, or go back.")
        return cleaned

    def wanted(self) -> list[tuple[Any, int]]:
        """Give the lines of which units are to go, and how many."""
        kept = {line: self.cleaned_data.get(keep(line)) for line in self.standing.open}
        return [(line, line.open - units) for line, units in kept.items() if units is not None and units < line.open]

    def leaves(self) -> list[tuple[Any, int, int]]:
        """Give the same, each with the units of its product that other lines keep."""
        gone = {line.pk: units for line, units in self.wanted()}
        kept = Counter[int]()
        for line in self.standing.open:
            kept[line.product_id] += line.open - gone.get(line.pk, 0)
        return [(line, units, kept[line.product_id] - (line.open - units)) for line, units in self.wanted()]

    def units(self) -> list[LineUnits]:
        return [LineUnits(line.pk, units) for line, units in self.wanted()]


def keep(line: Any) -> str:
    """Name the field of a line."""
    return f"keep-{line.position}"


class AskForm(PageForm):
    asks = True
    question = forms.CharField(
        label="What do you want to know, or to tell us?",
        max_length=MOST_SIGNS,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={
            "required": "Write your question here.",
            "max_length": f"That is longer than {MOST_SIGNS:,} signs. Please say it in fewer.",
        },
    )

    def clean_question(self) -> str:
        """Give it with line ends as we keep them: browsers send those of another age. Invisible signs ask nothing."""
        if not keys.clean(self.cleaned_data["question"]):
            raise ValidationError(self.fields["question"].error_messages["required"])
        return "\n".join(self.cleaned_data["question"].splitlines())


HEARS = {
    Hears.ALL: "all news of what you wait for",
    Hears.LATER: "only what comes later than we said",
    Hears.SHIPPED: "only what has shipped",
}
"""What a customer may choose to hear, as it is said to them."""


class HearsForm(PageForm):
    asks = True
    hears = forms.ChoiceField(
        label="What should we write to you about?",
        choices=[(kind.value, words.capitalize()) for kind, words in HEARS.items()],
        error_messages={"invalid_choice": "Choose one of these.", "required": "Choose one of these."},
    )

    def __init__(self, standing: OrderStanding, data: Any = None) -> None:
        super().__init__(standing, data)
        self.fields["hears"].initial = standing.order.customer.hears

    def clean_hears(self) -> Hears:
        chosen = Hears(self.cleaned_data["hears"])
        if chosen == self.standing.order.customer.hears:
            raise ValidationError("It is so already. Choose another one, or go back.")
        return chosen


class AnswerForm(PageForm):
    """What they say to each product that is offered in place of another; one is taken at a time."""

    asks = True

    def __init__(self, standing: OrderStanding, data: Any = None) -> None:
        super().__init__(standing, data)
        for offer in standing.offers:
            self.fields[answer(offer)] = forms.ChoiceField(
                required=False,
                label=f"{offered(offer)}, for the {waits_for(offer.line)} that you wait for",
                choices=[("", "I decide later"), ("take", "Yes, send me this instead"), ("no", "No, I wait")],
                error_messages={"invalid_choice": "Choose one of these."},
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not (self.taken() or self.declined()):
            raise ValidationError("Choose yes or no, or go back.")
        if not self.errors and len(self.taken()) > 1:
            raise ValidationError("Take one at a time, please.")
        if not self.errors and any(self.standing.of_others[offer.pk].is_short for offer in self.taken()):
            raise ValidationError(NOT_ENOUGH)
        return cleaned

    def taken(self) -> list[SubstituteOffer]:
        return self._answered("take")

    def declined(self) -> list[SubstituteOffer]:
        return self._answered("no")

    def _answered(self, words: str) -> list[SubstituteOffer]:
        return [offer for offer in self.standing.offers if self.cleaned_data.get(answer(offer)) == words]


def answer(offer: SubstituteOffer) -> str:
    """Name the field of an offer."""
    return f"offer-{offer.line.position}"


class OtherAddressForm(PageForm):
    """Where it is to go; nothing of the address that is known is shown, since a mail may be passed on."""

    asks = True

    def __init__(self, standing: OrderStanding, data: Any = None) -> None:
        super().__init__(standing, data)
        self.fields |= address_fields()
        self.fields["country"].required = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for field in FIELDS:
            if field in cleaned:  # one line, as it is printed: no ends of lines, nothing invisible
                cleaned[field] = keys.clean(str(cleaned[field]))
                if self.fields[field].required and not cleaned[field]:
                    self.add_error(field, self.fields[field].error_messages["required"])
        there = getattr(self.standing.order, "ship_to", None)
        if not self.errors and there and there.says() == self.there().says():
            raise ValidationError("It goes there already.")
        return cleaned

    def there(self) -> ShipTo:
        return ShipTo(**self.given())

    def given(self) -> dict[str, str]:
        return {field: str(self.cleaned_data[field]) for field in FIELDS}
