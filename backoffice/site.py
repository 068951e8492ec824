"""The admin site: one site, our name, our index, our navigation, the palette's search, and one door for every act."""

from dataclasses import asdict
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import UsernameField
from django.forms import TextInput
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone

from backoffice.finding.navigation import navigation

from . import dashboard
from .finding import jump
from .people import signing_in, staff

APPS = ("orders", "inventory", "suppliers", "backoffice", "auth")


OWN_PASSWORD = "Enter the old password first, then the new one twice."


class SignIn(AdminAuthenticationForm):
    username = UsernameField(label="User name", widget=TextInput(attrs={"autofocus": True}))

    def clean_username(self) -> str:
        """Read the name in any case, before anybody counts wrong passwords by it."""
        return signing_in.own_spelling(self.cleaned_data["username"])


class BackofficeSite(AdminSite):
    site_header = site_title = "Backoffice"
    index_title = "Today"
    site_url = None
    index_template = "admin/today.html"
    password_change_template = "admin/ask.html"
    login_form = SignIn

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """
        Stand before each view: whatever a page does when it is sent, it does once. Whose session has ended meanwhile
        signs in again, and what they typed waits.
        """
        from inventory.desk.once import door  # noqa: PLC0415  (the admins register with this site)

        from .people import coming_back  # noqa: PLC0415  (as above)

        guarded = super().admin_view(door(view), cacheable)

        @wraps(guarded)
        def standing(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            asked = None if self.has_permission(request) else coming_back.asked(self, request)
            return asked or guarded(request, *args, **kwargs)

        return standing

    def get_urls(self) -> list[URLPattern | URLResolver]:
        own = [
            path("jump/", self.admin_view(self.jump), name="jump"),
            path("own-time/", self.admin_view(self.own_time), name="own_time"),
        ]
        return [*own, *super().get_urls()]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        if context["has_permission"] and not context["is_popup"]:
            context["navigation"] = groups = navigation(request, context["available_apps"], at=timezone.now())
            context["here"] = next((link.label for group in groups for link in group.links if link.is_current), "")
        return context

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        return sorted(apps, key=lambda app: APPS.index(app["app_label"]) if app["app_label"] in APPS else len(APPS))

    def rehearsed(self, act: Any, **known: Any) -> Any:
        """Do an act of an operation, and keep it only if what it does to customers is what a person has agreed to."""
        from backoffice.screens import outcome  # noqa: PLC0415  (the admins register with this site)

        return outcome.of(act, **known)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show what needs a decision today."""
        return super().index(request, (extra_context or {}) | dashboard.context(request.user, at=timezone.now()))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Let people change their own password: Django's form, asked and done once as every act."""
        from inventory.desk import once  # noqa: PLC0415  (the admins register with this site)

        if again := once.shown_again(request):
            return again
        words = {"explanation": OWN_PASSWORD, "submit": "Change password", "back": reverse("admin:index")}
        response: Any = super().password_change(request, {**(extra_context or {}), **words})
        if isinstance(response, TemplateResponse):
            shown = response.context_data or {}
            shown |= {"title": "Change password", "fields": shown["form"].visible_fields()}
        else:
            once.done(request)
        return response

    def own_time(self, request: HttpRequest) -> HttpResponse:
        """Ask people how they like it for themselves."""
        from backoffice.screens import living  # noqa: PLC0415  (the admins register with this site)

        return living.ways(self, request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Ask who it is; where nobody can be anybody yet, say how the first person comes in."""
        from .people import coming_back  # noqa: PLC0415  (the admins register with this site)

        first = staff.FIRST if request.method == "GET" and staff.is_empty() else ""
        kept = request.POST.get(coming_back.FIELD, "")
        known = {"first_person": first, **coming_back.waiting(kept)}
        response = super().login(request, {**(extra_context or {}), **known})
        if kept and isinstance(response, HttpResponseRedirect):
            return coming_back.shown(self, request, response.url) or response
        return response

    def jump(self, request: HttpRequest) -> JsonResponse:
        """Answer the palette: what holds ``q``, among what this person may see; or where else to look."""
        from inventory.desk import throttle  # noqa: PLC0415  (the admins register with this site)

        text = request.GET.get("q", "")
        if throttle.is_too_much(request):
            return JsonResponse({"results": [], "words": throttle.WORDS}, status=HTTPStatus.TOO_MANY_REQUESTS)
        hits = jump.find(self, request, text)
        words = "" if hits or not text.strip() else jump.nothing(self, request, text)
        return JsonResponse({"results": [asdict(hit) for hit in hits], "words": words})
