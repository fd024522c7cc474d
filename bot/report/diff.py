"""The report for `patch -p1`: a unified diff of everything that can be mended at once.

It holds the first fix of every finding that is fit for review, as far as they go together and prove
good. What is left out is listed before the diff in lines that start with "#", which patch ignores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from bot import fixes
from bot.mender import Mended
from bot.model import Page, Report
from bot.report import Places, visible


def render(
    reports: Iterable[Report], mend: Callable[[Report], Mended], name_of: Callable[[Page], str]
) -> Iterator[str]:
    """The diffs of the pages, one behind the other.

    `name_of` gives the name of a page's file, from the folder in which patch will run.
    """
    for report in reports:
        for skipped in report.skipped:
            yield _comment(f"{report.page.title}: not looked at: {skipped.check}: {skipped.reason}")
        if not report.findings:
            continue
        mended = mend(report)
        yield _comment(
            f"{report.page.title}: {len(mended.chosen)} of {len(report.findings)} findings mended"
        )
        places = Places(report.page.text)
        for finding, _, reason in mended.left_out:
            line, column = places(finding.span.start)
            yield _comment(
                f"left out: {line}:{column} {finding.check}: {finding.message}; {reason}"
            )
        yield fixes.unified_diff(report.page.text, mended.edits, name_of(report.page))


def _comment(text: str) -> str:
    return f"# {visible(text, one_line=True)}\n"
