"""No test is written to the shop that stands where it runs, not even one that is run alone."""

import re

from django.db import connection

from backoffice.tests import services


def test_what_a_module_makes_once_goes_into_a_database_of_the_tests(django_db_setup, django_db_blocker):
    """Run alone it fails where only a mark asks for that database: nothing here has one."""
    with django_db_blocker.unblock():
        name = str(connection.settings_dict["NAME"])

    assert re.search(r"memorydb|test_", name), name


def test_one_database_is_made_though_no_test_asks_for_any():
    assert services.databases(lambda items: (set(), set()), []) == ({"default"}, set())
    assert services.databases(lambda items: ({"other"}, {"other"}), []) == ({"default", "other"}, {"other"})
