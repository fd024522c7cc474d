"""Whether two addresses are clearly of different pages, as far as addresses tell.

Sites move to other names, pages to other folders, and short addresses lead on to long ones; none of
that makes another page. So two addresses differ clearly only when neither the site nor the page has
anything in common with the other's.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from bot.patterns import pattern

# Addresses that stand for another one.
_LEADS_ON = pattern(
    r"(?:bit\.ly|t\.co|goo\.gl|tinyurl\.com|ow\.ly|is\.gd|fb\.me|youtu\.be|tr\.im|nyti\.ms|wapo\.st"
    r"|(?:dx\.)?doi\.org|hdl\.handle\.net|purl\.org|purl\.\w+|urn\.\w+|nbn-resolving\.\w+"
    r"|resolver\..+|n2t\.net|web\.archive\.org|(?:\w+\.)*(?:feedburner|ezproxy|proxy)\b.*)\Z"
)
# What else looks like one: a short host that is no company's own, and nothing but a code behind it.
_SHORT_HOST = pattern(r"[a-z0-9-]{1,6}\.(?!com\b|org\b|net\b)[a-z]{2,4}\Z")
_CODE = pattern(r"/(?=[a-z_-]*[A-Z0-9])[A-Za-z0-9_-]{3,12}/?\Z")
# Sites that changed their name.
_RENAMED = {"x.com": "twitter.com", "mobile.x.com": "twitter.com"}
# Parts of host names that name no site.
_GENERAL = frozenset(
    "www www1 www2 www3 ww2 web com org net edu gov mil int info biz co ac or go ne gob gouv govt"
    " nom news en fr de es it archive archives old blog blogs m mobile".split()
)
_WORD = pattern(r"[^\W_]{3,}")
_GENERAL_WORDS = frozenset(
    "index html htm php asp aspx default home page pages jsp cfm pdf news article articles story"
    " http https www com org net id the and for".split()
)


def differ(a: str, b: str) -> bool:
    """Whether the two addresses have neither their site nor anything of their page in common."""
    first_host, first_page = _parts(a)
    second_host, second_page = _parts(b)
    if _leads_on(first_host, first_page) or _leads_on(second_host, second_page):
        return False
    if _same_site(first_host, second_host):
        return False
    if _kept_by(first_host, second_page) or _kept_by(second_host, first_page):
        return False
    words, others = _words(first_page), _words(second_page)
    return not words & others


def _parts(url: str) -> tuple[str, str]:
    rest = url.partition("://")[2]
    written = re.split(r"[/?#:]", rest, maxsplit=1)[0]
    host = written.lower().removeprefix("www.")
    return _RENAMED.get(host, host), rest[len(written) :]


def _leads_on(host: str, page: str) -> bool:
    """Whether an address stands for another one."""
    if _LEADS_ON.match(host):
        return True
    return _SHORT_HOST.match(host) is not None and _CODE.match(page) is not None


def _same_site(a: str, b: str) -> bool:
    """Whether one host is part of the other, two share a name, or the name of one is part of one of
    the other's."""
    if f".{a}".endswith(f".{b}") or f".{b}".endswith(f".{a}"):
        return True
    return any(
        _is_part(one, other) or _is_part(other, one) for one in _names(a) for other in _names(b)
    )


def _is_part(one: str, other: str) -> bool:
    """Whether a name is part of another; a very short one only between hyphens ("dw-world")."""
    return one in other if len(one) > 2 else one in other.split("-")


def _kept_by(host: str, page: str) -> bool:
    """Whether the folders of a page on another site bear a site's name: it keeps what that had."""
    folders = re.split(r"[?#]", page, maxsplit=1)[0].lower().split("/")
    return any(len(name) > 3 and name in folders for name in _names(host))


def _names(host: str) -> set[str]:
    labels = host.split(".")
    named = {label for label in labels[:-1] if label not in _GENERAL}
    return named or set(labels[:-1])


def _words(page: str) -> set[str]:
    found = set(_WORD.findall(unquote(page).lower()[:500]))
    return found - _GENERAL_WORDS
