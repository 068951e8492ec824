"""How people like it for themselves: where they live, one mail a day, keys of one letter."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from backoffice.people import own_keys, own_time
from backoffice.watching import daily
from inventory.desk import moments, once
from inventory.desk.operations import ask, person

FOLLOWED = (
    "You follow what you press “Follow” on, what you write a note on and what is given to you by name, until you stop; "
    "and what is your turn, or that of a role of yours, or where a note names you that you have not read."
)


class OwnWaysForm(forms.Form):
    zone = forms.ChoiceField(
        label="Where you are",
        required=False,
        error_messages={"invalid_choice": "There is no such zone. Choose one of the list."},
        help_text="Times are the shop’s. If you are elsewhere, yours stands beside them. Days stay the shop’s.",
    )
    wants_mail = forms.BooleanField(label="One mail a day about what I follow", required=False)
    letters_off = forms.BooleanField(
        label="Turn keys of one letter off",
        required=False,
        help_text="Then no letter, and no / or ?, does anything by itself: good for who dictates. Ctrl K, Enter and "
        "Esc stay.",
    )

    def __init__(self, data: object, *, me: User) -> None:
        initial = {"zone": own_time.of(me), "wants_mail": daily.wants(me), "letters_off": own_keys.are_off(me)}
        super().__init__(data, initial=initial)  # type: ignore[arg-type]
        zones, mail = self.fields["zone"], self.fields["wants_mail"]
        assert isinstance(zones, forms.ChoiceField)
        shop = f"Where the shop is ({moments.place(settings.TIME_ZONE)})"
        zones.choices = [("", shop), *((name, name.replace("_", " ")) for name in own_time.names())]
        hour = f"It goes to {me.email} after {settings.DAILY_MAIL_HOUR}:00, shop time, and only if something happened."
        nowhere = "Your account has no e-mail address yet. Whoever adds people can give it one."
        mail.help_text = f"{hour if me.email else nowhere} {FOLLOWED}"
        mail.disabled = not (me.email or daily.wants(me))


def ways(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Ask whoever is signed in how they like it, and keep it."""
    by = person(request)
    form = OwnWaysForm(request.POST if request.method == "POST" else None, me=by)

    def keep() -> HttpResponse:
        typed = form.cleaned_data
        own_time.choose(by, typed["zone"])
        own_time.carry(request.session, typed["zone"])
        daily.choose(by, typed["wants_mail"], at=timezone.now())
        own_keys.choose(by, typed["letters_off"])
        own_keys.carry(request.session, typed["letters_off"])
        messages.success(request, _told(by, **typed))
        return HttpResponseRedirect(reverse("admin:index"))

    if form.is_valid() and (answer := once.act(request, form, keep)):
        return answer
    return ask(site, request, title="Your settings", form=form, submit="Keep it", back=reverse("admin:index"))


def _told(who: User, *, zone: str, wants_mail: bool, letters_off: bool) -> str:
    where = moments.place(zone or settings.TIME_ZONE)
    said = [f"You read times of {where}{' beside those of the shop' if zone else ''}."]
    if wants_mail:
        said.append(f"One mail a day goes to {who.email}.")
    if letters_off:
        said.append("Keys of one letter are off.")
    return " ".join(said)
