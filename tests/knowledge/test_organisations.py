"""The table of organisations and what it says about names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge import organisations
from bot.knowledge.organisations import Organisations, load, normalise, parse

TABLE = Path(organisations.__file__).with_name("organisations.txt")
LINES = [
    line
    for line in TABLE.read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def title(name: str) -> str | None:
    """The title of the organisation that goes by this name for certain."""
    found = load().identify(name)
    return found.title if found else None


def named(
    text: str, start: int = 0, *, table: Organisations | None = None
) -> list[tuple[str, str]]:
    """What is mentioned in the text: (as written, title)."""
    return [
        (text[mention.start : mention.end], mention.organisation.title)
        for mention in (table or load()).mentions(text, start)
    ]


@pytest.fixture(scope="module")
def of_all() -> Organisations:
    """The table as it is when it has read much: with one finder for all names, made once."""
    table = parse(TABLE.read_text(encoding="utf-8"))
    assert list(table.mentions("x " * 400_000)) == []
    return table


# ---------------------------------------------------------------- the table


def test_the_table_is_sorted_by_title() -> None:
    titles = [line.split(" | ")[0] for line in LINES]
    assert titles == sorted(titles, key=str.casefold)


def test_the_table_holds_what_was_promised() -> None:
    assert len(LINES) >= 430
    assert len(load().all) == len(LINES)


def test_no_title_stands_twice_in_any_spelling() -> None:
    keys = [normalise(one.title) for one in load().all]
    assert len(keys) == len(set(keys))


def test_every_title_and_official_name_leads_to_its_organisation() -> None:
    lost = [one.title for one in load().all if load().identify(one.title) != one]
    lost += [one.name for one in load().all if load().identify(one.name) != one]
    assert lost == []


def test_no_full_name_is_claimed_by_two_organisations() -> None:
    shared = [name for one in load().all for name in one.names if load().identify(name) != one]
    assert shared == []


def test_every_listed_spelling_is_left_alone() -> None:
    corrected = {
        name: load().spelling(name)
        for one in load().all
        for name in (one.title, one.name, *one.names)
        if load().spelling(name) is not None
    }
    assert corrected == {}


def test_no_listed_name_is_missed_or_cut_short_in_prose(of_all: Organisations) -> None:
    missed = [
        name
        for one in of_all.all
        for name in (one.title, one.name, *one.names)
        if "(" not in name
        and named(f"It joined the {name.removeprefix('The ')} in 1995.", table=of_all)
        != [(name.removeprefix("The "), one.title)]
    ]
    assert missed == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("United Nations | | UN", "line 3: 4 columns .* not 3: 'United Nations"),
        ("United Nations | | UN | | more", "line 3: 4 columns .* not 5"),
        (" | United Nations | UN | ", "line 3: the article title is missing"),
        ("Arctic Council | | | ", "line 3: 'Arctic Council' stands in the table twice"),
    ],
)
def test_a_malformed_line_is_named(line: str, says: str) -> None:
    with pytest.raises(ValueError, match=r"my\.txt, " + says):
        parse(f"# about\nArctic Council | | |\n{line}\n", "my.txt")


# ---------------------------------------------------------------- spelling


@pytest.mark.parametrize(
    ("written", "official"),
    [
        (
            "Organisation for Security and Cooperation in Europe",
            "Organization for Security and Co-operation in Europe",
        ),
        (
            "the Organization for Security and Cooperation in Europe",
            "the Organization for Security and Co-operation in Europe",
        ),
        (
            "The Organization for Economic Cooperation and Development",
            "The Organisation for Economic Co-operation and Development",
        ),
        ("Organization of Islamic Cooperation", "Organisation of Islamic Cooperation"),
        ("Organization of the Islamic Conference", "Organisation of the Islamic Conference"),
        ("Shanghai Cooperation Organization", "Shanghai Cooperation Organisation"),
        ("Collective Security Treaty Organisation", "Collective Security Treaty Organization"),
        ("World Health Organisation", "World Health Organization"),
        ("North Atlantic Treaty Organisation", "North Atlantic Treaty Organization"),
        ("International Labor Organization", "International Labour Organization"),
        ("World Trade Organisation", "World Trade Organization"),
        ("Organisation of American States", "Organization of American States"),
        ("Organization of African Unity", "Organisation of African Unity"),
        ("Economic Co-operation Organisation", "Economic Cooperation Organization"),
        ("United Nations Development Program", "United Nations Development Programme"),
        ("World Food Program", "World Food Programme"),
        ("European Defense Agency", "European Defence Agency"),
        ("Interparliamentary Union", "Inter-Parliamentary Union"),
        ("Non Aligned Movement", "Non-Aligned Movement"),
        ("International Organisation for Standardisation", None),
    ],
)
def test_spelling_is_the_official_one(written: str, official: str | None) -> None:
    if official is None:
        official = "International Organization for Standardization"
    assert load().spelling(written) == official
    assert load().spelling(official) is None
    assert load().identify(written) == load().identify(official) is not None


@pytest.mark.parametrize(
    "name",
    [
        "OSCE",
        "O.S.C.E.",
        "Turkic Council",
        "united nations",
        "European union",
        "Nordic–Baltic Eight",
        "United\u00a0Nations",
        "United_Nations",
        "Médecins sans Frontières",
        "European Public Prosecutor’s Office",
        "World Sausage Organisation",
        "",
    ],
)
def test_acronyms_typography_and_unknown_names_are_no_spelling_mistakes(name: str) -> None:
    assert load().spelling(name) is None


def test_two_official_spellings_are_both_right_and_a_third_is_not_corrected() -> None:
    table = parse(
        "Sea Organization | Sea Organisation | |\nLake Organization of Co-operation | | |"
    )
    assert table.spelling("Sea Organisation") is None
    assert table.spelling("Sea Organization") is None
    assert table.spelling("Sea-Organization") is None
    assert table.spelling("Lake Organisation of Cooperation") == "Lake Organization of Co-operation"


@pytest.mark.parametrize(
    "spellings",
    [
        ("Organisation for Co-operation", "the ORGANIZATION_for\u00a0Co‑operation"),
        ("Co-ordination", "Coordination", "co ordination"),
        ("U.N. Women's Programme", "UN Women’s program"),
        ("Research & Development Centre", "research and  development center"),
        ("Asia–Pacific", "Asia-Pacific", "Asia Pacific"),
        ("Inter-American", "Interamerican", "inter american"),
        ("Labour Defence", "labor defense"),
        ("Türksoy", "Tu\u0308rksoy", "TÜRKSOY"),
    ],
)  # fmt: skip
def test_normalise_meets(spellings: tuple[str, ...]) -> None:
    assert len({normalise(one) for one in spellings}) == 1


def test_normalise_keeps_different_names_apart() -> None:
    names = ["Council of Europe", "European Council", "Council of the European Union", "The The"]
    assert len({normalise(name) for name in names}) == 4
    assert normalise("the") == "the"


WORDS = st.sampled_from(
    ["the", "The", "co", "Co-", "inter", "organisation", "programme", "U.N.", "&", "–", "'s", "İ"]
)


@given(st.one_of(st.text(), st.lists(WORDS).map(" ".join), st.lists(WORDS).map("".join)))
def test_normalise_is_idempotent(name: str) -> None:
    assert normalise(normalise(name)) == normalise(name)


# ---------------------------------------------------------------- identity


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("OSCE", "Organization for Security and Co-operation in Europe"),
        ("the OSCE", "Organization for Security and Co-operation in Europe"),
        ("U.N.", "United Nations"),
        ("UN Security Council", "United Nations Security Council"),
        ("NATO", "NATO"),
        ("North Atlantic Treaty Organization", "NATO"),
        ("INTERPOL", "Interpol"),
        ("MERCOSUR", "Mercosur"),
        ("Unasur", "Union of South American Nations"),
        ("Turkic Council", "Organization of Turkic States"),
        ("world bank", "World Bank"),
        ("The World Bank Group", "World Bank Group"),
        ("G-20 major economies", "G20"),
        ("Group of Eight", "G8"),
        ("NATO\u00a0PA", "NATO Parliamentary Assembly"),
        ("PACE", "Parliamentary Assembly of the Council of Europe"),
    ],
)
def test_a_name_identifies(name: str, found: str) -> None:
    assert title(name) == found


@pytest.mark.parametrize(
    "name",
    [
        "",
        "(",
        "()",
        "the",
        "Who",
        "who",
        "nato",
        "NATO defence alliance",
        "member of NATO",
        "OSCE countries",
        "OSCE's",
        "Security Council",
        "Europe",
    ],
)
def test_other_words_identify_nobody(name: str) -> None:
    assert load().candidates(name) == ()
    assert load().identify(name) is None


@pytest.mark.parametrize(
    ("acronym", "among"),
    [
        ("ICC", "International Criminal Court"),
        ("ICC", "International Chamber of Commerce"),
        ("ICC", "International Cricket Council"),
        ("ADB", "Asian Development Bank"),
        ("ADB", "African Development Bank"),
        ("CAF", "Confederation of African Football"),
        ("EPPO", "European Public Prosecutor's Office"),
        ("CDB", "Caribbean Development Bank"),
        ("EAC", "East African Community"),
        ("AU", "African Union"),
    ],
)
def test_an_acronym_with_several_meanings_proves_nothing(acronym: str, among: str) -> None:
    assert title(acronym) is None
    assert among in [one.title for one in load().candidates(acronym)]
    assert title(f"{among} ({acronym})") == among
    assert title(f"{acronym} ({among})") == among


def test_an_acronym_that_two_lines_claim_is_ambiguous_without_a_mark() -> None:
    table = parse("Alpine Bank | | AB |\nArctic Bank | | AB |")
    assert [one.title for one in table.candidates("AB")] == ["Alpine Bank", "Arctic Bank"]
    assert table.identify("AB") is None


def test_a_name_that_two_lines_claim_is_ambiguous_and_has_no_spelling() -> None:
    table = parse("Bank of Letters | | | Letter Organization\nHall | | | Letter Organisation")
    assert len(table.candidates("letter organization")) == 2
    assert table.identify("Letter Organization") is None
    assert table.spelling("Letter organisation") is None


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Commonwealth of Independent States (CIS)", "Commonwealth of Independent States"),
        ("the North Atlantic Treaty Organisation (NATO)", "NATO"),
        ("NATO (North Atlantic Treaty Organization)", "NATO"),
        ("World Trade Organization (W.T.O.)", "World Trade Organization"),
        ("Commonwealth of Independent States (NATO)", None),
        ("World Health Organization (who)", None),
        ("Ministry of Magic (NATO)", None),
        ("NATO (Brussels)", None),
        ("NATO ()", None),
        ("NATO (North Atlantic Treaty Organization (NATO))", None),
        ("NATO (" * 10_000 + ")" * 10_000, None),
    ],
)
def test_name_with_acronym_in_brackets_is_one_name(name: str, found: str | None) -> None:
    assert title(name) == found


@pytest.mark.parametrize(
    "bodies",
    [
        ("Council of Europe", "European Council", "Council of the European Union"),
        ("CSCE", "OSCE", "OSCE Parliamentary Assembly", "OSCE Minsk Group"),
        ("Organisation of African Unity", "African Union"),
        ("GATT", "WTO"),
        ("World Bank", "World Bank Group", "IBRD", "IDA (International Development Association)"),
        ("NATO", "NATO Parliamentary Assembly", "North Atlantic Cooperation Council", "EAPC"),
        ("PACE", "Council of Europe", "European Parliament"),
        ("European Court of Justice", "European Court of Human Rights", "ICJ"),
        ("League of Nations", "United Nations"),
        ("Eurasian Economic Community", "Eurasian Economic Union", "Eurasian Economic Commission"),
        ("African Development Bank", "Asian Development Bank"),
        ("UN Human Rights Council", "United Nations Commission on Human Rights", "OHCHR"),
        ("Pan American Health Organization", "World Health Organization"),
        ("Trans-Pacific Partnership", "CPTPP"),
        ("Nordic Council", "Nordic Council of Ministers"),
    ],
)
def test_different_bodies_stay_apart(bodies: tuple[str, ...]) -> None:
    found = [title(body) for body in bodies]
    assert None not in found
    assert len(set(found)) == len(bodies)


# ---------------------------------------------------------------- mentions


def test_mentions_are_the_longest_names_with_their_places() -> None:
    text = (
        "Chair of the OSCE Parliamentary Assembly, the OSCE and the Council of the European Union."
    )
    assert named(text) == [
        ("OSCE Parliamentary Assembly", "OSCE Parliamentary Assembly"),
        ("OSCE", "Organization for Security and Co-operation in Europe"),
        ("Council of the European Union", "Council of the European Union"),
    ]
    assert [mention.as_acronym for mention in load().mentions(text)] == [False, True, False]


@pytest.mark.parametrize(
    "written",
    [
        "Organisation for Security and Cooperation in Europe",
        "Organization for Security & Co‑operation in Europe",
        "Organization\u00a0for Security and Co-operation in Europe",
        "O.S.C.E.",
    ],
)
def test_mentions_in_every_spelling(written: str) -> None:
    assert named(f"in the {written} as well") == [
        (written, "Organization for Security and Co-operation in Europe")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Who knows who signed it?",
        "the united nations of football and the paris club",
        "UNO UNSCR UNs NATOs XOSCE OSCE2 OSCE_x",
        "éOSCE OSCEé çUnited Nations United Nationsé",
        "the ICC, the ADB and the AU",
        "the NATO–Russia talks, the Pan-European Union, ISO 8859 and EU-27",
        "",
    ],
)
def test_no_mention(text: str) -> None:
    assert named(text) == []


def test_a_name_may_begin_a_compound_and_carry_a_possessive() -> None:
    assert named("NATO-led troops, the UN's seat, and the (EU)") == [
        ("NATO", "NATO"),
        ("UN", "United Nations"),
        ("EU", "European Union"),
    ]


def test_places_are_string_indices_in_any_script() -> None:
    text = "Қазақстан 🇰🇿 joined the OSCE – “déjà” – TÜRKSOY, the Visegrád Group, ЕС, \ud800 WHO."
    assert [written for written, _ in named(text)] == ["OSCE", "TÜRKSOY", "Visegrád Group", "WHO"]


def test_mentions_from_a_place_on() -> None:
    text = "é NATO, UNESCO"
    assert named(text, 3) == [("UNESCO", "UNESCO")]
    assert named(text, text.index("UNESCO")) == [("UNESCO", "UNESCO")]
    assert named(text, text.index("UNESCO") + 2) == []
    assert named(text, len(text)) == []


NAMES = st.sampled_from([name for one in load().all for name in (one.name, *one.acronyms)])
PIECES = st.one_of(NAMES, st.text(max_size=6), st.sampled_from([" ", ", the ", "–", "é", "\n* "]))


@given(st.lists(PIECES, max_size=12).map("".join))
def test_mentions_are_apart_in_order_and_identify_what_they_show(text: str) -> None:
    end = 0
    for mention in load().mentions(text):
        assert end <= mention.start < mention.end <= len(text)
        assert load().identify(text[mention.start : mention.end]) == mention.organisation
        end = mention.end


SPELLINGS = (
    lambda name: name,
    lambda name: name.replace("isation", "ization").replace("operation", "-operation"),
    lambda name: name.replace("-", " ").replace("and", "&"),
    lambda name: name.replace(" ", "\u00a0").replace("'", "’"),
    lambda name: ".".join(name) + ".",
    lambda name: f"é{name}",
    str.lower,
)


def test_a_finder_made_for_one_text_finds_what_that_of_all_names_does(
    of_all: Organisations,
) -> None:
    table = TABLE.read_text(encoding="utf-8")
    names = [name for one in of_all.all for name in (*one.names, one.name, *one.acronyms)]
    for number in range(0, len(names), 40):
        some = names[number : number + 40]
        text = ", ".join(spelt(name) for name in some for spelt in SPELLINGS)
        assert list(parse(table).mentions(text)) == list(of_all.mentions(text))


def test_many_short_pages_are_read_with_few_finders(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    real = organisations._finder

    def counted(patterns: Iterable[str]) -> object:
        made.append(real(patterns))
        return made[-1]

    monkeypatch.setattr(organisations, "_finder", counted)
    table = parse(TABLE.read_text(encoding="utf-8"))
    pages = [f"Town{number} joined the OSCE." for number in range(200)]
    assert all(len(list(table.mentions(page))) == 1 for page in pages)
    assert 1 < len(made) < 20


def test_every_pattern_is_bounded_and_the_longest_names_come_first() -> None:
    import re2

    patterns = load().name_patterns()
    assert len(patterns) == len(set(patterns))
    finder = re2.compile("|".join(patterns))
    assert finder.search("a member of the European Council on Foreign Relations")[0] == (
        "European Council on Foreign Relations"
    )
    assert finder.search("unNATOed") is None
    assert finder.search("World Health Organisations") is None


def test_the_packaged_table_is_read_once() -> None:
    assert isinstance(load(), Organisations)
    assert load() is load()
