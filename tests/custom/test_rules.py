"""Rules in TOML: what they find, what they leave alone, and why a wrong one is refused."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import custom, fixes
from bot.checker import check_page, look_again
from bot.checks import Check
from bot.custom import matching, rules
from bot.model import Page, Profile, Report, Safety, Severity
from tests.test_top_level import ROOT

TODAY = date(2026, 11, 23)


def written(more: str = "", example: str = 'finds = "teh end"', head: str = "") -> str:
    """A file with one rule, which finds "teh" unless told otherwise."""
    what = more if "words" in more or "pattern" in more else f'words = ["teh"]\n{more}'
    return (
        f"{head}\n[[rule]]\nname = \"typo\"\nmessage = 'it reads \\0'\n{what}\n"
        f"[[rule.example]]\n{example}\n"
    )


def read(text: str) -> list[Check]:
    found, refused = rules.read(text, "house.toml")
    assert refused == []
    return found


def refused(text: str) -> str:
    found, sentences = rules.read(text, "house.toml")
    assert found == []
    (sentence,) = sentences
    return sentence


def look(text: str, *checks: Check, **more) -> Report:
    report = check_page(Page("Page", text, "Page.wiki"), today=TODAY, only=checks, **more)
    assert report.skipped == ()
    return report


def found(text: str, *checks: Check, **more) -> list[str]:
    return [finding.span.of(text) for finding in look(text, *checks, **more).findings]


def mended(text: str, *checks: Check) -> str:
    report = look(text, *checks)
    chosen = fixes.choose(fixes.first_fixes(report.findings))
    result = fixes.apply(text, chosen.edits)
    options = {"today": TODAY, "only": checks}
    assert look_again(report, chosen.edits, result, **options) == []
    return result


# What is found


def test_the_example_that_is_printed_is_a_file_of_rules():
    checks = read(custom.EXAMPLE.read_text(encoding="utf-8"))
    assert [(check.family, check.name) for check in checks] == [
        ("house-style", "weasel-word"),
        ("house-style", "house-spelling"),
        ("house-style", "year-range"),
    ]


def test_the_rule_that_the_readme_shows_is_one():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(\[\[rule\]\]\n.*?)```", readme, re.DOTALL)
    assert [check.name for check in read(block)] == ["house-spelling"]


def test_the_example_says_all_that_can_be_said():
    from bot.custom import rule_file

    text = custom.EXAMPLE.read_text(encoding="utf-8")
    for keys in (rule_file._FILE, rule_file._RULE, rule_file._EXAMPLE):
        for key in keys:
            assert re.search(rf"\b{key}\b", text), key
    for place in (*rule_file.PLACES, *Safety, *Severity):
        assert getattr(place, "value", place) in text


def test_a_rule_is_a_check_like_others():
    (check,) = read(
        written('severity = "error"\nguideline = "MOS:TYPO"\nsure = "certain"\nreplacement = "the"')
    )
    (finding,) = look("Teh end, teh end of the tehran.", check).findings[1:]
    assert (finding.check, finding.family) == ("typo", "custom")
    assert finding.severity is Severity.ERROR
    assert finding.message == "it reads teh (MOS:TYPO; certain)"
    assert finding.fixes[0].safety is Safety.REVIEW
    assert finding.fixes[0].title == "Write “the”"


ALONE = {
    "quotation": "He said “teh end”.",
    "blockquote": "<blockquote>\nteh end\n</blockquote>",
    "title": "''teh end'' is a book.",
    "link": "[[teh]] end",
    "address": "https://example.org/teh and www.example.org/a-teh",
    "label": "See [https://example.org teh end] [mailto:a@b.example teh].",
    "template": "{{quote|teh end}} {{cite web|title=teh}}",
    "reference": "End.<ref>teh end</ref>",
    "comment": "End.<!-- teh -->",
    "nowiki": "<nowiki>teh</nowiki> <pre>teh</pre> <math>teh</math>",
    "heading": "== teh ==\nEnd.",
    "file": "[[File:teh.jpg|thumb]] [[Category:teh]]",
    "table": "{|\n| teh\n|}",
    "letters beside it": "tehran, bateh, teh2, téteh, tehé",
    "list of works": "== Bibliography ==\n* teh end",
    "single quotes": "He said 'teh end'.",
    "other quotes": "「teh」 or ‹teh›",
    "q": "<q>teh end</q>",
    "cite": "<cite>teh end</cite>",
    "code": "<code>teh</code> <kbd>teh</kbd> <del>teh</del>",
    "gallery": '<gallery caption="teh">\nFile:teh.jpg|A teh\n</gallery>',
    "image options": "[[File:a.jpg|thumb|alt=teh|An end]]",
    "value in a tag": '<span title="a > teh">x</span>',
    "mail and paths": "teh@a.example teh.org //teh C:\\teh a/teh/b",
    "redirect": "#REDIRECT [[teh]]",
    "parameter": "{{{teh|teh}}} {{#if:teh|teh}}",
    "variants": "-{teh}-",
    "entity": "te&#104; end",
    "markup inside": "t'''eh''' end",
}


@pytest.mark.parametrize("where", ALONE)
def test_it_leaves_alone(where):
    (check,) = read(written())
    assert found(ALONE[where], check) == []


SAID = {
    "teh end": ["teh"],
    "* teh end": ["teh"],
    "[[The end|teh end]]": ["teh"],
    "[[File:a.jpg|thumb|teh end]]": ["teh"],
    "'''teh''' end": ["teh"],
    "(teh) end—teh, teh": ["teh", "teh", "teh"],
    "A<ref>x</ref> teh end": ["teh"],
    "“No”, teh end": ["teh"],
}


@pytest.mark.parametrize("text", SAID)
def test_it_finds(text):
    (check,) = read(written())
    assert found(text, check) == SAID[text]


@pytest.mark.parametrize(
    ("where", "seen"),
    [
        ("quotations", {"quotation", "blockquote", "single quotes", "other quotes", "q"}),
        ("titles", {"title", "label", "cite"}),
        ("headings", {"heading"}),
    ],
)
def test_it_looks_elsewhere_when_it_says_so(where, seen):
    (check,) = read(written(f'where = ["{where}"]', ALONE_EXAMPLES[where]))
    assert {name for name, text in ALONE.items() if found(text, check)} == seen


ALONE_EXAMPLES = {
    "quotations": "finds = 'He said “teh end”.'",
    "titles": "finds = \"''teh end''\"",
    "headings": 'finds = "== teh =="',
}


def test_titles_beside_prose_are_also_labels_and_lists_of_works():
    (check,) = read(written('where = ["prose", "titles"]'))
    seen = {name for name, text in ALONE.items() if found(text, check)}
    assert seen == {"title", "label", "list of works", "cite"}


def test_the_source_is_the_wikitext_itself():
    (check,) = read(written('where = ["source"]'))
    seen = {name for name, text in ALONE.items() if found(text, check)}
    assert {"template", "reference", "address", "label", "table", "link"} <= seen
    assert seen.isdisjoint({"comment", "nowiki", "file", "letters beside it", "heading"})
    assert found("A.\n\n== B ==\nC.<ref>teh</ref>\n\n== D ==\nE.", check) == ["teh"]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("teh Teh TEH", "the The The"),
        ("in  order\nto see", "to see"),
        ("In order to see", "To see"),
        ("needless to say, it is", "obviously, it is"),
    ],
)
def test_words_are_mended_with_their_capital(text, result):
    table = '{"teh" = "the", "in order to" = "to", "needless to say" = "obviously"}'
    (check,) = read(written(f"words = {table}"))
    assert mended(text, check) == result


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        (["the man", "the"], "the mane, the man, then the", ["the", "the man", "the"]),
        (["a b", "b c"], "a b c, b c", ["a b", "b c"]),
        (["a b", "b c"], "aa b c", ["b c"]),
        (["aa"], "aaa aa aaaa", ["aa"]),
        (["naïve", "naïf"], "Naïve naïfs naïf", ["Naïve", "naïf"]),
        (["भाषा"], "भाषा भाषाएँ", ["भाषा"]),
        (["e.g."], "e.g. this, e.g., that", ["e.g.", "e.g."]),
        (["в случае"], "В случае", ["В случае"]),
    ],
)
def test_words_are_whole_words(words, text, expected):
    rule = f"words = {json.dumps(words)}"
    (check,) = read(written(rule, f"finds = {json.dumps(words[0])}"))
    assert found(text, check) == expected


def test_case_counts_when_it_is_said():
    (check,) = read(written("ignore-case = false"))
    assert found("Teh teh TEH", check) == ["teh"]
    (check,) = read(written('pattern = "teh"\nignore-case = true'))
    assert found("Teh teh", check) == ["Teh", "teh"]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("It is a teh bridge.", "It is a bridge."),
        ("A bridge teh.", "A bridge."),
        ("teh bridge", " bridge"),
        ("A bridge teh\nand", "A bridge\nand"),
    ],
)
def test_what_is_left_out_leaves_no_second_blank(text, result):
    (check,) = read(written('replacement = ""'))
    assert mended(text, check) == result


def test_groups_of_a_pattern():
    (check,) = read(
        written(
            "pattern = '(\\d+) ?(km|m)\\b'\nreplacement = '\\2: \\1 \\\\ \\9'",
            "finds = '5 km'\nfixed = 'km: 5 \\ '",
        )
    )
    (finding,) = look("It is 12km away", check).findings
    assert finding.message.startswith("it reads 12km")
    assert finding.fixes[0].edits[0].new == "km: 12 \\ "


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("^teh", "A\n\nteh end", ["teh"]),
        ("end$", "teh end\n\n* an end", ["end", "end"]),
        (r"\Ateh", "* teh end", ["teh"]),
        (r"\bteh\b", "* '''teh''' [[A|teh]] teh", ["teh", "teh", "teh"]),
        ("č+", "háček č", ["č", "č"]),
        ("x*", "teh axx", ["xx"]),
    ],
)
def test_patterns_see_a_paragraph_as_it_is_read(pattern, text, expected):
    rule = written(f"pattern = '{pattern}'", f"finds = {json.dumps(text)}")
    if pattern == "x*":
        assert "matches where nothing stands" in refused(rule)
        return
    (check,) = read(rule)
    assert found(text, check) == expected


def test_rules_of_a_wiki_and_of_a_language():
    (check,) = read(written(head='wikis = ["en.wikipedia.org"]\nlanguages = ["en"]'))
    here = Profile("en", "en.wikipedia.org")
    assert found("teh", check, profile=here) == ["teh"]
    assert found("teh", check, profile=Profile("en", "de.wikipedia.org")) == []
    assert found("teh", check, profile=Profile("de", "en.wikipedia.org")) == []
    assert found("teh", check) == []
    (check,) = read(written('wikis = ["a.example"]', head='wikis = ["b.example"]'))
    assert found("teh", check, profile=Profile(wiki="a.example")) == ["teh"]


def test_a_version_is_that_of_what_is_written():
    (one,), (same,), (other,) = (
        read(text)
        for text in (written(), "# a comment\n" + written(), written('severity = "error"'))
    )
    assert one.version == same.version != other.version
    (elsewhere,) = read(written(head='wikis = ["a.example"]'))
    assert elsewhere.version != one.version


def test_it_explains_itself():
    (check,) = read(
        written('why = "It is wrong."\nreplacement = "the"', 'finds = "teh"\nfixed = "the"')
    )
    assert check.summary == "it reads …"
    for part in ("Why\n    It is wrong.", "    teh\n    → the", "A rule of house.toml:2"):
        assert part in check.documentation


# What is refused

REFUSED = {
    "no TOML": ("[[rule", r"house\.toml: is no TOML: "),
    "no rule": ("family = 'x'", r"house\.toml:1: has no \[\[rule\]\]"),
    "an unknown key": (
        written("\ncolour = 1"),
        r":7: rule typo: colour is unknown; there are name",
    ),
    "an unknown key of the file": (written(head="colour = 1"), r":1: colour is unknown"),
    "an unknown key of an example": (
        written(example='finds = "teh"\ncolour = 1'),
        r":9: rule typo: colour is unknown; there are finds",
    ),
    "a wrong value": (written("severity = 'bad'"), r":6: rule typo: severity must be one of adv"),
    "a wrong family": (written(head="family = 'stale'"), r":1: family must be a name"),
    "no name": ("[[rule]]\nmessage = 'm'", r":1: rule number 1: name is missing"),
    "a bad name": ("\n[[rule]]\nname = 'A b'", r":3: rule A b: name must be a name in small"),
    "no message": ("[[rule]]\nname = 'a'", r":1: rule a: message is missing"),
    "no example": (
        "[[rule]]\nname = 'a'\nmessage = 'm'\nwords = ['x']",
        r":1: rule a: example is missing",
    ),
    "no example that finds": (
        written(example='clean = "x"'),
        r":2: rule typo: there must be an example in which",
    ),
    "words and a pattern": (
        written('words = ["a"]\npattern = "a"'),
        r":2: rule typo: there must be either words or a pattern",
    ),
    "a replacement twice": (
        written('words = {"teh" = "the"}\nreplacement = "x"'),
        r":6: rule typo: replacement is told by the table",
    ),
    "no RE2": (written(r"pattern = '(?=teh)'"), r"RE2 refuses its pattern: invalid perl operator"),
    "a back reference": (written(r"pattern = '(a)\1'"), r"RE2 refuses its pattern"),
    "a huge pattern": (
        written("pattern = '((a{100}){100}){100}'"),
        r"RE2 refuses its pattern: (?:bad|invalid) repetition|too large",
    ),
    "a long pattern": (written(f"pattern = '{'a' * 1001}'"), r"longer than 1,000 characters"),
    "nothing matched": (written("pattern = 'a?'"), r"its pattern matches where nothing stands"),
    "an example that finds nothing": (
        written(example='finds = "fine"'),
        r":7: rule typo: nothing is found in its example “fine”",
    ),
    "an example that is not clean": (
        written(example='finds = "teh"\n[[rule.example]]\nclean = "a teh"'),
        r":9: rule typo: its example is said to be clean, but “teh” is found",
    ),
    "an example that is mended otherwise": (
        written('replacement = "the"', 'finds = "teh end"\nfixed = "a end"'),
        r":7: rule typo: its example is mended to “the end”, not to “a end”",
    ),
    "an example that is not mended": (
        written(example='finds = "teh"\nfixed = "the"'),
        r":7: rule typo: its example says fixed, but the rule has no replacement",
    ),
    "an example that is mended for ever": (
        written('replacement = "teh teh"', 'finds = "teh"\nfixed = "teh teh"'),
        r":7: rule typo: what it mends is found again",
    ),
    "an example that is both": (
        written(example='finds = "teh"\nclean = "x"'),
        r":7: rule typo: an example has either finds or clean",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused_with_file_line_and_rule(what):
    text, why = REFUSED[what]
    sentence = refused(text)
    assert re.search(why, sentence), sentence
    assert sentence.startswith("house.toml")


def test_one_that_is_refused_costs_the_others_nothing():
    second = written().replace('"typo"', '"other"').replace("finds", "clean")
    third = written().replace('"typo"', '"third"')
    checks, sentences = rules.read(written() + second + third + third, "house.toml")
    assert [check.name for check in checks] == ["typo", "third"]
    assert [sentence.partition(";")[0] for sentence in sentences] == [
        "house.toml:10: rule other: there must be an example in which the rule finds something",
        "house.toml:26: rule third: another rule has this name",
    ]


def test_rules_that_are_written_in_one_line_are_named_too():
    line = 'rule = [{name = "typo", message = "m", words = ["teh"], example = [{finds = "fine"}]}]'
    assert refused(f"\n{line}").startswith("house.toml:2: rule typo: nothing is found")


# Time


def test_a_rule_that_takes_too_long_for_a_page_is_told_and_costs_the_others_nothing(monkeypatch):
    slow, quick = read(written() + written().replace('"typo"', '"quick"'))
    clock = iter([1.0, 2.0, 9.0])
    real = matching.time.monotonic
    monkeypatch.setattr(matching.time, "monotonic", lambda: next(clock, None) or real())
    report = check_page(Page("Page", "teh teh teh", "x"), today=TODAY, only=(slow, quick))
    (skipped,) = report.skipped
    assert (skipped.check, skipped.failed) == ("typo", True)
    assert "longer than 2 s" in skipped.reason
    assert {finding.check for finding in report.findings} == {"typo", "quick"}


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|aa)+b", "(.*)(.*)(.*)b", "(a|a|a|a)*b"])
def test_a_pattern_that_would_explode_elsewhere_does_not(pattern):
    """With `re`, each of these would take longer than the universe has lasted."""
    (check,) = read(written(f"pattern = '{pattern}'", "finds = 'aab'"))
    assert found("a" * 20_000, check) == []


# Whatever stands in a page

MARKUP = "teh Teh end . , * # == [[ ]] | {{ }} '' ''' “ ” \" <ref> </ref> <!-- --> é &nbsp;".split()
MARKUP += [
    " ",
    "\n",
    "\n\n",
    "\n* ",
    "in order to",
    "in  order\nto",
    "[[a|teh]]",
    "https://a.example/",
]
PIECES = st.lists(st.sampled_from(MARKUP), max_size=30)


@given(PIECES, st.sampled_from(["prose", "quotations", "titles", "headings", "source"]))
def test_a_trigger_loses_nothing_and_every_fix_is_of_the_page(pieces, where):
    text = "".join(pieces)
    example = "finds = \"== teh ==\\n“teh” ''teh'' teh\""
    (words,) = read(
        written(f'words = {{"teh" = "the", "in order to" = "to"}}\nwhere = ["{where}"]', example)
    )
    (pattern,) = read(
        written(f"pattern = '(?:t|T)eh\\b'\nwhere = [\"{where}\"]", example).replace(
            "typo", "other"
        )
    )
    page = Page("Page", text, "x")
    for check in (words, pattern):
        always = dataclasses.replace(check, trigger="")
        report = check_page(page, today=TODAY, only=[check])
        assert report == check_page(page, today=TODAY, only=[always])
        for finding in report.findings:
            for fix in finding.fixes:
                fixes.apply(text, fix.edits)
