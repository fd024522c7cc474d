"""What waits on a wiki, told on that wiki: a page below the bot's user page, kept up to date.

The report stands between two comments, and nothing else of the page is ever changed: what people
write above and below it stays. A page that has text but not exactly these two comments is left
alone. A report that reads as it did makes no edit, so nothing in it depends on the day; one that is
long goes on on /2, /3 … Saving is `bot.saving.saver`'s, with all its guards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from bot.errors import EditRefused, StaleEdit, UsageError, WikiError, WikiUnavailable
from bot.model import Edit, Page
from bot.queue import Queue
from bot.queue.proposals import State
from bot.report.lines import acceptance, headline, many
from bot.report.summary import CheckCount, Summary, Trouble, Waiting
from bot.report.wikitext import escaped, link, message_of
from bot.saving import delivery, rebase
from bot.saving.outcomes import Conflict, GivenUp, Outcome, Refused, Saved
from bot.saving.policy import Policy
from bot.saving.reading import stored
from bot.saving.saver import Saver

if TYPE_CHECKING:
    from bot.sites.mediawiki import MediaWiki

BEGIN = "<!-- redpencil: begin of the report, which is renewed; write above or below it -->"
END = "<!-- redpencil: end of the report -->"
_BEGINS = re.compile(r"<!-- redpencil: begin\b[^>]*-->")
_ENDS = re.compile(r"<!-- redpencil: end\b[^>]*-->")

LONGEST = 60_000
"""How long a part may get, in bytes; a page section is only split when it is longer than that."""

MOST_PARTS = 20
"""How many parts a report has at most; what does not fit is counted at its end."""

# The page that stops the bot, and pages that are no wikitext.
_NOT_FOR_REPORTS = re.compile(r"(?:\A|/)stop\Z|\.(?:json|js|css)\Z", re.IGNORECASE)

_ABOUT = "renewed the report of what waits"
_MOST_TROUBLES = 50
_MOST_TRIES = 4

# The headings and the navigation of a part.
_MARGIN = 2_000


# What the report says


def render(of: Summary, title: str, longest: int = LONGEST) -> list[str]:
    """The wikitext of each part, without the comments around it; `title` is the first part's."""
    parts: list[list[str]] = [list(_overview(of))]
    size = _bytes(parts[0])
    left_out = 0
    for block in _blocks(of, longest - _MARGIN):
        length = _bytes(block)
        if size + length > longest - _MARGIN and size:
            if len(parts) == MOST_PARTS:
                left_out += sum(line.startswith("*") for line in block)
                continue
            parts.append([])
            size = 0
        parts[-1] += block
        size += length
    if left_out:
        parts[-1].append(f"{many(left_out, 'proposal')} more: `redpencil queue` lists them.\n")
    count = len(parts)
    return ["".join([*lines, *_others(title, n, count)]) for n, lines in enumerate(parts, 1)]


def part_title(title: str, number: int) -> str:
    """What the part of this number is called."""
    return title if number == 1 else f"{title}/{number}"


def _overview(of: Summary) -> Iterator[str]:
    yield f"{escaped(headline(of))}\n"
    if of.troubles or of.report_only:
        yield "== Needs a look ==\n"
        for trouble in of.troubles[:_MOST_TROUBLES]:
            yield _trouble(trouble)
        for name in of.report_only:
            yield f"* {escaped(name)} only reports: too few of its proposals were accepted.\n"
    if of.checks:
        yield "== Checks ==\n"
        yield '{| class="wikitable sortable"\n'
        yield "! scope=col | Check\n"
        for _, heading in _COLUMNS:
            yield f"! scope=col | {heading}\n"
        yield "! scope=col | Accepted of the last decisions\n"
        for check in of.checks:
            yield from _row(check)
        yield "|}\n"


_COLUMNS = (
    (State.PENDING, "Waiting"),
    (State.APPROVED, "Approved"),
    (State.SAVED, "Saved"),
    (State.REJECTED, "Rejected"),
)


def _row(check: CheckCount) -> Iterator[str]:
    yield "|-\n"
    yield f"! scope=row | {escaped(check.name)}\n"
    for state, _ in _COLUMNS:
        yield f"| {check.states.get(state, 0)}\n"
    yield f"| {acceptance(check)}\n"


def _trouble(trouble: Trouble) -> str:
    said = trouble.why.removeprefix(f"{trouble.page}: ")
    return f"* {link(trouble.page)} ({trouble.kind}, {trouble.at:%Y-%m-%d}): {escaped(said)}\n"


def _blocks(of: Summary, most: int) -> Iterator[list[str]]:
    """The pages with what waits there, each as its lines; a long one in several."""
    above: tuple[str, str] | None = None
    block: list[str] = []
    size = 0
    for each in of.waiting:
        line = _line(each)
        length = len(line.encode())
        is_new = (each.wiki, each.page) != above
        if block and (is_new or size + length > most):
            yield block
            block, size = [], 0
        if not block:
            heading = f"== {link(each.page)} ==\n"
            block, size = [heading], len(heading.encode())
        block.append(line)
        size += length
        above = (each.wiki, each.page)
    if block:
        yield block


def _line(each: Waiting) -> str:
    mend = f" → {escaped(each.mend)}" if each.mend else ""
    return (
        f"* '''{escaped(each.check)}''' ({each.severity}, line {each.line},"
        f" since {each.proposed:%Y-%m-%d}): {message_of(each.message)}{mend}\n"
    )


def _others(title: str, number: int, count: int) -> Iterator[str]:
    """Where the other parts are."""
    if count > 1:
        links = (
            f"'''{n}'''" if n == number else f"[[{part_title(title, n)}|{n}]]"
            for n in range(1, count + 1)
        )
        yield f"\nParts: {' · '.join(links)}\n"


def _bytes(lines: list[str]) -> int:
    return sum(len(line.encode()) for line in lines)


# Where it stands


def placed(page: Page, report: str) -> Edit | None:
    """What puts a report on its page; None when it stands there already.

    Raises UsageError for a page that has text, but not one comment for the report's begin and one
    for its end behind it.
    """
    text = page.text
    if not text.strip():
        return Edit(0, text, whole(report))
    begins, ends = list(_BEGINS.finditer(text)), list(_ENDS.finditer(text))
    if len(begins) != 1 or len(ends) != 1 or begins[0].end() > ends[0].start():
        raise UsageError(
            f"{page.title}: is left alone, because it has text but not one place for the report;"
            f" put these two lines where it shall stand: {BEGIN} and {END}"
        )
    start, stop = begins[0].end(), ends[0].start()
    old, new = text[start:stop], _apart(report)
    if stored(old) == stored(new):
        return None
    before = rebase.common(old, new)
    behind = rebase.common(old[before:][::-1], new[before:][::-1])
    return Edit(start + before, old[before : len(old) - behind], new[before : len(new) - behind])


def whole(report: str) -> str:
    """The text of a page that has nothing but the report."""
    return f"{BEGIN}{_apart(report)}{END}"


def _apart(report: str) -> str:
    """The report between empty lines, so that it is no part of a paragraph of people's."""
    return f"\n\n{stored(report)}\n\n"


def title_of(page: str, account: str) -> str:
    """The title of a page that is named by itself, or as a page below the account's user page.

    Raises UsageError for a name that is no page below any user page; whether it is the account's
    own, the wiki is asked before anything is saved.
    """
    name = " ".join(page.replace("_", " ").split()).strip("/")
    if not name or re.search(r"[#<>\[\]{}|\x00-\x1f]", name) or _NOT_FOR_REPORTS.search(name):
        raise UsageError(f"{page!r} is no name of a page for the report")
    if ":" not in name:
        return f"User:{account}/{name}"
    if f":{account}/" not in name:
        raise UsageError(f"{page!r} is no page below User:{account}/, where reports are saved")
    return name


# Saving


def save(
    wiki: MediaWiki,
    queue: Queue,
    page: str,
    of: Summary,
    *,
    policy: Policy = Policy(),  # noqa: B008 (frozen)
    tell: Callable[[str], object] = lambda sentence: None,
) -> str:
    """Bring the report on its wiki up to date; what was done, in a few words.

    Raises UsageError for a page that is not the bot's own or has no place for the report,
    WikiError when the wiki cannot be reached or refuses, StaleEdit when somebody edits it all the
    time, StoreError.
    """
    title = title_of(page, wiki.login())
    parts = render(of, title, LONGEST)
    todo = {}
    for number, report in enumerate(parts, 1):
        at = part_title(title, number)
        if _edit(_fetched(wiki, at), report) is not None:
            todo[at] = report
    number = len(parts) + 1
    while (left := _fetched(wiki, part_title(title, number))) is not None:
        empty = f"Nothing stands here at the moment; see [[{title}|the first part]]."
        if _edit(left, empty) is not None:
            todo[part_title(title, number)] = empty
        number += 1
    if not todo:
        return "unchanged"
    saved = []
    with Saver(wiki, queue.store, policy=policy, tell=tell) as saver:
        for outcome in saver.settled:
            delivery.settled(outcome, queue)
        queue.reconcile()
        for at, report in todo.items():
            revision = _saved(wiki, saver, at, report)
            saved += [f"{at} as revision {revision}"] if revision else []
    return f"saved {', '.join(saved)}" if saved else "unchanged"


def _edit(page: Page | None, report: str) -> Edit | str | None:
    """What is to be done: an edit, the text of a new page, or nothing."""
    return whole(report) if page is None else placed(page, report)


def _fetched(wiki: MediaWiki, title: str) -> Page | None:
    try:
        return wiki.fetch(title)
    except WikiError as wrong:
        if wrong.code == "missingtitle":
            return None
        raise


def _saved(wiki: MediaWiki, saver: Saver, title: str, report: str) -> int:
    """Save a part, anew when somebody edits it meanwhile; its revision, 0 when nothing changed."""
    outcome: Outcome | None = None
    for _ in range(_MOST_TRIES):
        page = _fetched(wiki, title)
        edit = _edit(page, report)
        if edit is None:
            return 0
        if page is None or isinstance(edit, str):
            outcome = saver.create(title, whole(report), _ABOUT)
        else:
            outcome = saver.rewrite(page, edit, _ABOUT)
        if not isinstance(outcome, Conflict):
            break
    if isinstance(outcome, Refused):
        raise EditRefused(outcome.message, code=outcome.code)
    if isinstance(outcome, GivenUp):
        raise WikiUnavailable(outcome.message)
    if isinstance(outcome, Conflict):
        raise StaleEdit(outcome.message)
    return outcome.revision if isinstance(outcome, Saved) else 0
