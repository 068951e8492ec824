from inventory.tests.hands import admin_client, client
from inventory.tests.past import migrate

__all__ = ["admin_client", "client", "migrate"]
