"""International organisations and their names: when do two names mean one body?

The facts stand in `organisations.txt`, one body a line; this module reads them and answers from
them alone. It looks at names and plain text, never at markup, and it refuses to guess: an acronym
with several meanings, a name that two bodies share and a phrase that merely contains a name
("NATO defence alliance") identify nobody.

Names of organisations keep their official spelling whatever the page's variety of English
(MOS:ENGVAR makes an exception for proper names). So "Organisation" and "Organization",
"Cooperation" and "Co-operation" lead to one key here, and `Organisations.spelling` tells which of
them is right.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bot.patterns import pattern

_TABLE = Path(__file__).with_name("organisations.txt")


class Organisation(NamedTuple):
    """One body: the title of its article, its official full name (the title if there is no other),
    its acronyms, and every other English name including former names of the same body."""

    title: str
    name: str
    acronyms: tuple[str, ...]
    names: tuple[str, ...]


class Mention(NamedTuple):
    """A known organisation named at `text[start:end]` (Python string indices)."""

    start: int
    end: int
    organisation: Organisation
    as_acronym: bool


# ---------------------------------------------------------------- one key for all spellings

# Ways to write the same sign; U+00AD, zero-width and direction marks are invisible.
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"
_BLANKS = " _\u00a0\u2009\u202f"
_APOSTROPHES = "\u2018\u2019\u02bc\u00b4`"
_SIGNS = {
    **dict.fromkeys(_DASHES + _BLANKS, " "),
    **dict.fromkeys(_APOSTROPHES, "'"),
    **dict.fromkeys(".\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff", ""),
    "&": " and ",
}
_SIGN = pattern(f"[{re.escape(''.join(_SIGNS.keys() - {' '}))}]")
# British spelling, where it stands, and the other one, which the key has.
_VARIETIES = (
    ("is", re.compile(r"is(?=(?:e[ds]?|ers?|ing|ations?)\b)"), "iz"),
    ("programme", re.compile(r"programme(?=s?\b)"), "program"),
    ("centre", re.compile(r"centre(?=s?\b)"), "center"),
    ("defence", re.compile(r"defence\b"), "defense"),
    ("licence", re.compile(r"licence(?=s?\b)"), "license"),
    ("labour", re.compile("labour"), "labor"),
    ("harbour", re.compile("harbour"), "harbor"),
    ("neighbour", re.compile("neighbour"), "neighbor"),
)
# Parts that are written with a hyphen, apart, or in one word with what follows.
_PREFIXES = frozenset({"co", "euro", "inter", "non", "pan", "trans"})


def normalise(name: str) -> str:
    """The key under which all spellings of one full name meet; made to compare, not to show.

    Letter case, -is-/-iz-, co-operation/cooperation, centre/center and their like, a leading "the",
    "&", hyphens and dashes, blanks, apostrophes, full stops and invisible signs make no difference.
    A possessive 's is part of the name. Idempotent.
    """
    return _key(_folded(name))


def _folded(names: str) -> str:
    """One way to write each sign and word; takes many lines at once, which is quicker."""
    folded = names.casefold()
    if not folded.isascii():
        folded = unicodedata.normalize("NFC", folded)
    folded = _SIGN.sub(lambda sign: _SIGNS[sign[0]], folded)
    for british, place, other in _VARIETIES:
        if british in folded:
            folded = place.sub(other, folded)
    return folded


def _key(folded: str) -> str:
    words = folded.split()
    while len(words) > 1 and words[0] == "the":
        del words[0]
    if _PREFIXES.isdisjoint(words):
        return " ".join(words)
    joined: list[str] = []
    prefix = ""
    for word in words:
        if word in _PREFIXES:
            prefix += word
        else:
            joined.append(prefix + word)
            prefix = ""
    if prefix:
        joined.append(prefix)
    return " ".join(joined)


_SAME_LOOK = str.maketrans(
    dict.fromkeys(_DASHES, "-") | dict.fromkeys(_BLANKS, " ") | dict.fromkeys(_APOSTROPHES, "'")
)
_LEADING_THE = pattern(r"\A\s*the[\s_]+", re.IGNORECASE)
_AS_BLANKS = pattern(f"[{_BLANKS}]+")
_AS_HYPHENS = pattern(f"[{_DASHES}]")


def _acronym_key(name: str) -> str:
    bare = _LEADING_THE.sub("", name).replace(".", "")
    return _AS_HYPHENS.sub("-", _AS_BLANKS.sub(" ", bare)).strip()


def _look(name: str) -> str:
    """The name without what is typography or letter case rather than spelling."""
    return " ".join(name.casefold().translate(_SAME_LOOK).split())


# ---------------------------------------------------------------- patterns in RE2's syntax

_GAPS = pattern(f"([{re.escape(_DASHES + _BLANKS)}]+)")
_BLANK = "[ _\u00a0]"
_DASH = "[ \u2010\u2011\u2013\u2014-]"
_SPELLED_DIFFERENTLY = pattern(r"i[sz][aei]|oper|ordin|rogram|entre|enter|en[cs]e|bou?r|'")


@functools.cache
def _spellings() -> list[tuple[re.Pattern[str], str]]:
    """Where the spellings of a word differ, and a pattern that takes them all."""
    places = {
        r"i[sz](?=(?:e[ds]?|ers?|ing|ations?)\b)": "i[sz]",
        r"(?<=\b[Cc]o)(?=operat|ordinat)": "-?",
        r"(?<=rogram)(?:me)?(?=s?\b)": "(?:me)?",
        r"(?<=\b[Cc]ent)(?:re|er)(?=s?\b)": "(?:re|er)",
        r"(?<=\b[Dd]efen)[cs]e\b|(?<=\b[Ll]icen)[cs]e(?=s?\b)": "[cs]e",
        r"(?<=[Ll]abo)u?(?=r)|(?<=[Hh]arbo)u?(?=r)|(?<=eighbo)u?(?=r)": "u?",
        r"'": "['\u2019]",
    }
    return [(re.compile(place), spellings) for place, spellings in places.items()]


@functools.lru_cache(maxsize=8192)
def _word_pattern(word: str) -> str:
    if word == "and":
        return "(?:and|&)"
    written = word if word.isalnum() else re.escape(word)
    if _SPELLED_DIFFERENTLY.search(word):
        for place, spellings in _spellings():
            written = place.sub(spellings, written)
    # A small word ("internationale", "against") is written with a capital by many; the other way
    # round never: "paris club" may be any club.
    return _either_case(written) if len(word) > 3 and word[0].islower() else written


def _either_case(written: str) -> str:
    first = written[0]
    return f"[{first.upper()}{first.lower()}]{written[1:]}" if first.isalpha() else written


def _pattern(name: str) -> str:
    """All ways to write a full name or an acronym, as a pattern with the edges of a word."""
    words = _GAPS.split(name)
    written = _word_pattern(words[0])
    for before, gap, word in zip(words[0::2], words[1::2], words[2::2], strict=False):
        if before.lower() in _PREFIXES:
            written += f"{_DASH}?{_either_case(_word_pattern(word))}"
        else:
            between = _BLANK if gap.isspace() else _DASH if len(gap) == 1 else f"{_DASH}+"
            written += between + _word_pattern(word)
    # RE2 knows ASCII word edges only, so the edge of a letter beyond ASCII is not asked for here.
    left = r"\b" if name[0].isascii() and name[0].isalnum() else ""
    right = r"\b" if name[-1].isascii() and name[-1].isalnum() else ""
    return left + written + right


def _dotted(acronym: str) -> str | None:
    """The pattern of "U.N." for "UN", None where nobody writes full stops."""
    if 2 <= len(acronym) <= 4 and acronym.isalpha() and acronym.isupper():
        return r"\b" + "".join(rf"{letter}\." for letter in acronym)
    return None


def _finder(patterns: Iterable[str]) -> Any:
    import re2

    options = re2.Options()
    options.longest_match = True
    options.never_capture = True
    options.max_mem = 64 << 20
    # The longest wins anyhow; sorted, common beginnings are shared, which compiles much faster.
    return re2.compile("|".join(sorted(patterns)) or r"\b\B", options)


_GAP = pattern(f"[{re.escape(_DASHES + _BLANKS)}]+")
_LITERALLY = pattern(r"(?:\[(\w)\w\])?(\w*)([?*]?)", re.ASCII)
_WORD = pattern(r"\w+", re.ASCII)


def _words(text: str) -> frozenset[str]:
    """The words of a text and their first letters, two to four, all in small letters."""
    words = {word.lower() for word in set(_WORD.findall(text))}
    return frozenset(words.union(word[:size] for word in words for size in (2, 3, 4)))


def _may_stand(name: str, words: frozenset[str]) -> bool:
    """Whether all words of a name, in any spelling, may be among those of a text."""
    before = ""
    for word in _GAP.split(name):
        # What follows "pan-" and the like may be one word with it.
        if before not in _PREFIXES and (mark := _mark(word)) and mark not in words:
            return False
        before = word.lower()
    return True


@functools.lru_cache(maxsize=4096)
def _mark(word: str) -> str:
    """What `_words` has of a text with this word in any spelling; '' when nothing is sure."""
    written = _word_pattern(word)
    found = _LITERALLY.match(written)
    either, literal, repeated = found.groups("")  # type: ignore[union-attr]
    if found is not None and found.end() == len(written) and word.lower() not in _PREFIXES:
        return word.lower()
    mark = (either + (literal[:-1] if repeated else literal))[:4].lower()
    return mark if len(mark) > 1 else ""


# So many characters are read before the finder of all names is worth being made, and one made for
# some names counts as so many: short pages bring new words as often as long ones.
_MANY_PAGES = 300_000
_MADE_ANEW = 20_000
# Link targets come again from page to page; so many are remembered at most.
_REMEMBERED = 50_000

# ---------------------------------------------------------------- the table


class Organisations:
    """The bodies of the table, in its order (`all`), found by name, acronym and in plain text."""

    def __init__(self, lines: Iterable[tuple[Organisation, frozenset[str]]]) -> None:
        """Each organisation comes with those of its acronyms that prove nothing alone."""
        self.all: list[Organisation] = []
        self._by_acronym: dict[str, tuple[Organisation, ...]] = {}
        self._doubtful: set[str] = set()
        listed: list[tuple[str, Organisation]] = []
        for organisation, doubtful in lines:
            title, name, acronyms, names = organisation
            self.all.append(organisation)
            self._doubtful |= doubtful
            for acronym in acronyms:
                others = self._by_acronym.get(acronym, ())
                self._by_acronym[acronym] = (*others, organisation)
            full = (title, *names) if name == title else (title, name, *names)
            listed += [(one, organisation) for one in full if one not in acronyms]
        # How much was read, and the finder that was made for it, for these words.
        self._read = 0
        self._few: tuple[frozenset[str], Any] = (frozenset(), None)
        # What a full name's key stands for: the bodies, and the spellings the table gives.
        self._by_name: dict[str, tuple[Organisation, ...]] = {}
        self._written: dict[str, tuple[str, ...]] = {}
        folded = _folded("\n".join([name for name, _ in listed])).split("\n")
        for key, (name, organisation) in zip(map(_key, folded), listed, strict=True):
            if key not in self._written:
                self._by_name[key] = (organisation,)
                self._written[key] = (name,)
                continue
            self._written[key] += (name,)
            if organisation not in self._by_name[key]:
                self._by_name[key] += (organisation,)

    def candidates(self, name: str) -> tuple[Organisation, ...]:
        """Every organisation that goes by this name: none, one, or several for a shared acronym.

        A full name counts in any spelling and letter case, an acronym in its own letter case, with
        or without full stops. "Name (ACRONYM)" and "ACRONYM (Name)" are those organisations that
        both parts name.
        """
        found = self._called(name)
        if not found and name.rstrip().endswith(")"):
            outside, _, inside = name.rstrip()[:-1].partition("(")
            within = self._called(inside)
            return tuple(one for one in self._called(outside) if one in within)
        return found

    def _called(self, name: str) -> tuple[Organisation, ...]:
        found = self._names_called.get(name)
        if found is None:
            by_name = self._by_name.get(normalise(name))
            found = by_name or self._by_acronym.get(_acronym_key(name), ())
            if len(self._names_called) > _REMEMBERED:
                self._names_called.clear()
            self._names_called[name] = found
        return found

    def identify(self, name: str) -> Organisation | None:
        """The one organisation that this name stands for, None when unknown or not certain."""
        found = self.candidates(name)
        if len(found) != 1:
            return None
        if _acronym_key(name) in self._doubtful and normalise(name) not in self._by_name:
            return None
        return found[0]

    def spelling(self, name: str) -> str | None:
        """The official spelling of a full name that is written differently, with its "the" kept.

        None for the official spelling itself, for unknown names, acronyms and names whose spelling
        is not settled, and where only letter case, kinds of dash, blank or apostrophe differ: those
        are typography. A former name is corrected to its own spelling, never to the present name.
        """
        key = normalise(name)
        official = self._written.get(key)
        if official is None or len(self._by_name[key]) != 1:
            return None
        leading = _LEADING_THE.match(name)
        article = leading[0] if leading else ""
        look = _look(name[len(article) :])
        listed = {_look(_LEADING_THE.sub("", one)): one for one in official}
        if look in listed or len(listed) != 1:
            return None
        return article + _LEADING_THE.sub("", official[0])

    def name_patterns(self) -> list[str]:
        """All full names and acronyms in all their spellings, in RE2's syntax, longest name first.

        For a prefilter or a finder: each begins and ends at a word's edge, so `"|".join` of them is
        a pattern. Acronyms that prove nothing alone are among them; titles with a disambiguating
        bracket are not, because prose has no such names.
        """
        return self._patterns()

    @functools.cached_property
    def _names(self) -> list[str]:
        names = {
            _LEADING_THE.sub("", name)
            for written in self._written.values()
            for name in written
            if "(" not in name
        }
        return sorted(names.union(self._by_acronym), key=lambda name: (-len(name), name))

    def _patterns(self, words: frozenset[str] | None = None) -> list[str]:
        """The patterns of all names, or of those that may stand in a text of these words."""
        names: Iterable[str] = self._names
        acronyms: Iterable[str] = self._by_acronym
        if words is not None:
            names = [name for name in names if _may_stand(name, words)]
            acronyms = [acronym for acronym in acronyms if acronym[0].lower() in words]
        patterns = [_pattern(name) for name in names]
        patterns += [dotted for acronym in acronyms if (dotted := _dotted(acronym))]
        return list(dict.fromkeys(patterns))

    def mentions(
        self, text: str, start: int = 0, *, encoded: bytes | None = None
    ) -> Iterator[Mention]:
        """Known organisations named in plain text from `start` on: leftmost, longest, apart.

        Full names need the capitals of the table, acronyms their exact letters ("who" and "Who" are
        not the WHO). Left out: names that are not certain, and a name joined by a hyphen, a dash or
        the like to a capital or a digit ("NATO–Russia", "Pan-European Union"), where it is part of
        another name. What follows a blank is not judged: "European Council" is found in "European
        Council for Fatwa and Research" unless the table holds that body, and so is the "CIS" of
        "CIS Election Monitoring Organisation"; the caller, who sees the links, decides.

        `encoded` is the text in UTF-8, from whoever has it already.
        """
        data = text.encode("utf-8", "surrogatepass") if encoded is None else encoded
        plain = len(data) == len(text)
        here = start
        byte = start if plain else len(text[:start].encode("utf-8", "surrogatepass"))
        for found in self._finder_for(text).finditer(data, byte):
            first, last = found.span()
            if plain:
                here = first
                end = last
            else:
                # Indices of the string: letters counted from the match before, so still linear.
                here += len(data[byte:first].decode("utf-8", "surrogatepass"))
                byte = first
                end = here + len(data[first:last].decode("utf-8", "surrogatepass"))
            written = text[here:end]
            known = self._known(written)
            if known is not None and _stands_alone(text, here, end):
                yield Mention(here, end, *known)

    def _finder_for(self, text: str) -> Any:
        """A finder of all names that the text can hold.

        To make that of all there are takes as long as to read some pages with one made for them.
        """
        if self._read > _MANY_PAGES:
            return self._finder
        self._read += len(text)
        words = _words(text)
        known, finder = self._few
        if finder is None or not words <= known:
            self._read += _MADE_ANEW
            known |= words
            finder = _finder(self._patterns(known))
            self._few = known, finder
        return finder

    @functools.cached_property
    def _finder(self) -> Any:
        return _finder(self._patterns())

    @functools.cached_property
    def _names_called(self) -> dict[str, tuple[Organisation, ...]]:
        return {}

    @functools.cached_property
    def _known_names(self) -> dict[str, tuple[Organisation, bool] | None]:
        return {}

    def _known(self, written: str) -> tuple[Organisation, bool] | None:
        """Who is meant by a name as the finder found it, and whether it is an acronym."""
        if written not in self._known_names:
            organisation = self.identify(written)
            acronym = normalise(written) not in self._by_name or written in self._by_acronym
            self._known_names[written] = (organisation, acronym) if organisation else None
        return self._known_names[written]


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Is text[start:end] no part of a longer word or of a name joined by a hyphen or dash?"""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if before and (before[-1].isalnum() or before[-1] == "_"):
        return False
    if after and (after[0].isalnum() or after[0] == "_"):
        return False
    if len(before) == 2 and before[1] in _DASHES and before[0].isalnum():
        return False
    joined = len(after) == 2 and after[0] in _DASHES
    return not (joined and (after[1].isupper() or after[1].isdigit()))


# ---------------------------------------------------------------- reading the table


def parse(table: str, source: str = "organisations.txt") -> Organisations:
    """The organisations of a table in the form that `organisations.txt` explains.

    Raises ValueError naming the source and line when a line has not the four columns, has no title,
    or repeats a title.
    """
    return Organisations(_lines(table, source))


def _lines(table: str, source: str) -> Iterator[tuple[Organisation, frozenset[str]]]:
    titles: set[str] = set()
    for number, line in enumerate(table.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        columns = list(map(str.strip, line.split("|")))
        if len(columns) != 4:
            raise ValueError(
                f"{source}, line {number}: 4 columns separated by | are needed "
                f"(title | official name | acronyms | other names), not {len(columns)}: {line!r}"
            )
        title, name, acronyms, names = columns
        if not title:
            raise ValueError(f"{source}, line {number}: the article title is missing: {line!r}")
        if title in titles:
            raise ValueError(f"{source}, line {number}: {title!r} stands in the table twice")
        titles.add(title)
        organisation = Organisation(
            title, name or title, _listed(acronyms.replace("?", ""), ","), _listed(names, ";")
        )
        if "?" in acronyms:
            yield organisation, frozenset(organisation.acronyms).difference(_listed(acronyms, ","))
        else:
            yield organisation, frozenset()


def _listed(column: str, separator: str) -> tuple[str, ...]:
    return tuple(map(str.strip, column.split(separator))) if column else ()


@functools.cache
def load() -> Organisations:
    """The table that comes with Redpencil, read once."""
    return parse(_TABLE.read_text(encoding="utf-8"))
