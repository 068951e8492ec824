"""``manage.py backup``: a copy of the shop, while it is in use."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backoffice.books import backups


class Command(BaseCommand):
    help = (
        "Back up the shop while it is in use: the database as it stands at this moment, the files people sent, and the "
        "secret key of the embedded default. Only its owner may read it. backoffice/docs/operations.md restores it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folder", nargs="?", type=Path, help="where to (default: backups/ in DATA_DIR); it gets a folder of its own"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder = options["folder"] or settings.DATA_DIR / "backups"
        try:
            made = backups.make(folder, at=timezone.now())
        except backups.BackupFailed as error:
            raise CommandError(f"There is no backup. {error}") from error
        self.stdout.write(self.style.SUCCESS(f"Backed up into {made}"))
