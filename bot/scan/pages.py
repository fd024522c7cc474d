"""Pages as they stand in a dump: between <page> and </page>, which cannot stand in their text.

The XML is never made into a tree, which is several times the speed of an XML parser, and safe
because the shape is checked: whatever does not look like
https://www.mediawiki.org/xml/export-0.11.xsd (or its predecessors back to 0.6) is named with its
place, never guessed at. A text stays bytes until somebody wants to read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from bot.errors import UsageError
from bot.model import Profile


class RawPage(NamedTuple):
    """A page as it stands in a dump: `text` is its wikitext in UTF-8, nothing decoded yet.

    `redirect` is the title it leads to, None for a page of its own; `place` is where it stands.
    """

    title: str
    namespace: int
    number: int
    redirect: str | None
    revision: int
    timestamp: str
    text: bytes
    place: int


class Unreadable(NamedTuple):
    """A page, or what stands instead of one, that cannot be read, and why."""

    title: str
    reason: str
    place: int


class Header(NamedTuple):
    """What a dump says of its wiki: the profile for the checks, and the base of page addresses."""

    profile: Profile
    base: str


_ROOT = re.compile(rb"\s*(?:\xef\xbb\xbf)?(?:<\?xml[^>]*>\s*)?<mediawiki\b([^>]*)>")
_SCHEMA = re.compile(rb"http://www\.mediawiki\.org/xml/export-0\.(\d+)/")
_LANGUAGE = re.compile(rb'xml:lang="([^"]*)"')
_BASE = re.compile(rb"<base>([^<]*)</base>")
_NAMESPACE = re.compile(rb'<namespace key="(-?\d+)"[^>]*>([^<]*)</namespace>')
_SPECIAL = {-2: "Media", 6: "File", 14: "Category"}


def header_in(start: bytes, name: str) -> Header:
    """What the start of a dump, up to its first page, says of its wiki.

    Raises UsageError for what is no MediaWiki dump, or one of a schema not known here.
    """
    root = _ROOT.match(start)
    if not root:
        raise UsageError(f"{name}: is no dump of a wiki: it does not begin with <mediawiki>")
    schema = _SCHEMA.search(root[1])
    if not schema or not 6 <= int(schema[1]) <= 11:
        written = f"0.{int(schema[1])}" if schema else "none"
        raise UsageError(
            f"{name}: has the export schema {written}; 0.6 to 0.11 are known here"
            " (https://www.mediawiki.org/xml/)"
        )
    info = start[: max(start.find(b"</siteinfo>"), 0)]
    language = _LANGUAGE.search(root[1])
    base = _BASE.search(info)
    names: dict[str, str] = {}
    for number, written in _NAMESPACE.findall(info):
        canonical = _SPECIAL.get(int(number))
        if canonical:
            names |= {canonical.lower(): canonical, words(written).lower(): canonical}
    address = words(base[1]) if base else ""
    wiki = urlsplit(address).hostname or ""
    return Header(Profile(words(language[1]) if language else "en", wiki, names), address)


# Pages

TITLE = re.compile(rb"<page>\s*<title>([^<]*)</title>")
_HEAD = re.compile(
    rb"<page>\s*<title>([^<]*)</title>\s*<ns>(-?\d+)</ns>\s*<id>(\d+)</id>\s*"
    rb'(?:<redirect(?: title="([^"]*)")?\s*/>\s*)?(?:<restrictions>[^<]*</restrictions>\s*)?'
    rb"<revision>\s*<id>(\d+)</id>"
)
_TIMESTAMP = re.compile(rb"<timestamp>([^<]*)</timestamp>")
_MODEL = re.compile(rb"<model>([^<]*)</model>")
_TEXT = re.compile(rb"<text\b([^>]*)>")
# Where the text lies, instead of the text: https://meta.wikimedia.org/wiki/Data_dumps/Dump_format
_IS_STUB = re.compile(rb'\s(?:location|id)="')
_CHARACTER = re.compile(rb"&#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}));")


def read(
    content: bytes, start: int = 0, namespaces: frozenset[int] | None = frozenset([0])
) -> Iterator[RawPage | Unreadable]:
    """The pages of wikitext in a piece that begins at `start`, in their order; None: everywhere.

    What is no page stands in its place as Unreadable. Raises UsageError for a dump of histories
    or of stubs.
    """
    at = content.find(b"<page>") if start == 0 else 0
    while 0 <= at < len(content):
        opened = content.find(b"<page>", at)
        between = content[at : opened if opened >= 0 else len(content)].strip()
        if between and not between.startswith((b"</mediawiki>", b"<mediawiki")):
            yield Unreadable("", f"no page, but {words(between[:60])!r}", start + at)
        if opened < 0:
            return
        closed = content.find(b"</page>", opened)
        if closed < 0:
            yield Unreadable(_title(content, opened), "it does not end", start + opened)
            return
        at = closed + len(b"</page>")
        head = _HEAD.match(content, opened, closed)
        if head is None:
            yield Unreadable(
                _title(content, opened), "its XML is not that of a dump", start + opened
            )
            continue
        title, namespace, number, redirect, revision = head.groups()
        if namespaces is not None and int(namespace) not in namespaces:
            continue
        text = _TEXT.search(content, head.end(), closed)
        if text is None:  # deleted, or left out (a dump of stubs)
            yield Unreadable(words(title), "it has no text", start + opened)
            continue
        is_empty = text[1].endswith(b"/")
        if is_empty and _IS_STUB.search(text[1]):
            raise UsageError(
                f"the page {words(title)!r} (byte {start + opened:,}) stands here without its text,"
                " as in a dump of stubs: scan reads pages-articles and pages-meta-current"
            )
        end = text.end() if is_empty else content.find(b"<", text.end())
        if not is_empty and not content.startswith(b"</text>", end):
            yield Unreadable(words(title), "its XML is not that of a dump", start + opened)
            continue
        if content.find(b"<revision>", end, closed) >= 0:
            raise UsageError(
                f"the page {words(title)!r} (byte {start + opened:,}) has several revisions: scan"
                " reads pages-articles and pages-meta-current, no dumps of histories"
            )
        between_head = content[head.end() : text.start()]
        model = _MODEL.search(between_head)
        if model and model[1] != b"wikitext":
            continue
        when = _TIMESTAMP.search(between_head)
        yield RawPage(
            words(title),
            int(namespace),
            int(number),
            None if redirect is None else words(redirect),
            int(revision),
            words(when[1]) if when else "",
            b"" if is_empty else unescaped(content[text.end() : end]),
            start + opened,
        )


def _title(content: bytes, opened: int) -> str:
    title = TITLE.match(content, opened)
    return words(title[1]) if title else ""


def unescaped(text: bytes) -> bytes:
    """What XML character data stands for."""
    if b"&" not in text:
        return text
    text = text.replace(b"&lt;", b"<").replace(b"&gt;", b">").replace(b"&quot;", b'"')
    if b"&#" in text:
        text = _CHARACTER.sub(_character, text)
    return text.replace(b"&apos;", b"'").replace(b"&amp;", b"&")


def _character(found: re.Match[bytes]) -> bytes:
    number = int(found[1], 16) if found[1] else int(found[2])
    # "&" stays written as it is until all else is done; "&amp;#38;" is not "&#38;".
    if number == ord("&"):
        return b"&amp;"
    return chr(number).encode() if number < 0x110000 and not 0xD800 <= number < 0xE000 else found[0]


def words(written: bytes) -> str:
    """Character data as text."""
    return unescaped(written).decode("utf-8", "replace")
