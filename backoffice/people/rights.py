"""What a person may, read once for a request: Django's own backend reads it in two statements."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission, User


class RightsInOneRead(ModelBackend):
    """
    Reads what a person and their roles may, in one statement, and keeps it where ``ModelBackend`` keeps it.

    It stands before ``ModelBackend``, which goes on letting people in: their sessions name it.
    """

    def authenticate(self, *args: Any, **kwargs: Any) -> None:
        """Let nobody in."""

    def get_all_permissions(self, user_obj: Any, obj: object = None) -> set[str]:
        """Give what somebody may, as "app.codename"; nothing to who is not active, and nothing for a single object."""
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if not hasattr(user_obj, "_perm_cache"):
            user_obj._perm_cache = {f"{app}.{name}" for app, name in _permissions(user_obj)}
        held: set[str] = user_obj._perm_cache
        return held


def _permissions(user: User) -> Any:
    named = Permission.objects.order_by().values_list("content_type__app_label", "codename")
    if user.is_superuser:
        return named
    return named.filter(user=user.pk).union(named.filter(group__user=user.pk))
