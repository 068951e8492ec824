from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = "Orders"

    def ready(self) -> None:
        from inventory.ground.post import sender

        from . import receivers
        from .mail import outbox

        receivers.connect()
        sender.register(outbox.notice_outbox)
