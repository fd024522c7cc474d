"""What a fetched web page shows: its title, its text, and whether it is the page a citation means.

Servers answer 200 for pages that are gone, for domains that were sold and for guards that ask for
a click. So a page counts as the cited one only when it says so itself: by its title, by the quote,
or, where there is nothing to compare, by no sign of being something else. Nothing is fetched here.
"""

from __future__ import annotations

import codecs
import contextlib
import enum
import functools
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

#: A page with less text than this is short: what it says of itself is all there is.
SHORT = 1_200
_MOST_TEXT = 400_000


class WebPage(NamedTuple):
    """A page as its reader sees it.

    `titles` are what it calls itself: the title, what it gives to social networks, and its main
    heading. `text` is all visible text with single blanks. `scripts` are the hosts and paths of
    scripts and frames it loads, `forwards` the address it sends a browser to by itself, or ''.
    """

    titles: tuple[str, ...]
    text: str
    scripts: str = ""
    forwards: str = ""


class Shows(enum.Enum):
    """What a page turns out to be."""

    QUOTE = "the quote stands on it"
    TITLE = "it bears the cited title"
    KIND = "it is a file of the kind the address names"
    PLAUSIBLE = "nothing on it speaks against it, and there was no title to compare"
    OTHER = "it bears another title"
    LACKS_QUOTE = "the quote does not stand on it"
    ERROR = "it is an error page"
    PARKED = "it is a parked domain"
    GUARD = "a guard stands before it"
    UNREADABLE = "it cannot be read"

    @property
    def good(self) -> bool:
        """Whether it is the cited page."""
        return self in {Shows.QUOTE, Shows.TITLE, Shows.KIND, Shows.PLAUSIBLE}

    @property
    def proved(self) -> bool:
        """Whether the page itself said so."""
        return self in {Shows.QUOTE, Shows.TITLE, Shows.KIND}


_HTML = frozenset({"", "text/html", "application/xhtml+xml", "application/xml", "text/xml"})
#: First bytes of files that citations lead to, by the ending of the address.
_MAGIC: Mapping[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF-",),
    "doc": (b"\xd0\xcf\x11\xe0",),
    "xls": (b"\xd0\xcf\x11\xe0",),
    "docx": (b"PK\x03\x04",),
    "xlsx": (b"PK\x03\x04",),
    "odt": (b"PK\x03\x04",),
    "zip": (b"PK\x03\x04",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "png": (b"\x89PNG",),
    "gif": (b"GIF8",),
    "djvu": (b"AT&T",),
    "ps": (b"%!PS",),
    "mp3": (b"ID3", b"\xff\xfb"),
}


def shows(
    body: bytes,
    *,
    content_type: str = "",
    url: str = "",
    title: str = "",
    quote: str = "",
    label: str = "",
    complete: bool = True,
) -> Shows:
    """What a body is, compared with what the citation at `url` says of its page.

    `content_type` is the header's value; `complete` says that nothing was cut off the body.
    """
    kind = content_type.partition(";")[0].strip().lower()
    for magic in {each for group in _MAGIC.values() for each in group}:
        if body.startswith(magic):
            ending = re.search(r"\.(\w{2,4})(?:[?#]|$)", url)
            named = ending is not None and magic in _MAGIC.get(ending[1].lower(), ())
            # A file whose address does not say so is still no error page.
            return Shows.KIND if named or not title or kind not in _HTML else Shows.UNREADABLE
    if kind not in _HTML and not kind.startswith("text/"):
        return Shows.UNREADABLE
    if not body.strip():
        return Shows.UNREADABLE
    page = read(body, content_type)
    return judged(page, title=title, quote=quote, label=label, complete=complete)


def judged(
    page: WebPage, *, title: str = "", quote: str = "", label: str = "", complete: bool = True
) -> Shows:
    """What a page is, compared with the cited title and quote ('' for none).

    `label` are the words of a plain link. They prove a page that bears them, and disprove none:
    they may as well describe it.
    """
    named = bears(page, title) or (len(words(label)) >= 3 and bears(page, label))
    spurious = _something_else(page, title)
    if spurious is Shows.PARKED or (spurious is not None and not named):
        return spurious
    if page.forwards and not named:
        return Shows.OTHER
    if quote and len(words(quote)) >= 5:
        if says(page, quote):
            return Shows.QUOTE
        if complete:
            return Shows.LACKS_QUOTE
    if named:
        return Shows.TITLE
    if words(title):
        return Shows.OTHER
    return Shows.PLAUSIBLE if len(page.text) >= 80 else Shows.UNREADABLE


def _something_else(page: WebPage, cited: str) -> Shows | None:
    """Error page, parked domain or guard, by what it says of itself; else None."""
    titles = " | ".join(page.titles).lower()
    text = page.text.lower()
    short = len(text) < SHORT
    cited = cited.lower()
    for kind, (in_title, in_text, scripts) in _signs().items():
        said = in_title.search(titles)
        # An article may be about such a page: then its citation names it, too.
        if said is not None and said[0] not in cited:
            return kind
        if short and in_text.search(text):
            return kind
        if short and scripts is not None and scripts.search(page.scripts):
            return kind
    return None


@functools.cache
def _signs() -> Mapping[Shows, tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str] | None]]:
    source = Path(__file__).parents[1] / "knowledge" / "webpages.toml"
    table: dict[str, dict[str, list[str]]] = tomllib.loads(source.read_text(encoding="utf-8"))

    def any_of(phrases: Iterable[str]) -> re.Pattern[str]:
        # Scripts without blanks have no word borders.
        bounded = "|".join(
            rf"(?<!\w){re.escape(each)}(?!\w)" if each.isascii() else re.escape(each)
            for each in sorted(phrases, key=len, reverse=True)
        )
        return re.compile(bounded)

    return {
        kind: (
            any_of(table[name]["title"]),
            any_of(table[name]["text"]),
            re.compile("|".join(map(re.escape, table[name]["scripts"])))
            if "scripts" in table[name]
            else None,
        )
        for kind, name in (
            (Shows.PARKED, "parked"),
            (Shows.ERROR, "error"),
            (Shows.GUARD, "guard"),
        )
    }


# --- comparing ----------------------------------------------------------------------------------

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0e7f]")
_MARKUP = re.compile(r"'{2,}|\[\[(?:[^\[\]|]*\|)?|\]\]|<[^>]*>|&nbsp;")
_SEPARATOR = re.compile(r"\s*(?:[|·•»«—–:]|\s-\s|::|\.\.\.|…)\s*")
_GAP = re.compile(r"\[?\s*(?:\.{3,}|…)\s*\]?|\[[^\]]*\]")


def words(text: str) -> list[str]:
    """The words of a text for comparing: no case, no accents of compatibility, no punctuation.

    Scripts that leave no blanks count character by character.
    """
    folded = unicodedata.normalize("NFKC", _MARKUP.sub(" ", text)).casefold()
    folded = folded.replace("’", "'")
    if _UNSPACED.search(folded):
        folded = _UNSPACED.sub(lambda match: f" {match[0]} ", folded)
    return _WORD.findall(folded)


def bears(page: WebPage, title: str) -> bool:
    """Whether one of the page's own titles is the cited one.

    Either the whole cited title stands in one of them, or nearly all words of a long one do, with
    the same numbers. One or two words must be the whole title, or the whole of a part of it
    ("Velmora | Example News").
    """
    cited = words(title)
    if not cited:
        return False
    # A character of a script without blanks tells less than a word.
    weight = len(cited) // 2 if _UNSPACED.search(title) else len(cited)
    for own in page.titles:
        parts = [words(part) for part in _SEPARATOR.split(own)]
        whole = words(own)
        if cited == whole or cited in parts or (weight >= 3 and _within(cited, whole)):
            return True
        # From here on something is missing: a year or a number must not be.
        if weight < 4 or _numbers(cited) != _numbers(whole):
            continue
        # The page may call itself less than the citation does, which often adds the site.
        if len(whole) >= 4 and _within(whole, cited):
            return True
        # One word may turn a short headline into its opposite.
        if weight >= 8 and len(set(cited) & set(whole)) >= 0.85 * len(set(cited)):
            return True
    return False


def _numbers(title: list[str]) -> set[str]:
    return {word for word in title if any(character.isdecimal() for character in word)}


def says(page: WebPage, quote: str) -> bool:
    """Whether the quote stands in the page's text, word for word; gaps in it may be anything."""
    text = f" {' '.join(words(page.text))} "
    pieces = [words(piece) for piece in _GAP.split(quote)]
    wanted = [f" {' '.join(piece)} " for piece in pieces if len(piece) >= 3]
    return bool(wanted) and all(piece in text for piece in wanted)


def _within(inner: list[str], outer: list[str]) -> bool:
    return f" {' '.join(inner)} " in f" {' '.join(outer)} "


# --- reading ------------------------------------------------------------------------------------

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,30})", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{2,30})", re.IGNORECASE)
_REFRESH = re.compile(r"^\s*(\d*\.?\d*)\s*[;,]?\s*url\s*=\s*['\"]?([^'\"\s]+)", re.IGNORECASE)
_BLANKS = re.compile(r"\s+")
_INLINE = frozenset(
    "a abbr b bdi bdo cite code data del dfn em font i ins kbd mark q s samp small span strong sub"
    " sup time tt u var wbr".split()
)
_UNSEEN = frozenset({"script", "style", "noscript", "template", "svg", "head", "iframe"})


def decoded(body: bytes, content_type: str = "") -> str:
    """The characters of a body: as the header says, else the page itself, else as they fit."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    said = [match[1] for match in [_HEADER_CHARSET.search(content_type)] if match]
    said += [
        match[1].decode("ascii", "replace") for match in [_CHARSET.search(body[:4096])] if match
    ]
    for name in [*said, "utf-8"]:
        # What is called Latin-1 on the web is Windows-1252 (WHATWG Encoding, 4.2).
        name = "cp1252" if name.lower() in {"iso-8859-1", "latin1", "us-ascii", "ascii"} else name
        try:
            return body.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue
    # A body that was cut may end in the middle of a character.
    for cut in (1, 2, 3):
        with contextlib.suppress(UnicodeError):
            return body[:-cut].decode("utf-8") + "\ufffd"
    return body.decode("cp1252", "replace")


def read(body: bytes, content_type: str = "") -> WebPage:
    """The page in a body of HTML, however broken; of plain text its text alone."""
    from lxml import etree, html

    text = decoded(body, content_type).replace("\0", "")
    if content_type.startswith("text/plain"):
        return WebPage((), _BLANKS.sub(" ", text)[:_MOST_TEXT])
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        return WebPage((), "")
    titles: list[str] = []
    headings: list[str] = []
    scripts: list[str] = []
    forwards = ""
    for element in root.iter("title", "meta", "h1", "script", "iframe", "frame"):
        name = element.tag
        if name == "title" and not titles:
            titles.append(_seen(element))
        elif name == "meta":
            key = (element.get("property") or element.get("name") or "").lower()
            if key in {"og:title", "twitter:title", "citation_title", "dc.title"}:
                titles.append(element.get("content") or "")
            if (element.get("http-equiv") or "").lower() == "refresh":
                sent = _REFRESH.match(element.get("content") or "")
                # A page that reloads itself every few minutes stays where it is.
                if sent is not None and float(sent[1] or 0) <= 10:
                    forwards = sent[2]
        elif name == "h1":
            headings.append(_seen(element))
        elif name in {"script", "iframe", "frame"}:
            scripts.append(element.get("src") or "")
    # A list of articles makes every one of them a main heading.
    if len(headings) <= 2:
        titles += headings
    named = tuple(dict.fromkeys(filter(None, (_BLANKS.sub(" ", each).strip() for each in titles))))
    seen = _BLANKS.sub(" ", _seen(root)).strip()
    return WebPage(named, seen[:_MOST_TEXT], " ".join(scripts).lower(), forwards)


def _seen(root: Any) -> str:
    """The visible text inside an element; blocks are set apart by blanks."""
    parts: list[str] = []
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        element, left = stack.pop()
        inline = element.tag in _INLINE
        if left:
            if not inline:
                parts.append(" ")
            if element is not root and element.tail:
                parts.append(element.tail)
            continue
        if not inline:
            parts.append(" ")
        if element.tag in _UNSEEN and element is not root:
            if element.tail:
                parts.append(element.tail)
            continue
        stack.append((element, True))
        if element.text:
            parts.append(element.text)
        stack.extend((child, False) for child in reversed(element))
    return "".join(parts)
