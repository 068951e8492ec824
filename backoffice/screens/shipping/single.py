"""What is done to a single parcel of a batch: parted into two, stopped, put back on its shelves."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone

from inventory.desk import careful, once
from inventory.desk.operations import allowed, ask
from inventory.ground.plurals import counted
from orders import shipping
from orders.models import Parcel

from .page import PERMISSION


class PartForm(forms.Form):
    """How many units of each line go into another parcel."""

    def __init__(self, parcel: Parcel, data: Any) -> None:
        super().__init__(data)
        rows = list(parcel.lines.select_related("line__product"))
        lies = ",".join(f"{row.line_id}:{row.quantity}" for row in rows)
        self.fields["lies"] = forms.CharField(required=False, initial=lies, widget=forms.HiddenInput)
        self.lies = lies
        for row in rows:
            self.fields[f"units-{row.line_id}"] = forms.IntegerField(
                required=False,
                min_value=0,
                max_value=row.quantity,
                label=f"{row.line.product}, of {row.quantity:,}",
                help_text=row.line.product.name,
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("lies") != self.lies:
            raise forms.ValidationError("Something else lies in this parcel since you looked. Please look again.")
        return cleaned

    def units(self) -> dict[int, int]:
        named = ((name.removeprefix("units-"), count) for name, count in self.cleaned_data.items() if name != "lies")
        return {int(line_id): count for line_id, count in named if count}


class WhyForm(forms.Form):
    why = forms.CharField(max_length=200, label="Why")


def split(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Make another parcel of one order: with a number of its own."""
    allowed(request, PERMISSION)
    parcel, back = _parcel(pk)
    form = PartForm(parcel, _sent(request))

    def deed() -> HttpResponse:
        shipping.split(pk, form.units(), at=timezone.now())
        messages.success(request, f"{parcel.order} goes in another parcel, too.")
        return HttpResponseRedirect(back)

    words = "Say what goes into the other parcel. It has a number of its own; its customer gets one mail for both."
    return _asked(
        site,
        request,
        form,
        deed,
        title=f"Another parcel: {parcel.order}",
        submit="Make it",
        back=back,
        explanation=words,
    )


def stop(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Take a parcel out of its batch."""
    by = allowed(request, PERMISSION)
    parcel, back = _parcel(pk)
    form = WhyForm(_sent(request))

    def deed() -> HttpResponse:
        shipping.stop_parcels([pk], why=form.cleaned_data["why"], by=by, at=timezone.now())
        messages.success(request, f"The parcel of {parcel.order} is stopped. Put its units back on their shelves.")
        return HttpResponseRedirect(back)

    words = "It does not leave. What lies in it stays set aside for its order, and can be changed or picked again."
    return _asked(
        site,
        request,
        form,
        deed,
        title=f"Stop this parcel: {parcel.order}",
        submit="Stop it",
        back=back,
        explanation=words,
    )


def put_back(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Note that a stopped parcel was unpacked."""
    allowed(request, PERMISSION)
    parcel, back = _parcel(pk)
    form = forms.Form(_sent(request))

    def deed() -> HttpResponse:
        if not shipping.put_back([pk], at=timezone.now()):
            raise shipping.NotThisParcel("Its units are put back already, or it was not stopped.")
        messages.success(request, f"What lay in the parcel of {parcel.order} is on its shelves again.")
        return HttpResponseRedirect(back)

    units = sum(parcel.lines.values_list("quantity", flat=True))
    words = f"{counted(units, 'unit')} of it {'lies on its shelf' if units == 1 else 'lie on their shelves'} again."
    return _asked(
        site,
        request,
        form,
        deed,
        title=f"Put it back: {parcel.order}",
        submit="They are back",
        back=back,
        explanation=words,
    )


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _asked(
    site: AdminSite, request: HttpRequest, form: forms.Form, deed: Callable[[], HttpResponse], **page: Any
) -> HttpResponse:
    """Do it once, if it was sent and can be done; else ask."""
    if form.is_bound and form.is_valid() and (answer := once.act(request, form, deed, shipping.NotThisParcel)):
        return answer
    return ask(site, request, form=form, **page)


def _parcel(pk: int) -> tuple[Parcel, str]:
    parcel: Parcel = careful.found(Parcel.objects.select_related("order"), pk)
    return parcel, reverse("admin:orders_batch_change", args=[parcel.batch_id])
