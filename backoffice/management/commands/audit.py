"""``manage.py audit``: do the books balance?"""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backoffice.books import audit, digest, twins


class Command(BaseCommand):
    help = (
        "Check that the books balance: on hand against movements, allocated and committed against claims, "
        "owed against what waits, and every queue against a new plan. Reports, never repairs. "
        "Names twins, which a person joins, as a warning. "
        "Exits with 1 if something disagrees."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")
        parser.add_argument(
            "--digest",
            action="store_true",
            help="print a digest of every row of the books, too: a copy that was restored has the same",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        findings = audit.run(at=timezone.now())
        found: Any = [asdict(finding) for finding in findings]
        if options["digest"]:
            found = {"findings": found, "digest": digest.of_the_books()}
        if options["json"]:
            self.stdout.write(json.dumps(found))
        else:
            for finding in findings:
                word = self.style.ERROR(f"{finding.broken:,} broken") if finding.broken else self.style.SUCCESS("ok")
                self.stdout.write(f"{finding.rule}: {word}")
                for example in finding.examples:
                    self.stdout.write(f"    {example}")
            if options["digest"]:
                self.stdout.write(f"Digest of the books: {found['digest']}")
        for warned in twins.found():
            self.stderr.write(self.style.WARNING(str(warned)))
        if not audit.balances(findings):
            raise CommandError("The books do not balance.")
        if not options["json"]:
            self.stdout.write(self.style.SUCCESS("The books balance."))
