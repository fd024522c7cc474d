"""Targets become reports, one after the other, narrowed to the section that was asked for."""

from __future__ import annotations

import io
from datetime import date

import pytest

from bot import workflow
from bot.errors import RedpencilError, UsageError
from bot.model import Entered, Page, Source
from bot.sites.folder import Folder
from bot.target import parse
from tests.planted import PLANTED, TODAY

PAGE = """\
Lead wrongg.
== History ==
First wrongg.
=== Early ===
Early wrongg.
== Caf\u00e9 &amp; ''more'' ==
Caf\u00e9 wrongg.
== History ==
Second wrongg.
== 1990 ==
Nineties wrongg.
== History 3 ==
Literal wrongg.
"""


def checked(*names: object, section: str | None = None, standard_input: str = PAGE):
    """The words before each finding, and the troubles, of targets."""
    troubles: list[RedpencilError] = []
    reports = workflow.check(
        [parse(str(name)) for name in names],
        files=Folder(io.BytesIO(standard_input.encode())),
        section=section,
        trouble=troubles.append,
        today=TODAY,
        only=[PLANTED],
    )
    words = [
        report.page.text[: finding.span.start].split()[-1]
        for report in reports
        for finding in report.findings
    ]
    return words, [str(trouble) for trouble in troubles]


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        (None, ["Lead", "First", "Early", "Caf\u00e9", "Second", "Nineties", "Literal"]),
        ("0", ["Lead"]),
        ("History", ["First", "Early"]),
        ("history", ["First", "Early"]),
        ("History_2", ["Second"]),
        ("History 2", ["Second"]),
        ("History 3", ["Literal"]),
        ("Early", ["Early"]),
        ("1990", ["Nineties"]),
        ("3", ["Caf\u00e9"]),
    ],
)
def test_a_section_with_its_subsections(section, expected):
    assert checked("-", section=section) == (expected, [])


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_sections_whatever_ends_a_line(line_end):
    text = PAGE.replace("\n", line_end)
    assert checked("-", section="History_2", standard_input=text) == (["Second"], [])


def test_an_old_anchor_names_its_section():
    page = Page("Page", "== Caf\u00e9: a ==\ntext", "-")
    assert workflow.named_section(page, "Caf.C3.A9:_a").number == 1
    assert workflow.named_section(page, 1).number == 1


@pytest.mark.parametrize("name", ["Histor", "History 4", "99", "", 99])
def test_no_such_section_names_those_there_are(name):
    with pytest.raises(UsageError, match="it has: History; Early; Caf") as wrong:
        workflow.named_section(Page("Velmora", PAGE, "Velmora.wiki"), name)
    assert str(wrong.value).startswith(f"Velmora.wiki: there is no section {name!r}")


def test_a_page_without_sections_says_so():
    with pytest.raises(UsageError, match=r"Velmora: .*it has no sections"):
        workflow.named_section(Page("Velmora", "text", "-"), "History")


def test_a_target_may_name_its_own_section(tmp_path):
    (tmp_path / "a.wiki").write_text(PAGE, encoding="utf-8")
    assert checked(f"{tmp_path}/a.wiki#1990", "-", section="Early") == (["Nineties", "Early"], [])


def test_pages_of_a_folder_without_the_section_are_passed_over(tmp_path):
    (tmp_path / "a.wiki").write_text(PAGE, encoding="utf-8")
    (tmp_path / "b.wiki").write_text("wrongg", encoding="utf-8")
    assert checked(tmp_path, section="1990") == (["Nineties"], [])
    words, (trouble,) = checked(tmp_path, section="2000")
    assert words == []
    assert trouble == f"{tmp_path}: no page has a section '2000'"


def test_a_bad_target_costs_only_itself(tmp_path):
    (tmp_path / "a.wiki").write_bytes(b"good wrongg")
    (tmp_path / "b.wiki").write_bytes(b"\xff")
    (tmp_path / "c.wiki").write_bytes(b"nul \0")
    (tmp_path / "d.wiki").write_bytes(b"fine wrongg")
    words, troubles = checked(tmp_path, "Velmora", "https://en.wikipedia.org/wiki/A", "-")
    assert words[:2] == ["good", "fine"]
    assert len(words) == 9
    parts = [
        "b.wiki: not UTF-8",
        "c.wiki: a NUL character stands at character 4",
        "Velmora: is a page of a wiki (no file",
        "wiki/A: is a page of a wiki, and",
    ]
    assert len(troubles) == len(parts)
    for trouble, part in zip(troubles, parts, strict=True):
        assert part in trouble


def test_reports_come_one_by_one(tmp_path):
    (tmp_path / "a.wiki").write_text("one wrongg", encoding="utf-8")
    (tmp_path / "b.wiki").write_text("two wrongg", encoding="utf-8")
    reports = workflow.check(
        [parse(str(tmp_path))],
        files=Folder(),
        trouble=pytest.fail,
        today=TODAY,
        only=[PLANTED],
    )
    assert next(reports).page.title == "a"
    (tmp_path / "b.wiki").write_text("changed", encoding="utf-8")
    assert next(reports).page.text == "changed"


class Histories:
    """A wiki's knowledge that is its pages' histories, and evidence that writes down what it gets;
    both note what they are asked."""

    def __init__(self, **days: int) -> None:
        self.days = days
        self.asked: list[tuple[str, list[str]]] = []
        self.since: dict[str, Entered | None] = {}

    def entered(self, target, page, addresses):
        self.asked.append((page.title, list(addresses)))
        return {one: Entered(date(self.days[page.title], 1, 1)) for one in addresses}

    def needs_history(self, source: Source) -> bool:
        return source.accessed is None

    def facts(self, sources, addresses=(), *, known=None, added=None):
        self.since.update((one.url, added(one.url)) for one in sources)
        return known


def test_a_history_is_asked_for_once_a_page_and_only_of_undated_sources():
    def page(name: str, *links: str) -> workflow._Task:
        cited = "".join(
            f"<ref>{{{{cite web|title=T|url=http://x.example/{o}}}}}</ref>" for o in links
        )
        return workflow._Task(parse(name), Page(name, cited, name), (), {})

    tasks = [
        page("A", "1", "2", "1", "3|access-date=1 May 2014"),
        page("B", "3|access-date=1 May 2014"),
        page("C", "2", "4"),
    ]
    known = Histories(A=2015, C=2012)
    workflow._of_sources(tasks, known, known, {})
    assert known.asked == [
        ("A", ["http://x.example/1", "http://x.example/2"]),
        ("C", ["http://x.example/2", "http://x.example/4"]),
    ]
    assert known.since == {
        "http://x.example/1": Entered(date(2015, 1, 1)),
        # Two pages cite it without a date: the older day counts.
        "http://x.example/2": Entered(date(2012, 1, 1)),
        "http://x.example/3": None,
        "http://x.example/4": Entered(date(2012, 1, 1)),
    }
