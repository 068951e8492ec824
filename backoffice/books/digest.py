"""A digest of the books: every row of inventory, orders and suppliers as one word. A whole copy has the same."""

import json
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from django.apps import apps

from .snapshot import snapshot

BOOKS = ("inventory", "orders", "suppliers")
CHUNK = 2_000


def of_the_books() -> str:
    """Give the digest, of the books as they stood at one moment."""
    with snapshot():
        return as_seen()


def as_seen() -> str:
    """Give the digest of what this connection sees: for who holds a snapshot already."""
    digest = sha256()
    for app in BOOKS:
        for model in apps.get_app_config(app).get_models(include_auto_created=True):
            if model._meta.proxy or not model._meta.managed:
                continue
            columns = sorted(field.attname for field in model._meta.concrete_fields)
            digest.update(f"{model._meta.label} {columns}\n".encode())
            rows = model._base_manager.order_by("pk").values_list(*columns)
            for row in rows.iterator(chunk_size=CHUNK):
                digest.update(json.dumps(row, default=_plain, sort_keys=True, separators=(",", ":")).encode())
    return digest.hexdigest()


def _plain(value: Any) -> str:
    """Write a value as each database gives it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return str(value)
