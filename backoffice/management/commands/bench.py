"""``manage.py bench``: measure, and print numbers that can be compared."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from backoffice.benches import BENCHES


class Command(BaseCommand):
    help = "Measure how fast it is. Each bench has its own --help."

    def add_arguments(self, parser: CommandParser) -> None:
        benches = parser.add_subparsers(dest="bench", required=True, metavar="BENCH")
        for name, bench in BENCHES.items():
            one = benches.add_parser(name, help=bench.HELP, description=bench.HELP)
            bench.add_arguments(one)
            one.add_argument("--json", action="store_true", help="print the numbers as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        bench = BENCHES[options["bench"]]
        result = bench.run(options, self.stderr.write)
        self.stdout.write(json.dumps(result) if options["json"] else bench.words(result))
