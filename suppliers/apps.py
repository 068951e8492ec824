from django.apps import AppConfig


class SuppliersConfig(AppConfig):
    name = "suppliers"
    verbose_name = "Buying"

    def ready(self) -> None:
        from inventory.ground.post import sender

        from .letters import outbox

        sender.register(outbox.order_outbox)
