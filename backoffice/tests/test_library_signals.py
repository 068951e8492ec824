"""Signals of libraries are received in ``backoffice`` alone; ours is the one signal below it."""

import ast
from pathlib import Path

import pytest
from django.apps import apps

OURS = {"inventory.signals", ".signals", "..signals"}
APPS = ("inventory", "orders", "suppliers")


def heard(source):
    """Name the modules of signals that a source imports, and the decorator that receives them."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            names = [module, *(f"{module}.{each.name}" for each in node.names)]
        elif isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        else:
            continue
        found |= {name for name in names if name.endswith(".signals") or name.startswith("django.dispatch")}
    return found


@pytest.mark.parametrize(
    "source",
    [
        "from django.contrib.auth.signals import user_logged_in",
        "import anymail.signals",
        "from axes import signals",
        "from django.dispatch import receiver",
        "from django.db.models import signals",
    ],
)
def test_each_way_to_hear_one_is_seen(source):
    assert heard(source) - OURS


@pytest.mark.parametrize("app", APPS)
def test_no_app_hears_a_signal_of_a_library(app):
    root = apps.get_app_config(app).path

    found = {
        str(path.relative_to(root)): names
        for path in Path(root).rglob("*.py")
        if (names := heard(path.read_text()) - OURS)
    }

    assert found == ({"signals.py": {"django.dispatch", "django.dispatch.Signal"}} if app == "inventory" else {})
