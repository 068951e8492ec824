from inventory.tests.hands import admin_client, client
from inventory.tests.past import migrate

from .queue_screen import now, shop, staff

__all__ = ["admin_client", "client", "migrate", "now", "shop", "staff"]
