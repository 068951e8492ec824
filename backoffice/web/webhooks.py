"""
What mail providers report: mounted where a secret is set, verified, and passed on in one call.

Each provider's own view (django-anymail) checks the secret and its signature. An event about a mail we do not know is
accepted, or the provider would repeat it for days.
"""

from datetime import datetime
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, tracking
from anymail.webhooks.base import AnymailBaseWebhookView
from anymail.webhooks.brevo import BrevoTrackingWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from anymail.webhooks.sendgrid import SendGridTrackingWebhookView
from django.conf import settings
from django.core.exceptions import BadRequest, ImproperlyConfigured, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from inventory.ground.post import bounces

NOT_TOLD = (EventType.BOUNCED, EventType.REJECTED, EventType.FAILED)
"""A mail that is only delayed (``deferred``) may still arrive."""


class _Reported(AnymailBaseWebhookView):  # type: ignore[misc]
    """A provider's view that says so of what it cannot read."""

    def parse_events(self, request: HttpRequest) -> list[AnymailTrackingEvent]:
        try:
            return list(super().parse_events(request))
        except SuspiciousOperation:
            raise
        except Exception as error:
            raise BadRequest(f"This is no report of {self.esp_name}.") from error


def _of(view: type[AnymailBaseWebhookView]) -> type[_Reported]:
    return type(view.__name__, (_Reported, view), {})


VIEWS = {
    "brevo": _of(BrevoTrackingWebhookView),
    "mailgun": _of(MailgunTrackingWebhookView),
    "postmark": _of(PostmarkTrackingWebhookView),
    "sendgrid": _of(SendGridTrackingWebhookView),
}


@csrf_exempt
def reports(request: HttpRequest, provider: str) -> HttpResponseBase:
    """Take the reports of a provider; without a secret there is no such page."""
    if provider not in VIEWS or not settings.ANYMAIL.get("WEBHOOK_SECRET"):
        raise Http404("No mail provider reports here.")
    try:
        answer: HttpResponseBase = VIEWS[provider].as_view()(request)
    except ImproperlyConfigured as error:  # another provider than the one we send with
        raise Http404("No mail provider reports here.") from error
    return answer


def connect() -> None:
    tracking.connect(_pass_on, dispatch_uid="mail that came back")


def _pass_on(sender: Any, event: AnymailTrackingEvent, esp_name: str, **kwargs: Any) -> None:
    is_complaint = event.event_type == EventType.COMPLAINED
    if not is_complaint and event.event_type not in NOT_TOLD:
        return
    metadata = event.metadata if isinstance(event.metadata, dict) else {}
    happened_at = event.timestamp if isinstance(event.timestamp, datetime) else None
    if happened_at and timezone.is_naive(happened_at):
        happened_at = timezone.make_aware(happened_at)
    bounces.came_back(
        name=_text(event.message_id),
        keys={str(key): _text(value) for key, value in metadata.items()},
        is_complaint=is_complaint,
        words=_text(event.mta_response) or _text(event.description) or _text(event.reject_reason),
        happened_at=happened_at,
    )


def _text(value: Any) -> str:
    """What a stranger sent, if it is text that a database takes."""
    return value.replace("\x00", "") if isinstance(value, str) else ""
