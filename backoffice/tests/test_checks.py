import pytest
from django.contrib import admin
from django.core import checks as registry
from django.test import override_settings

from backoffice import checks
from backoffice.people import inviting
from inventory.desk.base import Desk
from inventory.desk.operations import Operation
from inventory.models import Movement, Product, Warehouse


@pytest.fixture
def site(monkeypatch):
    """A site of its own, on which a test may register what would never pass."""
    own = admin.AdminSite()
    own.disable_action("delete_selected")
    monkeypatch.setattr(admin, "site", own)
    return own


def found(check) -> list[tuple[str, str]]:
    return [(message.id, message.msg) for message in check(None)]


def test_an_action_that_declares_no_permission_is_an_error(site):
    @admin.action(description="Give away")
    def give_away(desk, request, rows): ...

    @admin.action(description="Keep", permissions=["change"])
    def keep(desk, request, rows): ...

    site.register(Product, type("ProductDesk", (admin.ModelAdmin,), {"actions": [give_away, keep]}))

    assert found(checks.actions_declare_permissions) == [
        ("backoffice.E001", "The action “give_away” of ProductDesk declares no permission.")
    ]


def test_an_operation_without_a_permission_is_an_error(site):
    operation = type("Burn", (Operation,), {"name": "burn", "label": "Burn…", "permission": ""})()
    site.register(Warehouse, type("WarehouseDesk", (Desk,), {"operations": (operation,)}))

    assert found(checks.actions_declare_permissions) == [
        ("backoffice.E001", "The action “burn” of WarehouseDesk declares no permission.")
    ]


def test_an_admin_that_edits_what_the_domain_writes_is_an_error(site):
    site.register(Movement, type("LedgerDesk", (admin.ModelAdmin,), {}))

    assert [number for number, _ in found(checks.domain_is_not_edited)] == ["backoffice.E002", "backoffice.E002"]


def test_an_admin_whose_pages_carry_no_key_is_an_error(site):
    site.register(Product, type("ProductDesk", (admin.ModelAdmin,), {}))

    assert found(checks.acts_are_done_once) == [("backoffice.E004", "The pages of ProductDesk could be saved twice.")]


def test_an_operation_that_does_not_say_which_figures_it_rests_on_is_an_error(site):
    operation = type("Burn", (Operation,), {"name": "burn", "label": "Burn…", "permission": "inventory.burn"})()
    site.register(Warehouse, type("WarehouseDesk", (Desk,), {"operations": (operation,)}))

    assert found(checks.acts_are_done_once) == [
        ("backoffice.E004", "Burn does not say which figures of its rows it rests on.")
    ]


def test_our_own_admin_passes_every_check():
    assert found(checks.acts_are_done_once) == []
    assert found(checks.actions_declare_permissions) == []
    assert found(checks.domain_is_not_edited) == []
    assert registry.run_checks(include_deployment_checks=False) == []


def test_debug_is_an_error_in_production():
    with override_settings(DEBUG=True):
        assert found(checks.debug_is_off) == [("backoffice.E003", "DEBUG is on.")]
    with override_settings(DEBUG=False):
        assert found(checks.debug_is_off) == []


def test_half_a_production_is_an_error_for_each_variable_it_lacks():
    with override_settings(UNSET=["SECRET_KEY", "REDIS_URL", "EMAIL_URL"]):
        assert found(checks.nothing_is_unset) == [
            ("backoffice.E006", "DATABASE_URL is set, and SECRET_KEY is not."),
            ("backoffice.E006", "DATABASE_URL is set, and REDIS_URL is not."),
            ("backoffice.E006", "DATABASE_URL is set, and EMAIL_URL is not."),
        ]
    with override_settings(UNSET=[]):
        assert found(checks.nothing_is_unset) == []


def test_nobody_to_tell_is_a_warning():
    with override_settings(ADMINS=[]):
        assert found(checks.somebody_can_be_told) == [
            ("backoffice.W003", "Nobody is told when something stands still.")
        ]
    with override_settings(ADMINS=[("Ada", "ada@shop.example")]):
        assert found(checks.somebody_can_be_told) == []
    with override_settings(ADMINS=[("Ada", "ada@shop.example"), ("", "ops@mailhost")]):
        assert found(checks.somebody_can_be_told) == [
            ("backoffice.W003", "ADMINS has “ops@mailhost”, to which no mail is sent: it is not a whole address.")
        ]


@pytest.mark.parametrize(("https", "proxies", "warned"), [(True, 0, 1), (True, 1, 0), (False, 0, 0)])
def test_a_proxy_that_nobody_counted_is_a_warning(https, proxies, warned):
    with override_settings(HTTPS=https, TRUSTED_PROXIES=proxies):
        assert [number for number, _ in found(checks.addresses_are_told_apart)] == ["backoffice.W004"] * warned


def test_without_redis_nothing_is_asked_of_it():
    with override_settings(REDIS_URL=""):
        assert found(checks.redis_keeps_messages) == []


def test_a_redis_that_does_not_answer_is_a_warning():
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
        assert [number for number, _ in found(checks.redis_keeps_messages)] == ["backoffice.W002"]


def test_words_about_money_have_an_end(settings):
    settings.CANCELED_MONEY = "A" * 300
    assert found(checks.money_is_a_sentence) == []

    settings.CANCELED_MONEY = "A" * 1_301

    told = "CANCELED_MONEY has 1,301 letters; a mail has room for 300."
    assert found(checks.money_is_a_sentence) == [("backoffice.E007", told)]


def test_mail_that_would_come_from_the_demo_is_a_warning(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.SHOP_NAME, settings.DEFAULT_FROM_EMAIL = settings.DEMO_NAME, settings.DEMO_SENDER
    told = [
        "Mail goes to customers, and SHOP_NAME is that of the demo: “Harbor & Pine”.",
        "Mail goes to customers, and DEFAULT_FROM_EMAIL is that of the demo: “Backoffice <orders@shop.example>”.",
    ]
    assert found(checks.mail_comes_from_the_shop) == [("backoffice.W005", words) for words in told]

    settings.SHOP_NAME, settings.DEFAULT_FROM_EMAIL = "Fjord", "Fjord <orders@fjord.example>"
    assert found(checks.mail_comes_from_the_shop) == []

    settings.SHOP_NAME, settings.EMAIL_BACKEND = settings.DEMO_NAME, inviting.TO_FILES
    assert found(checks.mail_comes_from_the_shop) == []
