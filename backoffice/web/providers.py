"""Mail providers by their address, ``EMAIL_URL=postmark://SERVER-TOKEN@``: what django-anymail must know of them."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

KEYS = {
    "brevo": "API_KEY",
    "mailgun": "API_KEY",
    "postmark": "SERVER_TOKEN",
    "sendgrid": "API_KEY",
}
"""What each calls the key that lets us send."""


def configured(url: str) -> dict[str, Any]:
    """
    Give the settings for a provider's address, none for any other.

    What follows a question mark is passed on: ``?webhook_signing_key=…&api_url=…``.

    >>> configured("mailgun://key-1@mg.shop.example?api_url=https://api.eu.mailgun.net/v3")["ANYMAIL"]
    {'MAILGUN_API_KEY': 'key-1', 'MAILGUN_SENDER_DOMAIN': 'mg.shop.example', 'MAILGUN_API_URL': 'https://api.eu.mailgun.net/v3'}
    >>> configured("smtp+tls://ada:secret@mail.example:587")
    {}
    """
    parts = urlsplit(url)
    if parts.scheme not in KEYS:
        return {}
    prefix = parts.scheme.upper()
    given = {f"{prefix}_{KEYS[parts.scheme]}": unquote(parts.username or "")}
    if parts.hostname:
        given[f"{prefix}_SENDER_DOMAIN"] = parts.hostname
    given |= {f"{prefix}_{name.upper()}": value for name, value in parse_qsl(parts.query)}
    return {"EMAIL_BACKEND": f"anymail.backends.{parts.scheme}.EmailBackend", "ANYMAIL": given}
