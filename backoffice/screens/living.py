"""Where people live: the zone in which they read moments, beside the shop's."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from backoffice.people import own_time
from inventory.desk import moments, once
from inventory.desk.operations import ask, person


class ZoneForm(forms.Form):
    zone = forms.ChoiceField(
        label="Where you are",
        required=False,
        error_messages={"invalid_choice": "There is no such zone. Choose one of the list."},
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["zone"]
        assert isinstance(field, forms.ChoiceField)
        shop = f"Where the shop is ({moments.place(settings.TIME_ZONE)})"
        field.choices = [("", shop), *((name, name.replace("_", " ")) for name in own_time.names())]


def zone(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Ask whoever is signed in for their zone, and keep it."""
    by = person(request)
    form = ZoneForm(request.POST if request.method == "POST" else None, initial={"zone": own_time.of(by)})

    def keep() -> HttpResponse:
        chosen = form.cleaned_data["zone"]
        own_time.choose(by, chosen)
        own_time.carry(request.session, chosen)
        where = moments.place(chosen or settings.TIME_ZONE)
        messages.success(request, f"You read times of {where}{' beside those of the shop' if chosen else ''}.")
        return HttpResponseRedirect(reverse("admin:index"))

    if form.is_valid() and (answer := once.act(request, form, keep)):
        return answer
    return ask(
        site,
        request,
        title="Time zone",
        explanation="Times are the shop's. If you are elsewhere, yours stands beside them. Days stay the shop's.",
        form=form,
        submit="Keep it",
        back=reverse("admin:index"),
    )
