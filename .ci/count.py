"""Read the test reports of .ci/run: how many ran, which failed, and that none was skipped."""

import argparse
import sys
from pathlib import Path
from xml.etree import ElementTree

AGAIN = "-again"
"""What the report of tests that were run once more is called, after the name of the first."""


def cases(report: Path) -> list[ElementTree.Element]:
    """The tests of a report; what was run once more counts as it ended then."""
    first, again = (
        [*ElementTree.parse(each).iter("testcase")] if each.exists() else []
        for each in (report, report.with_stem(f"{report.stem}{AGAIN}"))
    )
    ran_again = {_name(case) for case in again}
    return [case for case in first if _name(case) not in ran_again] + again


def _name(case: ElementTree.Element) -> str:
    return f"{case.get('classname')}.{case.get('name')}"


def failed(case: ElementTree.Element) -> bool:
    return case.find("failure") is not None or case.find("error") is not None


def count(report: Path) -> int:
    """Print the skipped tests with their reasons, then the counts; 1 if there is something to stop for."""
    ran = cases(report)
    bad = [case for case in ran if failed(case)]
    skipped = [(case, reason) for case in ran for reason in case.iter("skipped")]
    for case, reason in skipped:
        print(f"skipped: {_name(case)}: {reason.get('message')}")
    print(f"{len(ran) - len(skipped) - len(bad)} passed, {len(bad)} failed, {len(skipped)} skipped")
    return int(bool(skipped or bad or not ran))


def total(folder: Path, exit_code: int) -> None:
    """Print the closing line; a step that failed without a failed test counts as one."""
    first = [report for report in sorted(folder.glob("*.xml")) if not report.stem.endswith(AGAIN)]
    ran = [case for report in first for case in cases(report)]
    bad = sum(failed(case) for case in ran)
    skipped = sum(case.find("skipped") is not None for case in ran)
    print(f"{len(ran) - bad - skipped} passed, {max(bad, int(exit_code != 0))} failed")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path, nargs="?")
    parser.add_argument("--total", type=Path, metavar="FOLDER")
    parser.add_argument("--exit-code", type=int, default=0)
    parser.add_argument("--failed", action="store_true", help="name what failed in the report, a line each")
    options = parser.parse_args()
    if options.total:
        total(options.total, options.exit_code)
    elif options.failed:
        print("\n".join({_name(case): "" for case in cases(options.report) if failed(case)}))
    else:
        sys.exit(count(options.report))
