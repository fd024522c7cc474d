"""The words of each wiki's citations: its templates, its parameters, and what their values mean.

One file a language in `wikis/`; a wiki we have no file for is read with the English words, which
citation modules understand almost everywhere, and has nothing deprecated or withdrawn. What we do
not know of a wiki is empty, never guessed: a check that needs an empty name says nothing there.

Every wiki's vocabulary has two sets of parameters, its own and the English ones, because most wikis
also carry the imported {{cite web}} family; `Vocabulary.parameters` tells which one a template has.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

_FILES = Path(__file__).with_name("wikis")


class Leads(enum.Enum):
    """Where the title of a citation leads, for one value of its link status (Template:Cite web)."""

    ARCHIVE = "archive"
    ORIGINAL = "original"
    ARCHIVE_ONLY = "archive only"
    """To the archive, and the original address is not clickable at all (unfit, usurped)."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one thing: `name in names` (in normal form), `names.written` is the one to use.

    `ordered` has them as the wiki writes them, the usual one first; empty when the wiki has none.
    """

    ordered: tuple[str, ...] = ()
    normal: frozenset[str] = frozenset()

    @property
    def written(self) -> str | None:
        """The name an editor of that wiki would write; None when there is none."""
        return self.ordered[0] if self.ordered else None

    def __contains__(self, name: object) -> bool:
        return name in self.normal

    def __iter__(self) -> Iterator[str]:
        return iter(self.ordered)

    def __bool__(self) -> bool:
        return bool(self.ordered)


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A parameter that no longer works: its successor, and its values' successors (lower case)."""

    replacement: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the parameters of a family of citation templates are called. Names are lower case.

    All listed names are valid today; `withdrawn` has those that are not. `identifiers` lead to the
    source for good, so that an archive adds nothing (doi, jstor, pmc, hdl …); `other_identifiers`
    name the source without leading to its text (isbn, oclc). `dead_flag` is a wiki's own parameter
    for a dead page, with `dead_values` and `live_values`; `archive_stamp` is one for the timestamp
    of a snapshot in the Wayback Machine, without its address. `statuses` maps a value of
    `url_status` to where the title then leads, `default_status` is what its absence means; both are
    empty where it is not known what the wiki's module does, and then no value is to be judged.
    """

    url: Names = Names()
    chapter_urls: Names = Names()
    archive_url: Names = Names()
    archive_date: Names = Names()
    archive_format: Names = Names()
    archive_stamp: Names = Names()
    url_status: Names = Names()
    dead_flag: Names = Names()
    access_date: Names = Names()
    date: Names = Names()
    year: Names = Names()
    title: Names = Names()
    quote: Names = Names()
    publisher: Names = Names()
    work: Names = Names()
    language: Names = Names()
    date_format: Names = Names()
    identifiers: Names = Names()
    other_identifiers: Names = Names()
    statuses: Mapping[str, Leads] = dataclasses.field(default_factory=dict)
    default_status: str | None = None
    dead_values: frozenset[str] = frozenset()
    live_values: frozenset[str] = frozenset()
    withdrawn: Mapping[str, Withdrawn] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """The words of one wiki. Template names compare in the normal form that `normal` gives.

    `webarchive_withdrawn` are templates that {{webarchive}} replaced there. `bots_ignore` tells
    bots to leave one citation alone, `bots` a whole page. `deprecated_hosts` are the archives the
    wiki no longer wants. `tag_date` is the parameter of maintenance tags that holds the month.

    `forms` are what is written where there is no one parameter to fill, with $names for what is to
    be filled in; there is none where its documentation is not known: "web", the template that cites
    a page of the web; "archive behind" and "dead behind", what stands behind a plain link that has
    a snapshot or is dead; "archive instead" and "dead instead", what takes the place of the link.
    """

    language: str
    own: Parameters
    english: Parameters
    citations: Names = Names()
    english_citations: Names = Names()
    webarchive: Names = Names()
    webarchive_withdrawn: Names = Names()
    dead_link: Names = Names()
    permanently_dead: Names = Names()
    bots_ignore: Names = Names()
    bots: Names = Names()
    in_use: Names = Names()
    dmy_dates: Names = Names()
    mdy_dates: Names = Names()
    update_inline: Names = Names()
    update_after: Names = Names()
    as_of: Names = Names()
    as_of_missing: Names = Names()
    when: Names = Names()
    update: Names = Names()
    quotations: Names = Names()
    notes: Names = Names()
    short_citations: Names = Names()
    deprecated_hosts: frozenset[str] = frozenset()
    tag_date: str | None = None
    forms: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def is_citation(self, template: str) -> bool:
        """Whether a template of that name (normal form) is a citation with named parameters."""
        return template in self.citations or template in self.english_citations

    def parameters(self, template: str) -> Parameters:
        """What the parameters of that citation template (normal form) are called."""
        return self.own if template in self.citations else self.english


def normal(name: str) -> str:
    """A template's name as vocabularies compare it: small letters, single blanks.

    MediaWiki minds the case of letters after the first; wikis keep redirects for the others, and
    nobody names two citation templates alike but for case.
    """
    return " ".join(name.replace("_", " ").split()).lower()


@functools.cache
def vocabulary(language: str) -> Vocabulary:
    """The words of that language's Wikipedia; unknown languages get the English ones.

    A variant ("pt-br", "zh-hant") is read as its language. Raises nothing for any text.
    """
    base = _english_file()
    code = language.lower().replace("_", "-").partition("-")[0]
    english = _parameters(base)
    if code == "en":
        return _vocabulary(language, base, english, english)
    path = _FILES / f"{code}.toml"
    if not (code.isascii() and code.isalnum() and path.is_file()):
        # {{wayback}} and the like were given up in English; others have them to this day.
        templates = dict(base["templates"])
        templates["webarchive"] = templates["webarchive"] + templates.pop("webarchive_withdrawn")
        base = {"templates": templates, "parameters": base["parameters"]}
        imported = dataclasses.replace(english, withdrawn=MappingProxyType({}))
        return _vocabulary(language, base, imported, imported)
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    own = _parameters(data)
    if "cite web" in _names(data["templates"]["citations"]):
        imported = own
    else:
        # Such a wiki's {{cite web}} is a wrapper or a redirect of its own making: the English names
        # are understood, what the module does with a status is not known.
        nothing: Mapping[str, Any] = MappingProxyType({})
        imported = dataclasses.replace(
            english, statuses=nothing, default_status=None, withdrawn=nothing
        )
    return _vocabulary(language, data, own, imported, base)


@functools.cache
def _english_file() -> dict[str, Any]:
    return tomllib.loads((_FILES / "en.toml").read_text(encoding="utf-8"))


# Templates that wikis import under their English names, beside or instead of their own.
_IMPORTED = (
    "webarchive",
    "dead_link",
    "bots_ignore",
    "bots",
    "in_use",
    "update_after",
    "as_of",
    "when",
    "update",
    "update_inline",
    "quotations",
    "notes",
    "short_citations",
)


def _vocabulary(
    language: str,
    data: dict[str, Any],
    own: Parameters,
    english: Parameters,
    base: dict[str, Any] | None = None,
) -> Vocabulary:
    templates: dict[str, list[str]] = data["templates"]
    names = {role: _names(listed) for role, listed in templates.items()}
    english_citations = names["citations"]
    if base is not None:
        borrowed: dict[str, list[str]] = base["templates"]
        english_citations = _names(borrowed["citations"])
        for role in _IMPORTED:
            known = names.get(role, Names())
            both = known.normal | _names(borrowed.get(role, [])).normal
            # Recognised under the English name too, written only under a name the wiki has.
            names[role] = Names(known.ordered, both)
        names["bots"] = _names(borrowed["bots"])
        names["bots_ignore"] = _names(borrowed["bots_ignore"])
    return Vocabulary(
        language=language,
        own=own,
        english=english,
        english_citations=english_citations,
        deprecated_hosts=frozenset(data.get("archives", {}).get("deprecated", ())),
        tag_date=data.get("tags", {}).get("date"),
        forms=MappingProxyType(data.get("forms", {})),
        **names,
    )


def _names(listed: list[str]) -> Names:
    return Names(tuple(listed), frozenset(normal(name) for name in listed))


def _parameters(data: dict[str, Any]) -> Parameters:
    lists: dict[str, list[str]] = data["parameters"]
    statuses = data.get("statuses", {})
    flag = data.get("dead_flag", {})
    values = {value: Leads(where) for value, where in statuses.get("values", {}).items()}
    withdrawn = {
        name: Withdrawn(entry["replacement"], MappingProxyType(entry["values"]))
        for name, entry in data.get("withdrawn", {}).items()
    }
    return Parameters(
        **{role: _names(listed) for role, listed in lists.items()},
        statuses=MappingProxyType(values),
        default_status=statuses.get("default"),
        dead_values=frozenset(flag.get("yes", ())),
        live_values=frozenset(flag.get("no", ())),
        withdrawn=MappingProxyType(withdrawn),
    )
