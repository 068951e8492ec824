"""Notes and whose turn it is, on the page of a row; and what a person has not read, in the head of every page."""

from typing import Any

from django import template
from django.contrib.auth.models import User

from backoffice.screens.notebook import head, panel
from inventory.ground.sql import paging

register = template.Library()


@register.inclusion_tag("admin/notebook.html", takes_context=True)
def notebook(context: Any, row: Any) -> dict[str, Any]:
    """Show what was written on a row; nothing where nothing is written on such rows."""
    request = context["request"]
    return {
        "panel": panel.of(request, row),
        "csrf_token": context.get("csrf_token"),
        "once_field": context.get("once_field"),
        "request": request,
    }


@register.simple_tag
def unread(user: Any) -> str:
    """Say how much this person has not read; nothing if that is nothing."""
    found = head.count(user) if isinstance(user, User) and user.is_active else 0
    return paging.in_words(found) if found else ""
