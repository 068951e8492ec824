"""
Numbered system checks: what must not be forgotten.

E001 an admin action without a permission · E002 an admin that lets people edit what the domain writes ·
E003 debug mode in production · E004 an act that could be done twice, or on figures that were not shown ·
E005 a currency of the shop that there is none · E006 a production without one of its variables ·
E007 words about money that are no sentence ·
W001 Redis may throw messages away · W002 Redis does not answer · W003 nobody is told when something stands still ·
W004 every sign-in seems to come from the proxy · W005 mail comes from the shop of the demo. E003, E006 and the
warnings are part of ``check --deploy``.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import redis
from django.apps import AppConfig
from django.conf import settings
from django.contrib import admin
from django.core import checks
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from inventory.desk.operations import Operation
from inventory.desk.pages import OncePages
from inventory.ground import currencies

from .people import inviting

WRITTEN_BY_THE_DOMAIN = frozenset(
    {
        "inventory.stock",
        "inventory.movement",
        "inventory.inbound",
        "inventory.owed",
        "inventory.leadtime",
        "inventory.transfer",
        "inventory.countsheet",
        "inventory.dailydemand",
        "inventory.demandentry",
        "inventory.policychange",
        "orders.order",
        "orders.orderline",
        "orders.backorder",
        "orders.allocation",
        "orders.promise",
        "orders.lineevent",
        "orders.notice",
        "orders.shipment",
        "orders.return",
        "orders.batch",
        "orders.hold",
        "orders.refund",
        "orders.refusal",
        "orders.restocklist",
        "orders.restockrequest",
        "orders.restockletter",
        "suppliers.orderletter",
        "suppliers.purchaseorder",
        "suppliers.slip",
        "suppliers.delivery",
        "backoffice.jobrun",
    }
)


@checks.register(checks.Tags.admin)
def actions_declare_permissions(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Refuse an action or an operation that anybody could do who sees the list."""
    return [
        checks.Error(
            f"The action “{name}” of {type(desk).__name__} declares no permission.",
            hint="Decorate it with @admin.action(permissions=[…]), or give the operation its ``permission``.",
            obj=type(desk),
            id="backoffice.E001",
        )
        for desk in admin.site._registry.values()
        for name in _unguarded(desk)
    ]


def _unguarded(desk: Any) -> Iterator[str]:
    for action, name, _ in desk._get_base_actions():
        if not getattr(action, "allowed_permissions", None):
            yield name
    for operation in getattr(desk, "operations", ()):
        if "." not in getattr(operation, "permission", ""):
            yield operation.name


@checks.register(checks.Tags.admin)
def domain_is_not_edited(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Refuse an admin that would write past the domain: adding and changing must be its own."""
    return [
        checks.Error(
            f"{type(desk).__name__} lets people {word} what only the domain writes.",
            hint="Derive it from inventory.desk.base.Kept, or override who may and how it is saved.",
            obj=type(desk),
            id="backoffice.E002",
        )
        for model, desk in admin.site._registry.items()
        if model._meta.label_lower in WRITTEN_BY_THE_DOMAIN
        for word, own in (
            ("change", _overrides(desk, "has_change_permission")),
            ("add", _overrides(desk, "has_add_permission") or _overrides(desk, "add_view")),
        )
        if not own
    ]


@checks.register(checks.Tags.admin)
def acts_are_done_once(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Refuse an admin whose pages carry no key, and an operation that does not say which figures it rests on."""
    desks = list(admin.site._registry.values())
    pages: list[checks.CheckMessage] = [
        checks.Error(
            f"The pages of {type(desk).__name__} could be saved twice.",
            hint="Derive it from inventory.desk.once.OncePages.",
            obj=type(desk),
            id="backoffice.E004",
        )
        for desk in desks
        if not isinstance(desk, OncePages)
    ]
    return pages + [
        checks.Error(
            f"{type(operation).__name__} does not say which figures of its rows it rests on.",
            hint="Give it ``counted``, or its own ``counters``.",
            obj=type(operation),
            id="backoffice.E004",
        )
        for desk in desks
        for operation in getattr(desk, "operations", ())
        if not hasattr(operation, "counted") and type(operation).counters is Operation.counters
    ]


LONGEST_SENTENCE = 300


@checks.register()
def money_is_a_sentence(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Refuse to start with more about canceled money than a mail has room for."""
    words = settings.CANCELED_MONEY
    if len(words) <= LONGEST_SENTENCE:
        return []
    told = f"CANCELED_MONEY has {len(words):,} letters; a mail has room for {LONGEST_SENTENCE}."
    hint = "Say in a sentence or two what becomes of money that was paid, or leave it out."
    return [checks.Error(told, hint=hint, id="backoffice.E007")]


@checks.register(checks.Tags.security, deploy=True)
def mail_comes_from_the_shop(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Warn where customers would read the name or the address of the demo."""
    if settings.EMAIL_BACKEND == inviting.TO_FILES:
        return []
    invented = {"SHOP_NAME": settings.DEMO_NAME, "DEFAULT_FROM_EMAIL": settings.DEMO_SENDER}
    return [
        checks.Warning(
            f"Mail goes to customers, and {name} is that of the demo: “{value}”.",
            hint=f"Set {name} to what your customers know you by.",
            id="backoffice.W005",
        )
        for name, value in invented.items()
        if getattr(settings, name) == value
    ]


def _overrides(desk: Any, name: str) -> bool:
    return getattr(type(desk), name) is not getattr(admin.ModelAdmin, name)


@checks.register(checks.Tags.security, deploy=True)
def debug_is_off(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Refuse to show tracebacks to strangers."""
    if not settings.DEBUG:
        return []
    return [checks.Error("DEBUG is on.", hint="Unset DEBUG in the environment of production.", id="backoffice.E003")]


MISSED = {
    "SECRET_KEY": "50 random characters or more, the same for every process: links and sign-ins rest on it.",
    "REDIS_URL": "Workers and the clock reach each other by it: redis://host:6379/0",
    "EMAIL_URL": "Without it mail to customers stays in files: smtp+tls://user:password@host:587",
}
"""What a production lacks without each variable."""


@checks.register(checks.Tags.security, deploy=True)
def nothing_is_unset(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Refuse half a production: a database of its own, and the rest as on a desk."""
    return [
        checks.Error(f"DATABASE_URL is set, and {name} is not.", hint=MISSED[name], id="backoffice.E006")
        for name in settings.UNSET
    ]


@checks.register(checks.Tags.security, deploy=True)
def somebody_can_be_told(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Warn where a night that did not run, or mail that stands still, would be told to nobody."""
    hint = "Set ADMINS to the addresses of those who look after it."
    for _, address in settings.ADMINS:
        try:
            validate_email(address)
        except ValidationError:
            said = f"ADMINS has “{address}”, to which no mail is sent: it is not a whole address."
            return [checks.Warning(said, hint=hint, id="backoffice.W003")]
    if settings.ADMINS:
        return []
    return [checks.Warning("Nobody is told when something stands still.", hint=hint, id="backoffice.W003")]


@checks.register(checks.Tags.security, deploy=True)
def addresses_are_told_apart(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Warn where everybody seems to sit at the proxy: there, wrong passwords of a stranger keep out a colleague."""
    if not settings.HTTPS or settings.TRUSTED_PROXIES:
        return []
    return [
        checks.Warning(
            "HTTPS is on, so a proxy stands before this, and TRUSTED_PROXIES does not say how many.",
            hint="Set TRUSTED_PROXIES to the number of proxies that add to X-Forwarded-For, usually 1.",
            id="backoffice.W004",
        )
    ]


@checks.register(checks.Tags.database, deploy=True)
def redis_keeps_messages(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Warn where Redis, once full, would throw messages away. Providers that hide the setting are trusted."""
    if not settings.REDIS_URL:
        return []
    try:
        client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2)
        with client:
            policy = client.config_get("maxmemory-policy").get("maxmemory-policy", "noeviction")
    except redis.ResponseError:
        return []
    except redis.RedisError as error:
        hint = "Is REDIS_URL right, and is the server up?"
        return [checks.Warning(f"Redis does not answer: {error}", hint=hint, id="backoffice.W002")]
    if policy == "noeviction":
        return []
    return [
        checks.Warning(
            f"Redis throws messages away when it is full (maxmemory-policy {policy}).",
            hint="Set maxmemory-policy to noeviction.",
            id="backoffice.W001",
        )
    ]


@checks.register()
def the_shops_currency_is_one(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Refuse to start with a currency that no amount can be in."""
    told = settings.SHOP_CURRENCY and currencies.objection(settings.SHOP_CURRENCY)
    if not told:
        return []
    hint = "Write SHOP_CURRENCY=EUR, for instance; or leave it out, and amounts have no currency."
    return [checks.Error(f"SHOP_CURRENCY: {told}.", hint=hint, id="backoffice.E005")]
