"""Run the checks over one page: only those that have anything to look at, each for itself.

One set of linear-time patterns decides which sections a check looks at; a check that breaks costs
its own findings and nothing else, and the report says so. What every fix must respect, whichever
check made it, is enforced here: it edits no comment and no unread zone, and a change that no reader
sees is only proposed beside one that a reader does.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from operator import attrgetter

from bot import custom, fixes
from bot.checks import Check, Context, Reading
from bot.errors import UnreadableText, UsageError
from bot.knowledge.citations import vocabulary
from bot.model import (
    Edit,
    Facts,
    Finding,
    Fix,
    Heading,
    Marks,
    Page,
    Profile,
    Report,
    Settings,
    Severity,
    Skipped,
    Span,
)
from bot.patterns import pattern
from bot.wikitext import Section, Wikitext, verify
from bot.wikitext.template import template_name

# A page deeper than this is an attack or an accident; nobody edits it by sentence.
LARGEST_PAGE = 20_000_000


def choose_checks(only: Sequence[str] = (), skip: Sequence[str] = ()) -> tuple[Check, ...]:
    """The checks of these names or families, less those skipped; all of them by default.

    Raises UsageError for a name that is neither a check nor a family.
    """
    every = custom.load()
    known = {check.name for check in every} | {check.family for check in every}
    for name in (*only, *skip):
        if name not in known:
            raise UsageError(f"there is no check or family {name!r}; `redpencil checks` lists them")
    return tuple(
        check
        for check in every
        if (not only or check.name in only or check.family in only)
        and check.name not in skip
        and check.family not in skip
    )


def check_page(
    page: Page,
    *,
    today: date,
    only: Sequence[Check] | None = None,
    scope: Sequence[Section] = (),
    profile: Profile = Profile(),  # noqa: B008 (frozen)
    facts: Facts = Facts(),  # noqa: B008 (frozen)
    settings: Settings = Settings(),  # noqa: B008 (frozen)
    least: Severity = Severity.ADVICE,
) -> Report:
    """What the checks find on a page, in its order.

    `scope` narrows the findings to these sections with their subsections; the whole page is still
    read, because its marks and its other references count for them.

    Raises UnreadableText for a text that holds what no wiki page can: NUL, lone surrogates.
    """
    encoded = _encoded(page)
    chosen = tuple(custom.load() if only is None else only)
    text = page.text
    wide, narrow = _triggers(chosen)
    if not wide.any(encoded) and not narrow.any(encoded):
        return Report(page, (), profile=profile, facts=facts)
    wikitext = Wikitext(text, profile.language)
    marks = page_marks(encoded)
    if marks.refuses:
        reason = f"the page asks bots to stay away with {{{{{marks.refuses}}}}}"
        return Report(page, (), (Skipped("all", reason),), (), profile, facts)
    reading = Reading(
        wikitext, profile, vocabulary(profile.language), facts, today, settings, marks
    )
    sections = _sections(wikitext, wide.checks, narrow)
    spans = [section.span for section in scope]
    is_narrowed = least is not Severity.ADVICE
    found: list[Finding] = []
    skipped: list[Skipped] = []
    for check in chosen:
        places = sections.get(check, ())
        if spans:
            places = tuple(p for p in places if any(s.contains(p.body) for s in spans))
        if not places:
            continue
        unwanted = marks.opted_out & {check.name, check.family}
        if unwanted:
            reason = f"the page opts out of it with {{{{bots|optout={_OURS}{min(unwanted)}}}}}"
            skipped.append(Skipped(check.name, reason))
            continue
        try:
            for finding in check.run(Context(check, reading, places)):
                if is_narrowed and finding.severity < least:
                    continue
                if spans and not any(span.contains(finding.span) for span in spans):
                    continue
                found.append(_guarded(wikitext, finding))
        except (Exception, SystemExit) as broken:  # noqa: BLE001 - costs its own findings only
            at = broken.__traceback__
            while at is not None and at.tb_next is not None:
                at = at.tb_next
            where = f" at {at.tb_frame.f_code.co_name}:{at.tb_lineno}" if at else ""
            skipped.append(
                Skipped(
                    check.name,
                    f"the check broke: {type(broken).__name__}: {broken}{where}",
                    failed=True,
                )
            )
    found.sort(key=attrgetter("span", "check"))
    visible = _visible(found)
    headings = (Heading(s.start, s.level, s.heading) for s in wikitext.sections[1:] if visible)
    return Report(page, visible, tuple(skipped), tuple(headings), profile, facts)


def look_again(report: Report, edits: Iterable[Edit], mended: str, **options: object) -> list[str]:
    """What is wrong with a mended text, a sentence each; empty when nothing is.

    The mended findings must be gone, no new one may have come, and the structure around the edits
    must still be whole. Findings that may follow from mending others (`Check.may_follow`) are no
    harm. `options` are those the report was made with (`check_page`).
    """
    after = check_page(
        Page(report.page.title, mended, report.page.source),
        **options,  # type: ignore[arg-type]
    )
    ordered = sorted(edits)
    before = {
        (finding.check, fixes.moved(finding.span.start, ordered)) for finding in report.findings
    }
    harmless = {check.name for check in custom.load() if check.may_follow}
    wrong = verify.differences(report.page.text, mended, ordered)
    came = [
        finding
        for finding in after.findings
        if (finding.check, finding.span.start) not in before and finding.check not in harmless
    ]
    # A fix that moves words takes along what is wrong with them.
    there = Counter(_words(report.page.text, finding) for finding in report.findings)
    here = Counter(_words(mended, finding) for finding in after.findings)
    wrong.extend(
        f"{finding.check} would be new: {finding.message}"
        for finding in came
        if here[_words(mended, finding)] > there[_words(mended, finding)]
    )
    made = set(ordered)
    mends = {
        finding: any(made.issuperset(fix.edits) for fix in finding.fixes)
        for finding in report.findings
    }
    left = {
        (finding.check, fixes.moved(finding.span.start, ordered))
        for finding, is_mended in mends.items()
        if not is_mended
    }
    wrong.extend(
        f"{finding.check} would still be there: {finding.message}"
        for finding in after.findings
        if (finding.check, finding.span.start) in before - left
    )
    return wrong


def _encoded(page: Page) -> bytes:
    """The page's text in UTF-8.

    Raises UnreadableText, with the place, for characters that cannot be saved as such.
    """
    try:
        encoded = page.text.encode()
    except UnicodeEncodeError as wrong:
        place = wrong.start
        what = f"half of a surrogate pair (U+{ord(page.text[place]):04X})"
    else:
        # Looked for in the bytes: that is many times as fast as in a text beyond Latin-1.
        if b"\0" not in encoded:
            return encoded
        place = page.text.index("\0")
        what = "a NUL character"
    line = page.text.count("\n", 0, place) + 1
    raise UnreadableText(
        f"{page.source or page.title}: {what} stands at character {place} (line {line});"
        " no wiki page can hold it, so the page is left alone"
    )


class _Triggers:
    """The triggers of some checks as one set of patterns."""

    def __init__(self, chosen: tuple[Check, ...]) -> None:
        import re2

        self.checks = chosen

        options = re2.Options()
        options.max_mem = 64 << 20
        patterns = re2.Set.SearchSet(options)
        owners: dict[str, list[Check]] = {}
        for check in chosen:
            if check.trigger and check.trigger not in owners:
                patterns.Add(check.trigger)
            owners.setdefault(check.trigger, []).append(check)
        patterns.Compile()
        self._always = bool(owners.pop("", []))
        self._owners = list(owners.values())
        self._match = patterns.Match

    def any(self, text: bytes) -> bool:
        """Whether a trigger matches somewhere in the text, or a check has none."""
        return self._always or (bool(self._owners) and self._match(text) is not None)

    def __call__(self, text: bytes) -> list[Check]:
        """The checks whose trigger matches somewhere in the text."""
        hits = self._match(text) if self._owners else None
        return [check for hit in hits for check in self._owners[hit]] if hits else []


@functools.lru_cache(maxsize=16)
def _triggers(chosen: tuple[Check, ...]) -> tuple[_Triggers, _Triggers]:
    """The triggers that are held against a whole page, and those against each of its sections."""
    wide = tuple(check for check in chosen if check.page_wide or not check.trigger)
    return _Triggers(wide), _Triggers(tuple(check for check in chosen if check not in wide))


def _sections(
    wikitext: Wikitext, everywhere: tuple[Check, ...], narrow: _Triggers
) -> dict[Check, tuple[Section, ...]]:
    """The sections that each check is to look at, if any."""
    found: dict[Check, tuple[Section, ...]] = dict.fromkeys(everywhere, wikitext.sections)
    hit: dict[Check, list[Section]] = {}
    for section, encoded in zip(wikitext.sections, wikitext.encoded, strict=True):
        for check in narrow(encoded):
            hit.setdefault(check, []).append(section)
    found.update((check, tuple(sections)) for check, sections in hit.items())
    return found


def _guarded(wikitext: Wikitext, finding: Finding) -> Finding:
    """The finding with only those fixes that edit nothing which must stay as it is."""
    if not finding.fixes:
        return finding
    kept = tuple(fix for fix in finding.fixes if not _forbidden(wikitext, fix))
    return finding if len(kept) == len(finding.fixes) else finding._replace(fixes=kept)


def _forbidden(wikitext: Wikitext, fix: Fix) -> bool:
    return any(
        edit.old == edit.new
        or wikitext.protected(Span(edit.start, edit.end)) is not None
        or (
            "<!--" in edit.old
            and any(comment not in edit.new for comment in _COMMENT.findall(edit.old))
        )
        for edit in fix.edits
    )


def _words(text: str, finding: Finding) -> tuple[str, str]:
    """What a finding is about, wherever it stands."""
    return finding.check, text[finding.span.start : finding.span.end]


def _visible(found: list[Finding]) -> tuple[Finding, ...]:
    """The findings without those whose only mend nobody would see, unless one is seen beside it."""
    if any(fix for finding in found for fix in finding.fixes if not fix.cosmetic):
        return tuple(found)
    return tuple(f for f in found if not f.fixes or not all(fix.cosmetic for fix in f.fixes))


_COMMENT = pattern(r"<!--.*?(?:-->|\Z)", re.DOTALL)

# Where a mark may stand; RE2 passes over a page in a fraction of the time that `re` takes.
_MAY_MARK = (
    r"\{\{[^{}A-Za-z]*(?:[Uu]se|[Nn]obots|[Bb]ots|[Ii]n[ _]?use|[Uu]nder[ _]construction)[^{}]*\}\}"
)
_MARK = pattern(
    r"\{\{\s*(?P<name>"
    r"[Uu]se[ _](?:dmy|mdy|[A-Z]\w+(?:[ _]\w+)?)(?:[ _](?:dates|English))?"
    r"|[Nn]obots|[Bb]ots|[Ii]n[ _]use|[Ii]nuse|[Uu]nder[ _]construction)\s*(?P<rest>\|[^{}]*)?\}\}"
)


@functools.cache
def _may_mark() -> Callable[[bytes], Iterator[re.Match[bytes]]]:
    import re2

    found: Callable[[bytes], Iterator[re.Match[bytes]]] = re2.compile(_MAY_MARK).finditer
    return found


def page_marks(encoded: bytes) -> Marks:
    """What a page, in UTF-8, says of itself in {{Use dmy dates}}, {{nobots}} and their like."""
    dates = english = refuses = ""
    opted_out: set[str] = set()
    for place in _may_mark()(encoded):
        match = _MARK.fullmatch(place.group().decode())
        if match is None:
            continue
        name = template_name(match["name"])
        if name.startswith("use "):
            if name[4:7] in ("dmy", "mdy"):
                dates = dates or name[4:7]
            elif name.endswith(" english"):
                english = english or name[4:-8]
        elif name == "bots":
            listed = _listed(match["rest"] or "")
            opted_out |= _opted_out(listed)
            if _refuses(listed):
                refuses = refuses or match.group()[2:-2]
        elif name != "under construction":
            refuses = refuses or name
    return Marks(dates, english, refuses, frozenset(opted_out))


_OURS = "redpencil-"


def _listed(parameters: str) -> dict[str, set[str]]:
    """What the parameters of {{bots}} name, by parameter."""
    found: dict[str, set[str]] = {}
    for parameter in parameters.split("|"):
        name, _, value = parameter.partition("=")
        names = ("-".join(one.replace("_", " ").lower().split()) for one in value.split(","))
        found.setdefault(name.strip().lower(), set()).update(names)
    return found


def _refuses(listed: Mapping[str, set[str]]) -> bool:
    """Whether {{bots}} keeps every bot away, or this one by its name; whether it keeps an account
    away is asked before an edit: https://en.wikipedia.org/wiki/Template:Bots."""
    unwanted = listed.get("deny", set()) | listed.get("optout", set())
    return bool(unwanted & {"all", _OURS[:-1]}) or "none" in listed.get("allow", ())


def _opted_out(listed: Mapping[str, set[str]]) -> set[str]:
    """The checks and families that {{bots|optout=redpencil-stale, redpencil-duplicate-link}} names.

    With |optout= pages turn off single messages of bots, with |deny= bots; both are taken.
    """
    named = listed.get("optout", set()) | listed.get("deny", set())
    return {one.removeprefix(_OURS) for one in named if one.startswith(_OURS)}
