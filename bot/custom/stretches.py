"""The texts of a page that a rule may look at, and where in the page a match of it stands.

What is read as running text but stands there otherwise (an entity, a link, a template's own words),
or is no running text (an address, a path, code), gives no place: there the rule has no say.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

from bot.custom.rule_file import Rule
from bot.model import Span
from bot.wikitext import Wikitext
from bot.wikitext.prose import Prose
from bot.wikitext.scanner import WIKILINK
from bot.wikitext.template import Wikilink


class Match(NamedTuple):
    """What a rule's words or pattern have hit: where in the text looked at, and its groups."""

    start: int
    end: int
    groups: tuple[str, ...]


class Stretch(Protocol):
    """A text that a rule looks at, and where a match of it stands in the page, if it counts."""

    text: str

    def place(self, match: Match) -> Span | None:
        """The place; None for a match in which the rule has no say."""
        ...


class Readable:
    """A block as a reader reads it."""

    def __init__(self, page: Wikitext, prose: Prose, rule: Rule, *, quoted: bool) -> None:
        self.page = page
        self.prose = prose
        self.rule = rule
        self.quoted = quoted
        self.text = prose.text

    def place(self, match: Match) -> Span | None:
        """The place of what stands in the wikitext as it is read, and is no link or address."""
        start, end, prose = match.start, match.end, self.prose
        span = prose.source_span(start, end)
        written = span.of(self.page.text)
        plain = " ".join(written.split()) if self.rule.words else written
        if (
            plain != prose.text[start:end]
            or _is_link_target(prose, start, end)
            or _in_address(prose.text, start, end)
            or not _kinds(self.page.text, prose, match, span, quoted=self.quoted) <= self.rule.where
        ):
            return None
        return span


class Source:
    """Wikitext itself."""

    def __init__(self, page: Wikitext, stretch: Span) -> None:
        self.page = page
        self.start = stretch.start
        self.text = stretch.of(page.text)

    def place(self, match: Match) -> Span | None:
        """The place of what is no comment, no <nowiki> and no name of a file or category."""
        span = Span(self.start + match.start, self.start + match.end)
        if self.page.protected(span) is None and not _in_file_or_category(self.page, span):
            return span
        return None


# Quotation marks that `Prose.quoted` leaves alone, since they may be apostrophes or of East Asia.
_QUOTED = re.compile(r"(?<!\w)'[^'\n]{1,300}'(?!\w)|「[^」]*」|『[^』]*』|‹[^›]*›|《[^》]*》")
_TAG = re.compile(
    r"<(?P<ends>/?)(?P<name>q|cite|code|kbd|samp|var|tt|s|del|strike)\b[^<>]*>", re.IGNORECASE
)
# What a stretch stands in when it ends so: a label of a link to the web, which is a title of there;
# a choice between scripts; a value in a tag.
_OPENS = re.compile(
    r"(?P<titles>\[(?:mailto:|(?:https?:|ftp:)?//)[^\s\[\]]+ [^\[\]\n]*)\Z"
    r"|(?P<variant>-\{[^{}\n]*)\Z"
    r"|(?P<value><[a-z][^<>]*=\s*\"[^\"<]*)\Z",
    re.IGNORECASE,
)
_KIND_OF_TAG = {"q": "quotations", "cite": "titles"}


def _kinds(text: str, prose: Prose, match: Match, span: Span, *, quoted: bool) -> set[str]:
    """What a stretch is part of: one of PLACES, or something that no rule looks into."""
    kinds = set()
    if (
        quoted
        or prose.in_quotation(match.start, match.end)
        or any(
            found.start() < match.end and match.start < found.end()
            for found in _QUOTED.finditer(prose.text)
        )
    ):
        kinds.add("quotations")
    if prose.in_italics(match.start, match.end):
        kinds.add("titles")
    before = text[max(prose.span.start, span.start - 1_000) : span.start]
    tags: set[str] = set()
    for tag in _TAG.finditer(before):
        (tags.discard if tag["ends"] else tags.add)(tag["name"].lower())
    kinds |= {_KIND_OF_TAG.get(tag, tag) for tag in tags}
    opened = _OPENS.search(before)
    if opened is not None and opened.lastgroup is not None:
        kinds.add(opened.lastgroup)
    return kinds or {"prose"}


def _in_address(text: str, start: int, end: int) -> bool:
    """Whether a stretch is part of an address, a path or a name of a person that stands there."""
    first = max(text.rfind(" ", 0, start), text.rfind("\n", 0, start)) + 1
    last = min((at for at in (text.find(" ", end), text.find("\n", end)) if at >= 0), default=None)
    word = text[first:last].lstrip("(")
    return (
        "://" in word
        or "@" in word
        or "\\" in word
        or word.count("/") > 1
        or word.lower().startswith(("www.", "mailto:", "//", "#"))
        or bool(_DOMAIN.match(text, end))
        or (start > 1 and text[start - 1] == "." and text[start - 2].isalnum())
    )


_DOMAIN = re.compile(r"\.[a-z]")


def _is_link_target(prose: Prose, start: int, end: int) -> bool:
    """Whether a stretch touches a link whose label is the title that it leads to."""
    for place in (start, end - 1):
        found = prose.link_at(place)
        if found is not None and found[2].bar < 0:
            return True
    return False


def _in_file_or_category(page: Wikitext, span: Span) -> bool:
    """Whether a stretch touches a link with a prefix: a file, a category, another wiki."""
    return any(
        page.nodes[index].kind == WIKILINK and Wikilink(page.text, page.nodes[index]).prefix
        for place in (span.start, span.end)
        for index in page.enclosing(place)
    )
