"""What a list is called, and what it says when it has no rows, for templates."""

from typing import Any

from django import template

from backoffice.finding import emptiness, names
from inventory.ground.sql import paging

register = template.Library()
register.filter("screen", names.of_list)
register.filter("adding", names.of_adding)
register.filter("bounded", paging.in_words)


@register.simple_tag(takes_context=True)
def when_empty(context: Any, found: Any) -> emptiness.EmptyWords:
    """Give what this list says when it has no rows, by the name under which it was opened."""
    return emptiness.of(found, context.get("here", ""))
