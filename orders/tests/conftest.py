from inventory.tests.hands import admin_client, client

from .queue_screen import now, shop, staff

__all__ = ["admin_client", "client", "now", "shop", "staff"]
