"""
What a customer may do on the page of their order: each act says whether it may be done now, what it would do, and does
it by the use case that staff have for it, in nobody's name. Who calls ``do`` holds the act's number (``deciding``).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from inventory.supply.stock import UnitsPicked
from orders import allocation, fulfillment
from orders.mail import stood_by
from orders.models import Consent, Customer, OrderLine, PageAct, PageActKind

from . import shown
from .deeds import BEING_PACKED, CLOSED, CONFIRMED, REASON, STOPPED, NotNow, PageDeed, PageWish
from .forms import HEARS, AnswerForm, AskForm, FewerForm, HearsForm, OtherAddressForm
from .standing import OrderStanding
from .together import ShipNow, WaitForAll

GOES_BACK = "If you have paid for it, {} what goes back to you, and by when."


class Agree(PageDeed):
    kind, name = PageActKind.AGREED, "agree"
    label = submit = "Yes, I will wait"
    title = "Is the new date all right?"
    undated = "Will you wait without a date?"

    def heading(self, standing: OrderStanding) -> str:
        asked = standing.to_agree
        return self.undated if asked and not any(line.promised_date for line in asked) else self.title

    def why_not(self, standing: OrderStanding) -> str:
        if standing.is_stopped:
            return "This order is not paid yet, so it has no date." if standing.order.is_unpaid else STOPPED
        if not standing.waiting:
            return "Nothing of it waits any more, so there is no date to agree to."
        return "" if standing.to_agree else "There is no new date to agree to at the moment."

    def would(self, standing: OrderStanding, form: Any) -> list[str]:
        way_out = "cancel it here" if standing.may_cancel else "ask us to cancel it"
        return [
            *(f"You wait for {shown.agreed(line, standing.today)}." for line in standing.to_agree),
            f"We note that this is all right for you. Until it ships you can still {way_out}.",
        ]

    def do(self, standing: OrderStanding, form: Any, act: PageAct, *, at: datetime) -> str:
        own = standing.to_agree
        with allocation.locked(lines=[line.pk for line in own], at=at) as queue:
            if any(queue.lines[line.pk].promised_date != line.promised_date for line in own):
                raise NotNow("The date has changed again, just now.")
            Consent.objects.bulk_create(
                Consent(line_id=line.pk, promise_id=line.promise_id, until_date=line.promised_date, act=act, at=at)
                for line in own
            )
            stood_by.mark([line.pk for line in own])
        return f"You will wait for {'; '.join(shown.agreed(line, standing.today) for line in own)}."


class TakeFewer(PageDeed):
    kind, name = PageActKind.CANCELED, "cancel"
    label = "Cancel, or take fewer…"
    title = "Cancel all or a part of it"
    submit = "Yes, cancel it"
    form_class = FewerForm

    def why_not(self, standing: OrderStanding) -> str:
        if not standing.open:
            return CLOSED
        if not standing.may_cancel:
            return "To cancel something of this order, please ask us: a person does it."
        return "" if any(line.open > line.picked for line in standing.open) else BEING_PACKED

    def would(self, standing: OrderStanding, form: FewerForm) -> list[str]:
        goes_back = GOES_BACK.format("the mail that confirms this says" if standing.is_mailed else "we tell you")
        confirmed = f" {CONFIRMED}" if standing.is_mailed else ""
        return [
            *(_less(line, units, more) for line, units, more in form.leaves()),
            *([] if standing.order.is_unpaid else [" ".join(settings.CANCELED_MONEY.split()) or goes_back]),
            f"What is canceled may go to somebody else at once, so it cannot be taken back here.{confirmed}",
        ]

    def is_told(self, form: FewerForm) -> bool:
        return True

    def do(self, standing: OrderStanding, form: FewerForm, act: PageAct, *, at: datetime) -> str:
        gone = form.wanted()
        try:
            fulfillment.cancel(form.units(), reason=REASON, by=None, at=at)
        except (fulfillment.NothingToCancel, fulfillment.NotALine) as why:
            raise NotNow("Some of it is not there to be canceled any more.") from why
        except UnitsPicked as why:
            raise NotNow(BEING_PACKED) from why
        left = dict(OrderLine.objects.filter(pk__in=[line.pk for line, _ in gone]).values_list("pk", "open"))
        if any(left[line.pk] != line.open - units for line, units in gone):
            raise NotNow("Some of it has shipped or was canceled, just now.")
        return f"Canceled: {'; '.join(f'{units:,} × {shown.name(line)}' for line, units in gone)}."


class AnswerOffer(PageDeed):
    """Take or decline another product that staff offered for what waits."""

    kind, name, form_class = PageActKind.ANSWERED, "offer", AnswerForm
    label = "Another product instead…"
    title = "Another product instead?"
    submit = "Yes, do it like this"

    def why_not(self, standing: OrderStanding) -> str:
        return "" if standing.offers else "No other product is offered for it at the moment."

    def facts(self, standing: OrderStanding) -> Sequence[object]:
        offers = ((each.pk, each.product_id, each.unit_price, shown.comes(each, standing)) for each in standing.offers)
        return [*standing.facts(), *offers]

    def would(self, standing: OrderStanding, form: AnswerForm) -> list[str]:
        found, confirmed = [], ", and a mail confirms it" if standing.is_mailed else ""
        for offer in form.taken():
            waits = shown.waits_for(offer.line)
            found += [
                f"In place of the {waits} that you wait for, we send you {shown.offered(offer)}.",
                shown.comes(offer, standing),
                f"What it replaces is canceled{confirmed}. This cannot be taken back here.",
            ]
        return [*found, *(f"You wait on for {shown.waits_for(each.line)}." for each in form.declined())]

    def is_told(self, form: AnswerForm) -> bool:
        return not form.declined()

    def do(self, standing: OrderStanding, form: AnswerForm, act: PageAct, *, at: datetime) -> str:
        said = []
        try:
            for offer in form.taken():
                if fulfillment.take_offer(offer.pk, at=at) != offer.line.backordered:
                    raise NotNow("Some of what you wait for has come, just now.")
                said.append(f"You take {shown.offered(offer)}, in place of {shown.waits_for(offer.line)}.")
            for offer in form.declined():
                fulfillment.decline_offer(offer.pk, at=at)
                said.append(f"You wait on for {shown.waits_for(offer.line)}.")
        except fulfillment.OfferIsOver as why:
            raise NotNow("It is not offered any more.") from why
        except fulfillment.BackorderLimit as why:
            raise NotNow(shown.NOT_ENOUGH) from why
        except UnitsPicked as why:
            raise NotNow(BEING_PACKED) from why
        return " ".join(said)


class AskUs(PageWish):
    kind, name, form_class = PageActKind.ASKED, "ask", AskForm
    label, submit = "Ask us something", "Send it"
    title = "Ask us something about this order"

    def why_not(self, standing: OrderStanding) -> str:
        return ""

    def would(self, standing: OrderStanding, form: AskForm) -> list[str]:
        way = " by e-mail" if standing.is_mailed else ""
        return [f"You write: {form.cleaned_data['question']}", f"A person reads it, and answers you{way}."]

    def do(self, standing: OrderStanding, form: AskForm, act: PageAct, *, at: datetime) -> str:
        return f"Asked: {form.cleaned_data['question']}"


class OtherAddress(PageWish):
    kind, name, form_class = PageActKind.ADDRESS, "address", OtherAddressForm
    label = title = "Send it to another address"
    submit = "Ask for this address"

    def why_not(self, standing: OrderStanding) -> str:
        if not standing.open:
            return CLOSED
        return BEING_PACKED if standing.is_picked else ""

    def facts(self, standing: OrderStanding) -> Sequence[object]:
        return [bool(standing.open), standing.is_picked]

    def would(self, standing: OrderStanding, form: OtherAddressForm) -> list[str]:
        return [
            f"You ask us to send what has not shipped yet to: {form.there()}.",
            "A person looks at it first. Until they have said yes, it goes where it was to go.",
        ]

    def do(self, standing: OrderStanding, form: OtherAddressForm, act: PageAct, *, at: datetime) -> str:
        act.address = form.given()
        return f"Asked to send it to {form.there()}."


class ChooseWhatToHear(PageDeed):
    """What its customer is written to about, of this order and of any other."""

    kind, name = PageActKind.HEARS, "hears"
    label = "Choose what we write to you about…"
    title = "What should we write to you about?"
    submit = "Yes, do it like this"
    form_class = HearsForm

    def why_not(self, standing: OrderStanding) -> str:
        return "" if standing.is_mailed else "We have no e-mail address of yours, so nothing is mailed."

    def facts(self, standing: OrderStanding) -> Sequence[object]:
        return [standing.order.customer.hears]

    def would(self, standing: OrderStanding, form: HearsForm) -> list[str]:
        return [
            f"Of how your orders stand we write to you: {HEARS[form.cleaned_data['hears']]}.",
            "This is so for all your orders with us, and you can change it here again.",
            "What you order or do here, what ships, is canceled or replaced, and what the law demands we tell anyway.",
        ]

    def do(self, standing: OrderStanding, form: HearsForm, act: PageAct, *, at: datetime) -> str:
        chosen = form.cleaned_data["hears"]
        Customer.objects.filter(pk=standing.order.customer_id).update(hears=chosen)
        return f"You chose what we write to you about: {HEARS[chosen]}."


ALL: tuple[PageDeed, ...] = (
    Agree(), ShipNow(), WaitForAll(), AnswerOffer(), TakeFewer(), OtherAddress(), ChooseWhatToHear(), AskUs(),
)  # fmt: skip
BY_NAME = {deed.name: deed for deed in ALL}


def _less(line: Any, units: int, more: int) -> str:
    """Say what is canceled of a line, and what stays of it and, if there is ``more``, in other lines of its product."""
    are = "is" if units == 1 else "are"
    canceled, left = f"{units:,} × {shown.name(line)} {are} canceled", line.open - units
    if more:
        still = f"{left:,} of this line and " if left else ""
        comes = "comes" if left + more == 1 else "come"
        return f"{canceled}; {still}{more:,} ordered in another line still {comes}."
    if not left:
        whole = "All of it" if not line.shipped else "All that has not shipped"
        return f"{canceled}. {whole}: nothing more of it comes."
    return f"{canceled}; {left:,} still {'comes' if left == 1 else 'come'}."
