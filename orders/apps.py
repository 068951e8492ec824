from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = "Orders"

    def ready(self) -> None:
        from inventory.ground.post import sender

        from . import receivers
        from .mail import outbox
        from .waiting_list import letters

        receivers.connect()
        sender.register(outbox.notice_outbox)
        sender.register(letters.restock_outbox)
