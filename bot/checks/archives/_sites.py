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
    r"|(?:dx\.)?doi\.org|hdl\.handle\.net|purl\.org|purl\.\w+|urn\.\w+|n2t\.net|web\.archive\.org"
    r"|(?:\w+\.)*(?:feedburner|ezproxy|proxy)\b.*)\Z"
)
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
    if _LEADS_ON.match(first_host) or _LEADS_ON.match(second_host):
        return False
    if _same_site(first_host, second_host):
        return False
    words, others = _words(first_page), _words(second_page)
    return not words & others


def _parts(url: str) -> tuple[str, str]:
    rest = url.partition("://")[2]
    host = re.split(r"[/?#:]", rest, maxsplit=1)[0].lower()
    return host, rest[len(host) :]


def _same_site(a: str, b: str) -> bool:
    """Whether two hosts share a name, or the name of one is part of one of the other's."""
    first, second = _names(a), _names(b)
    return any(
        one in other or other in one
        for one in first
        for other in second
        if min(len(one), len(other)) > 2
    )


def _names(host: str) -> set[str]:
    labels = host.split(".")
    named = {label for label in labels[:-1] if label not in _GENERAL}
    return named or set(labels[:-1])


def _words(page: str) -> set[str]:
    found = set(_WORD.findall(unquote(page).lower()[:500]))
    return found - _GENERAL_WORDS
