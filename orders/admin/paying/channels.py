"""Channels: where orders come from, whether they are paid by then, and what their customers may do by themselves."""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.safestring import SafeString

from inventory.desk.base import Desk
from inventory.desk.tables import chip
from inventory.ground.plurals import plural
from orders.models import Channel
from orders.models.channel import payment_time


@admin.register(Channel)
class ChannelAdmin(Desk):
    list_display = ("name", "arrives", "kept", "never_paid")
    search_fields = ("name",)
    fields = (
        *("name", "arrives_unpaid", "payment_minutes", "cancel_after_days", "customers_may_cancel"),
        *("tells_cause", "shop_origin", "cart_url"),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Channel | None = None) -> Any:
        """Orders name it: once it is there it keeps its name."""
        return ("name",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Channel | None = None) -> bool:
        """A channel arrives paid; it is not deleted, since orders name it."""
        return False

    def recognize(self, term: str) -> Q:
        return Q(name__icontains=term)

    @admin.display(description="its orders arrive", ordering="arrives_unpaid")
    def arrives(self, row: Channel) -> SafeString:
        return chip("unpaid", "amber") if row.arrives_unpaid else chip("paid", "green")

    @admin.display(description="units are kept for", ordering="payment_minutes")
    def kept(self, row: Channel) -> str:
        return payment_time(row.payment_minutes)

    @admin.display(description="never paid", ordering="cancel_after_days")
    def never_paid(self, row: Channel) -> str:
        if row.cancel_after_days is None:
            return "a person decides"
        return f"canceled after {row.cancel_after_days} {plural(row.cancel_after_days, 'day')}"
