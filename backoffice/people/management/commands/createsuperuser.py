"""Django's command that makes the first person; where nobody is asked, its password is held to the rules of all."""

import os
from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError


class Command(createsuperuser.Command):
    def handle(self, *args: Any, **options: Any) -> Any:
        """:raises CommandError: if the environment names a password that no form would take"""
        password = os.environ.get("DJANGO_SUPERUSER_PASSWORD")
        if not options["interactive"] and password is not None:
            said = {name: options[name] or os.environ.get(f"DJANGO_SUPERUSER_{name.upper()}", "") for name in SAID}
            try:
                validate_password(password, User(**said))
            except ValidationError as why:
                raise CommandError(" ".join(["Nobody was made.", *why.messages])) from why
        return super().handle(*args, **options)


SAID = ("username", "email")
