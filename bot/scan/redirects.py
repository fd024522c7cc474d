"""Which titles of a wiki lead to an organisation: the facts of a dump that its checks can use.

A wiki has millions of redirects. Those that lead to an organisation of Redpencil's own table are a
few thousand, and no other changes what the checks say of an organisation, so every worker can hold
them. Titles that only tell readings apart (disambiguation pages) are facts in the same way: a link
to one names nobody.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bot.errors import DumpError, UsageError
from bot.knowledge import organisations
from bot.model import Facts
from bot.scan.dumps import Dump, MultistreamDump, XmlDump
from bot.scan.pages import unescaped, words
from bot.scan.unpacking import lines

VERSION = 1


class Titles(NamedTuple):
    """What is known of the titles of a wiki: where they lead, and which tell readings apart."""

    redirects: dict[str, str]
    disambiguations: frozenset[str]

    def facts(self, text: str) -> Facts:
        """What of it bears on one page: the titles that its links name."""
        if not self.redirects and not self.disambiguations:
            return NOTHING
        redirects, elsewhere = {}, set()
        for written in set(_LINK.findall(text)):
            title = written.replace("_", " ").strip()
            title = title[:1].upper() + title[1:]
            final = self.redirects.get(title)
            if final is not None:
                redirects[title] = final
                title = final
            if title in self.disambiguations:
                elsewhere.add(title)
        if not redirects and not elsewhere:
            return NOTHING
        return Facts(redirects=redirects, disambiguations=frozenset(elsewhere))


NOTHING = Facts()
UNKNOWN = Titles({}, frozenset())

_LINK = re.compile(r"\[\[:?([^\[\]|{}<>\n#]+)")


class Collected(NamedTuple):
    """What the pages of a dump say of its titles; `wrong` is where it is damaged or cut off, behind
    which nothing is known."""

    titles: Titles
    wrong: DumpError | None = None


def of_dump(
    dump: Dump, *, threads: int = 1, progress: Callable[[int], object] = lambda read: None
) -> Collected:
    """What the pages of a dump say, from one quick look at the whole of it."""
    redirects: dict[str, str] = {}
    elsewhere: set[str] = set()
    try:
        for known, some, read in _looked_through(dump, threads):
            redirects.update(known)
            elsewhere.update(some)
            progress(read)
    except DumpError as damage:
        return Collected(Titles(redirects, frozenset(elsewhere)), damage)
    return Collected(Titles(redirects, frozenset(elsewhere)))


def _looked_through(
    dump: Dump, threads: int
) -> Iterator[tuple[Iterable[tuple[str, str]], Iterable[str], int]]:
    """The redirects and disambiguation pages of a dump, and how much was read, bit by bit."""
    if isinstance(dump, MultistreamDump):
        dump = XmlDump(dump.path, threads)
    if isinstance(dump, XmlDump):
        for piece in dump.pieces():
            if isinstance(piece.content, bytes):
                yield _redirects(piece.content), _disambiguations(piece.content), piece.read
    else:
        from bot.scan.parquet import ParquetDump

        if isinstance(dump, ParquetDump):
            for title, redirect in dump.titles():
                if redirect:
                    if is_known(redirect.partition("#")[0]):
                        yield [(title, redirect)], (), 0
                elif is_known(title):
                    yield (), [title], 0


_REDIRECT = re.compile(
    rb"<title>([^<]*)</title>\s*<ns>0</ns>\s*<id>\d+</id>\s*<redirect title=\"([^\"]*)\""
)
_LEADS = re.compile(rb"\[\[:?([^\[\]|]*)")


def _redirects(content: bytes) -> Iterator[tuple[str, str]]:
    for found in _REDIRECT.finditer(content):
        final = words(found[2])
        if is_known(final):
            text = content.find(b"<text", found.end())
            yield words(found[1]), with_section(final, unescaped(content[text : text + 2_000]))


def with_section(final: str, text: bytes) -> str:
    """The title with the section that the redirect's own wikitext names."""
    leads = _LEADS.search(text)
    section = leads[1].decode("utf-8", "replace").partition("#")[2].strip() if leads else ""
    return f"{final}#{section}" if section else final


@functools.lru_cache(maxsize=50_000)
def is_known(title: str) -> bool:
    """Whether a title is that of an organisation in the table."""
    return organisations.load().identify(title) is not None


# The templates and categories by which wikis mark a page that tells readings apart; see
# https://www.mediawiki.org/wiki/Extension:Disambiguator.
_MARKS = (
    r"(?i)__DISAMBIG__|\{\{\s*(?:[a-z ]{0,40}disambig|dab\s*[|}]|hndis|geodis|begriffsklärung"
    r"|homonymie|desambigua|disambigua|doorverwijspagina|неоднозначность|багатозначн"
    r"|ujednoznacznienie|förgrening)|\[\[\s*category\s*:[^\]|]{0,80}disambiguation pages"
)


@functools.cache
def disambiguating() -> Any:
    """The pattern (RE2, for bytes) that a page matches which only tells readings apart."""
    import re2

    return re2.compile(_MARKS)


def _disambiguations(content: bytes) -> Iterator[str]:
    last = -1
    for found in disambiguating().finditer(content):
        opened = content.rfind(b"<title>", 0, found.start())
        if opened == last or opened < 0:
            continue
        last = opened
        title = words(content[opened + 7 : content.find(b"</title>", opened)])
        if is_known(title):
            yield title


# The table of redirects, as a wiki dumps it

_ROW = re.compile(
    rb"\((\d+),(-?\d+),'((?:[^'\\]|\\.)*)',(?:'((?:[^'\\]|\\.)*)'|NULL),(?:'((?:[^'\\]|\\.)*)'|NULL)\)"
)
_PAGE_ROW = re.compile(rb"\((\d+),0,'((?:[^'\\]|\\.)*)',")
_ESCAPED = re.compile(rb"\\(.)")


def of_table(table: Path, ids: Path | None = None) -> Titles:
    """What a wiki's redirect.sql.gz says; `ids` tells the titles of the pages it gives by number.

    That is the index of a multistream dump or page.sql.gz, which are looked for beside the table.
    Raises UsageError when neither is there, or a file is something else.
    See https://www.mediawiki.org/wiki/Manual:Redirect_table.
    """
    leads: dict[int, str] = {}
    is_table = False
    for statement in _statements(table):
        is_table = is_table or b"`redirect`" in statement[:100]
        for row in _ROW.finditer(statement):
            if row[2] == b"0" and not row[4]:
                final = _sql_words(row[3])
                if is_known(final):
                    section = _sql_words(row[5] or b"")
                    leads[int(row[1])] = f"{final}#{section}" if section else final
    if not is_table:
        raise UsageError(f"{table}: is no dump of a wiki's table of redirects")
    ids = ids or _ids_beside(table)
    if ids is None:
        raise UsageError(
            f"{table}: gives pages by their numbers; put the wiki's page.sql.gz or the index of its"
            " multistream dump beside it"
        )
    redirects = {title: leads[number] for number, title in _numbered(ids) if number in leads}
    return Titles(redirects, frozenset())


def _ids_beside(table: Path) -> Path | None:
    for other in ("pages-articles-multistream-index.txt.bz2", "page.sql.gz"):
        found = table.with_name(re.sub(r"redirect\.sql(?:\.gz)?$", other, table.name))
        if found != table and found.is_file():
            return found
    return None


def _numbered(ids: Path) -> Iterator[tuple[int, str]]:
    if ".sql" in ids.name:
        for statement in _statements(ids):
            for row in _PAGE_ROW.finditer(statement):
                yield int(row[1]), _sql_words(row[2])
        return
    for line in lines(ids):
        _, _, rest = line.partition(b":")
        number, colon, title = rest.partition(b":")
        if not colon or not number.isdigit():
            raise UsageError(f"{ids}: is no index of a multistream dump")
        yield int(number), words(title)


def _statements(file: Path) -> Iterator[bytes]:
    """The INSERT statements of a dumped table; each stands on a line of a megabyte or so."""
    return (line for line in lines(file) if line.startswith(b"INSERT INTO"))


def _sql_words(written: bytes) -> str:
    return _ESCAPED.sub(rb"\1", written).decode("utf-8", "replace").replace("_", " ")


# Kept from one scan to the next


def remembered(
    dump: Dump,
    folder: Path,
    look: Callable[[], Collected],
    tell: Callable[[str], object] = lambda sentence: None,
) -> Collected:
    """What is known of a dump's titles: from an earlier look at the same file, or from `look`.

    Only a look at all of it is remembered, and `tell` hears when that cannot be.
    """
    state = Path(dump.name).stat()
    named = "\n".join(
        [str(Path(dump.name).resolve()), str(state.st_size), str(state.st_mtime_ns), str(VERSION)]
    )
    file = folder / f"{hashlib.sha256(named.encode()).hexdigest()[:32]}.json"
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return Collected(Titles(dict(kept["redirects"]), frozenset(kept["disambiguations"])))
    except (OSError, ValueError, KeyError, TypeError):
        pass
    found = look()
    if found.wrong is None:
        try:
            _remember(found.titles, file)
        except OSError as wrong:
            tell(f"{file}: cannot be written: {wrong.strerror or wrong}; the next scan looks again")
    return found


def _remember(titles: Titles, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}.part")
    kept = {"redirects": titles.redirects, "disambiguations": sorted(titles.disambiguations)}
    try:
        part.write_text(json.dumps(kept), encoding="utf-8")
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
