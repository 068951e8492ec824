from inventory.tests.hands import admin_client, client

__all__ = ["admin_client", "client"]
