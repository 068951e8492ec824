from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class BackofficeConfig(AppConfig):
    name = "backoffice"
    verbose_name = "Running"

    def ready(self) -> None:
        from inventory.ground.post import sender

        from . import checks  # noqa: F401  (checks registers itself)
        from .finding import jump
        from .people import roles, signing_in, staff
        from .watching import telling
        from .web import webhooks

        roles.connect(self)
        jump.connect(self)
        signing_in.connect()
        staff.keep_history()
        webhooks.connect()
        sender.register(telling.staff_outbox)


class BackofficeAdminConfig(AdminConfig):
    default_site = "backoffice.site.BackofficeSite"
