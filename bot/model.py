"""The nouns of Redpencil, as frozen values; standard library only.

Positions are Python string indices into the text of the page as fetched, half-open. Nothing here
does I/O, knows a clock, or changes after it is made.
"""

from __future__ import annotations

import enum
import functools
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple


class Span(NamedTuple):
    """The stretch text[start:end] of a page."""

    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        """Whether the two share a character; an empty span overlaps what it stands inside of."""
        if self.start == self.end or other.start == other.end:
            return self.start <= other.end and other.start <= self.end
        return self.start < other.end and other.start < self.end

    def touches(self, other: Span) -> bool:
        """Whether the two overlap or stand directly beside each other."""
        return self.start <= other.end and other.start <= self.end

    def contains(self, other: Span) -> bool:
        """Whether the other lies wholly inside this one."""
        return self.start <= other.start and other.end <= self.end

    def of(self, text: str) -> str:
        """The characters of the text at this span."""
        return text[self.start : self.end]


class Edit(NamedTuple):
    """Replace `old`, which stands at `start`, by `new`.

    `old` proves the edit when it is applied. An insertion has an empty `old`, a deletion an empty
    `new`; an edit whose two texts are equal is a mistake of whoever made it.
    """

    start: int
    old: str
    new: str

    @property
    def end(self) -> int:
        """Where the replaced text ends."""
        return self.start + len(self.old)

    @property
    def span(self) -> Span:
        """The stretch of the page that is replaced; empty for an insertion."""
        return Span(self.start, self.start + len(self.old))


@functools.total_ordering
class _Ordered(enum.Enum):
    """An enum whose members compare in the order they are written."""

    def __init__(self, *_: object) -> None:
        self._rank = len(type(self).__members__)

    def __lt__(self, other: object) -> bool:
        return self._rank < other._rank if isinstance(other, type(self)) else NotImplemented


class Safety(_Ordered):
    """How far a fix may go without its text being weighed by a human.

    SUGGESTION is never applied without being edited or completed first. REVIEW may change what a
    reader sees or clicks: a human decides. SAFE has one right answer and keeps the meaning, such as
    an archive date that the snapshot's own timestamp proves.
    """

    SUGGESTION = "suggestion"
    REVIEW = "review"
    SAFE = "safe"


class Severity(_Ordered):
    """ADVICE: a service, or a prompt to look. WARNING: an editor would change it. ERROR: it is
    wrong, or the wiki itself flags it."""

    ADVICE = "advice"
    WARNING = "warning"
    ERROR = "error"


class Sureness(enum.Enum):
    """How sure a finding is; said at the end of its message."""

    CERTAIN = "certain"
    LIKELY = "likely"
    LOOK = "worth a look"


class Fix(NamedTuple):
    """One way to mend a finding: all of its edits or none.

    The edits are sorted and disjoint. `cosmetic` says that a reader sees no difference; such a fix
    is only ever proposed together with one that a reader does see (WP:COSMETICBOT).
    """

    title: str
    edits: tuple[Edit, ...]
    safety: Safety = Safety.REVIEW
    cosmetic: bool = False


class Finding(NamedTuple):
    """One thing that is wrong at one place; its fixes are alternatives, best first, possibly none.

    `message` says what is wrong, why (with the guideline's shortcut) and how sure. `evidence` is
    text of the page that proves it, quoted. `related` are the other places it speaks of.
    """

    check: str
    family: str
    severity: Severity
    span: Span
    message: str
    evidence: str | None = None
    related: tuple[Span, ...] = ()
    fixes: tuple[Fix, ...] = ()


class Skipped(NamedTuple):
    """Something that was not looked at, and why: a broken check, a section too deep to read.

    `failed` says that the check broke, which is a fault of ours and never of the page.
    """

    check: str
    reason: str
    failed: bool = False


class Heading(NamedTuple):
    """Where a section starts, its level (`== 2 ==`), and its heading as a reader sees it."""

    start: int
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was fetched.

    `source` is where it came from (a file's path, a URL, "-"); `revision`, `timestamp` (UTC) and
    `page_id`, the wiki's number of the page, which it keeps when it is moved, are None for a file.
    """

    title: str
    text: str
    source: str
    revision: int | None = None
    timestamp: datetime | None = None
    page_id: int | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What the checks need to know of one wiki: its language and its file and category namespaces.

    The names of its templates and parameters follow from the language
    (`bot.knowledge.citations.vocabulary`). `namespaces` maps a lower-case prefix to the canonical
    English name, for the namespaces whose links are no ordinary wikilinks.
    """

    language: str = "en"
    wiki: str = ""
    namespaces: Mapping[str, str] = field(default_factory=dict)


class Source(NamedTuple):
    """A page of the web as a citation gives it: what is looked up in archives.

    `title` and `quote` are '' and the dates None where the citation has none. `archived` is the
    address of the snapshot that it names and that is in doubt, '' for none. `bare` says that the
    reference is nothing but the address, so that the page is asked what it is. `label` are the
    words of a plain link, which may be a title.
    """

    url: str
    title: str = ""
    quote: str = ""
    accessed: date | None = None
    published: date | None = None
    archived: str = ""
    bare: bool = False
    label: str = ""


class Entered(NamedTuple):
    """Since when a page has an address: `day` (UTC); it was not there before only if `surely`."""

    day: date
    surely: bool = True


class Kept(NamedTuple):
    """A snapshot that was seen to show a source: its archive, its address, the day it was taken
    (UTC), and what proves it, in a sentence."""

    archive: str
    address: str
    day: date
    told: str


class Described(NamedTuple):
    """What a page says of itself: its title, its site, the day it came out (None for not told).

    `seen` is the day (UTC) on which it was seen on the live web, None for a copy in an archive.
    """

    title: str
    site: str
    published: date | None = None
    seen: date | None = None


class Fate(NamedTuple):
    """What became of a page: `status` is the word for |url-status= or '' when that is not sure,
    `told` what was seen. A page is `gone` when looks on two days found it dead."""

    status: str
    told: str
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the world outside the page; all empty when nothing was looked up.

    `redirects`: title -> title it finally leads to ("Title" or "Title#Section"). `items`: title ->
    Wikidata item. `missing` and `disambiguations`: titles. Titles are in the wiki's normal form
    (first letter as the wiki has it, blanks instead of underscores). `unknown`: titles that were
    asked for and could not be looked up.

    `kept` has the snapshots of sources, `lost` the sources of which surely no archive has one, and
    `fates` what became of pages, by their address as it is written, as are what they say of
    themselves in `described`. `spurious` are snapshots that citations name, by their address, which
    were seen and do not show what is cited, with what they are. `looked_up` says that sources were
    looked up, and that every archive answered.
    """

    redirects: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    disambiguations: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    kept: Mapping[Source, Kept] = field(default_factory=dict)
    lost: frozenset[Source] = frozenset()
    fates: Mapping[str, Fate] = field(default_factory=dict)
    described: Mapping[str, Described] = field(default_factory=dict)
    spurious: Mapping[str, str] = field(default_factory=dict)
    looked_up: bool = False


@dataclass(frozen=True, slots=True)
class Marks:
    """What a page says of itself, which counts for each of its sections.

    `dates`: "dmy" or "mdy" from {{Use dmy dates}}, {{Use mdy dates}}; '' for none. `english`: the
    variety named by {{Use British English}} and the like, lower-case ("british"); '' for none.
    `refuses`: the template by which the page asks bots to stay away ("nobots", "bots|deny=all"), or
    ''.
    `opted_out`: the checks and families it does not want, by {{bots|optout=redpencil-<name>}}.
    """

    dates: str = ""
    english: str = ""
    refuses: str = ""
    opted_out: frozenset[str] = frozenset()


#: The calendar begins with the year 1, so not every number of years can be gone back.
MOST_YEARS = 1_000


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user may set about the checks.

    `as_of_years`: a dated statement older than this is stale; MOST_YEARS at most.
    """

    as_of_years: int = 5


@dataclass(frozen=True, slots=True)
class Report:
    """What the checks say of one page. Findings stand in the order of the page.

    `headings` are those of the whole page, in its order; empty when there are no findings.
    `profile` and `facts` are what the page was checked with.
    """

    page: Page
    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...] = ()
    headings: tuple[Heading, ...] = ()
    profile: Profile = field(default_factory=Profile)
    facts: Facts = field(default_factory=Facts)

    def section_at(self, place: int) -> str:
        """The heading of the innermost section that a place stands in; '' in the lead."""
        number = bisect_right(self.headings, Heading(place, 7, ""))  # behind one that starts there
        return self.headings[number - 1].text if number else ""
