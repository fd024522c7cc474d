"""What a person names on the command line: a file, a folder, "-", a page of a wiki, or its address.

`parse` reads every form into one `Target`. It looks whether a file or folder of that name exists,
and at nothing else: no page is fetched, no wiki is asked, and a title is not known to exist.
"""

from __future__ import annotations

import enum
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from bot.errors import UsageError
from bot.patterns import pattern

SUFFIXES = (".wiki", ".txt")


class Kind(enum.Enum):
    """Where a target is read from."""

    FILE = "file"
    FOLDER = "folder"
    STANDARD_INPUT = "standard input"
    WIKI = "wiki"


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to look at. `written` is how it was named; `path` is set for files and folders.

    For a page of a wiki:

    `origin` is scheme and host ("https://en.wikipedia.org"), '' when only a title was given, and
    `apis` are the addresses at which its api.php may be, likeliest first. The page is `title`
    (blanks, no underscores), `page_id`, or the page of `revision`; a title beside a revision is
    what the address said, the revision counts. `step` is 1 for the revision after `revision`, -1
    for the one before it.

    `section` is a heading as written or as in a link ("History", "History 2" for the second one
    called so, unless a heading reads that way), or its number as MediaWiki counts (0 is the lead),
    or None for the whole page. `transcluded` says that it is counted as in a page that includes
    this one (MediaWiki writes T-1), where the <noinclude> parts do not count.
    """

    written: str
    kind: Kind
    path: Path | None = None
    origin: str = ""
    apis: tuple[str, ...] = ()
    title: str = ""
    page_id: int | None = None
    revision: int | None = None
    step: int = 0
    section: str | int | None = None
    transcluded: bool = False


def parse(written: str) -> Target:
    """The target that a person wrote.

    What exists as a file or folder is one; a title of the same name is reached as [[Title]] or by
    its address. Raises UsageError for a file that is not there, a title no wiki can have, an
    address that names no page.
    """
    if written == "-":
        return Target(written, Kind.STANDARD_INPUT)
    if not written.strip():
        raise UsageError("a target is empty; name a file, a folder, a page or its address")
    file = _file(written)
    if file is not None:
        return file
    text = written.strip()
    link = re.fullmatch(r"\[\[([^\[\]|]+)(?:\|[^\[\]]*)?\]\]", text)
    if link:
        return _page(written, link[1])
    address = _address(text)
    if address is not None:
        return _from_address(written, address)
    name = text.partition("#")[0]
    if name.lower().endswith(SUFFIXES) or _looks_like_a_path(name):
        raise UsageError(
            f"there is no file or folder {name!r}; write [[{name}]] if a page of a wiki is meant"
            if name.lower().endswith(SUFFIXES)
            else f"there is no file or folder {name!r}"
        )
    return _page(written, text)


# Files


def _file(written: str) -> Target | None:
    """The file or folder of that name, or FILE#Section where FILE is one."""
    for name, section in ((written, ""), _parted(written)):
        path = Path(name)
        try:
            if name and path.exists():
                kind = Kind.FOLDER if path.is_dir() else Kind.FILE
                return Target(written, kind, path, section=_section(section))
        except (OSError, ValueError):  # too long for a name, or with a NUL: surely no file
            pass
    return None


def _parted(written: str) -> tuple[str, str]:
    name, _, section = written.partition("#")
    return name, section


def _looks_like_a_path(name: str) -> bool:
    """Whether a name is meant as a path. A page may have a slash too: AC/DC, User:Ann/Draft."""
    first, separator, _ = name.partition(os.sep)
    return bool(separator) and (first in ("", ".", "..", "~") or Path(first).is_dir())


# Titles

_FORBIDDEN = pattern(r"[<>\[\]{}|\x00-\x1f\x7f\ufffd\ud800-\udfff]|~~~")
_LONGEST_TITLE = 255  # bytes of UTF-8 without the namespace; MediaWiki's limit


def _page(written: str, text: str) -> Target:
    name, section = _parted(text)
    return Target(
        written, Kind.WIKI, title=_title(unquote(name), written), section=_section(unquote(section))
    )


def _title(text: str, written: str) -> str:
    """A title with blanks for underscores; UsageError for one that no page can have.

    See https://www.mediawiki.org/wiki/Manual:Page_title.
    """
    title = " ".join(text.replace("_", " ").split()).removeprefix(":").lstrip()
    bad = _FORBIDDEN.search(title)
    if bad:
        raise UsageError(f"no page can be called {written!r}: {bad[0]!r} is not allowed in a title")
    if not title:
        raise UsageError(f"{written!r} names no page")
    if len(title.rpartition(":")[2].encode()) > _LONGEST_TITLE:
        raise UsageError(f"no page can be called {title[:40]!r} …: the title is too long")
    return title


_NO_SECTION = pattern(r"cite[_ ](?:note|ref)|mw-|:~:|/")


def _section(fragment: str) -> str | int | None:
    """The section that the part behind "#" names; None for places that are no sections."""
    fragment = fragment.partition(":~:")[0]
    editor = re.fullmatch(r"/editor/(\d{1,9})", fragment)  # the mobile editor
    if editor:
        return int(editor[1])
    name = " ".join(fragment.replace("_", " ").split())
    if not name or _NO_SECTION.match(fragment):
        return None
    return 0 if name == "0" else name


# Addresses

_BARE_HOST = pattern(r"(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?/(?:wiki|w|index\.php)\b", re.IGNORECASE)
_OTHER_SCHEME = pattern(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)

# Hosts of the Wikimedia wikis, whose addresses all have one form and a mobile twin.
_WIKIMEDIA = pattern(
    r"(?:^|\.)(?:wikipedia|wiktionary|wikinews|wikibooks|wikiquote|wikisource|wikiversity"
    r"|wikivoyage|wikidata|wikimedia|mediawiki|wikifunctions)\.org$"
)

# /zh-hant/Title and the like: the page in a variant of the wiki's script.
_VARIANT = pattern(r"/(?:zh|sr|kk|ku|iu|gan|shi|tg|uz|crh|ban|tt|wuu|mni)-[a-z-]+/(?=.)")

_DIGITS = pattern(r"[1-9]\d{0,17}")


def _address(text: str) -> SplitResult | None:
    """The address that a text is, or None for something else."""
    if text.startswith("//"):
        text = "https:" + text
    elif _BARE_HOST.match(text):
        text = "https://" + text
    scheme = _OTHER_SCHEME.match(text)
    if not scheme:
        return None
    if scheme[1].lower() not in ("http", "https"):
        raise UsageError(f"{text!r}: only addresses with http and https are read")
    try:
        address = urlsplit(text)
        _ = address.port
    except ValueError as wrong:
        raise UsageError(f"{text!r} is no address: {wrong}") from wrong
    if not address.hostname:
        raise UsageError(f"{text!r} is no address: it names no host")
    if address.username is not None or address.password is not None:
        raise UsageError(
            f"the address at {address.hostname} holds a name or password; leave it out"
        )
    return address


def _from_address(written: str, address: SplitResult) -> Target:
    host = (address.hostname or "").lower()
    scheme = address.scheme.lower()
    if _WIKIMEDIA.search(host):
        host, scheme = _desktop(host), "https"
    shown = f"[{host}]" if ":" in host else host
    origin = f"{scheme}://{shown}" + (f":{address.port}" if address.port else "")
    query = dict(parse_qsl(address.query.replace("&amp;", "&"), keep_blank_values=True))
    path, apis = _title_in(address.path or "/")
    title = query.get("title", "") or path
    section, transcluded = _section_asked(query, address.fragment, written)
    page_id = _number(query.get("curid") or query.get("pageid"))
    revision, step = _revision(query)
    if title:
        title = _title(title, written)
        special = _SPECIAL.fullmatch(title)
        if special:
            revision, page_id, title = _behind(special[1], special[2] or "", written)
    if not title and page_id is None and revision is None:
        raise UsageError(f"{written!r} names no page of a wiki")
    return Target(
        written,
        Kind.WIKI,
        origin=origin,
        apis=tuple(origin + api for api in apis),
        title=title,
        page_id=page_id,
        revision=revision,
        step=step,
        section=section,
        transcluded=transcluded,
    )


def _desktop(host: str) -> str:
    """The host whose mobile twin this may be: en.m.wikipedia.org, m.wikidata.org."""
    labels = host.split(".")
    if labels[0] == "m":
        labels[0] = "www"
    return ".".join(label for label in labels if label != "m")


def _title_in(path: str) -> tuple[str, tuple[str, ...]]:
    """The title in the path of an address, and where the wiki's api.php may be.

    The forms are /wiki/Title, /w/index.php/Title, /index.php, /Title; some farms put a language
    before them. See https://www.mediawiki.org/wiki/Manual:Short_URL.
    """
    script = re.match(r"(.*?)/index\.php5?(?:/(.*))?\Z", path, re.DOTALL)
    if script:
        return unquote(script[2] or ""), (f"{script[1]}/api.php",)
    article = re.match(r"(.*?)/wiki/(.*)\Z", path, re.DOTALL)
    if article:
        root = article[1]
        return unquote(article[2]), (f"{root}/w/api.php", f"{root}/api.php", f"{root}/wiki/api.php")
    variant = _VARIANT.match(path)
    rest = path[variant.end() :] if variant else path[1:]
    if rest.rstrip("/") in ("w", "wiki"):  # /w/?title=
        return "", (f"/{rest.rstrip('/')}/api.php", "/api.php")
    return unquote(rest), ("/w/api.php", "/api.php", "/wiki/api.php")


def _section_asked(
    query: dict[str, str], fragment: str, written: str
) -> tuple[str | int | None, bool]:
    """The section an address names, and whether it is counted as transcluded (T-1)."""
    asked = query.get("section", "")
    if not asked:
        return _section(unquote(fragment)), False
    number = re.fullmatch(r"(T-)?(\d{1,9})", asked)
    if not number:
        raise UsageError(f"{written!r}: section={asked} is no section that stands on the page")
    return int(number[2]), number[1] is not None


def _number(text: str | None) -> int | None:
    return int(text) if text and _DIGITS.fullmatch(text) else None


def _revision(query: dict[str, str]) -> tuple[int | None, int]:
    """The revision an address shows, and the step from it; of a difference, the newer side."""
    old = _number(query.get("oldid"))
    if "diff" not in query:
        return old, {"next": 1, "prev": -1}.get(query.get("direction", ""), 0) if old else 0
    newer = query["diff"]
    if newer in ("prev", "next"):
        return old, 1 if newer == "next" and old else 0
    return _number(newer), 0  # diff=cur and diff=0: the page as it is now


# Special pages that stand for a page or a revision, under their English names and in any language
# that keeps them; see https://www.mediawiki.org/wiki/Help:Special_pages.
_SPECIAL = pattern(r"[Ss]pecial:([^/]+)(?:/(.*))?")


def _behind(name: str, rest: str, written: str) -> tuple[int | None, int | None, str]:
    """The revision, page number or title that a special page stands for."""
    name = name.replace(" ", "").lower()
    parts = rest.split("/")
    if name in ("permalink", "permanentlink") and _number(parts[0]):
        return _number(parts[0]), None, ""
    if name in ("diff", "compare") and _number(parts[-1]):
        return _number(parts[-1]), None, ""
    if name == "redirect" and len(parts) == 2 and _number(parts[1]):
        if parts[0] == "revision":
            return _number(parts[1]), None, ""
        if parts[0] == "page":
            return None, _number(parts[1]), ""
    if name in ("edit", "editpage", "history", "pagehistory") and rest:
        return None, None, _title(rest, written)
    raise UsageError(f"{written!r} is a special page, which has no wikitext of its own")
