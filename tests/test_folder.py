"""Pages from files, folders and standard input."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from bot.errors import RedpencilError, UnreadableText
from bot.model import Page
from bot.sites.folder import Folder, title_of
from bot.target import parse


def read(*names: object, standard_input: bytes = b"") -> list[Page | RedpencilError]:
    site = Folder(io.BytesIO(standard_input))
    return [page for _, page in site.pages([parse(str(name)) for name in names])]


@pytest.mark.parametrize(
    "content",
    ["", "one\r\ntwo\r\n", "one\rtwo", "\ufeffone\n", "e\u0301\u2028\x85\x0b\x0c", "🚀", "\ufffe"],
)
def test_a_text_is_its_bytes(tmp_path, content):
    file = tmp_path / "Page.wiki"
    file.write_bytes(content.encode())
    (page,) = read(file)
    assert isinstance(page, Page)
    assert page.text == content
    assert (page.source, page.revision, page.timestamp) == (str(file), None, None)


def test_standard_input():
    (page,) = read("-", standard_input=b"one\r\n")
    assert page == Page("standard input", "one\r\n", "-")
    assert len(read("-", "-", standard_input=b"one")) == 1


def test_a_folder_is_read_by_path_with_its_subfolders(tmp_path):
    for name in (
        "b.wiki",
        "a.txt",
        "sub/c.WIKI",
        "sub/deep/d.wiki",
        "notes.md",
        ".git/x.wiki",
        ".hidden.wiki",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    assert [page.text for page in read(tmp_path)] == [
        "a.txt",
        "b.wiki",
        "sub/c.WIKI",
        "sub/deep/d.wiki",
    ]


def test_a_file_named_twice_is_read_once(tmp_path):
    file = tmp_path / "a.wiki"
    file.write_text("a", encoding="utf-8")
    (tmp_path / "b.wiki").symlink_to(file)
    assert len(read(tmp_path, file, f"{tmp_path}/./a.wiki")) == 1
    assert len(read(f"{file}#History", f"{file}#Now")) == 2


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Foreign_relations.wiki", "Foreign relations"),
        ("Karvenia.text.wiki", "Karvenia.text"),
        ("Stellmark%2FHistory.wiki", "Stellmark/History"),
        ("100%25.txt", "100%"),
        ("Page", "Page"),
        (".wiki", ".wiki"),
        ("___.wiki", "___"),
    ],
)
def test_titles(name, title):
    assert title_of(Path(name)) == title


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"one\ntwo \xff", "byte 0xff at position 8 (line 2)"),
        (b"caf\xe9", "byte 0xe9 at position 3 (line 1)"),
        (b"\xff\xfeo\0", "byte 0xff at position 0"),
        (b"\xed\xa0\x80", "byte 0xed at position 0"),
    ],
)
def test_not_utf8(tmp_path, content, part):
    file = tmp_path / "Page.wiki"
    file.write_bytes(content)
    for wrong in (*read(file), *read("-", standard_input=content)):
        assert isinstance(wrong, UnreadableText)
        assert part in str(wrong)
    assert str(read(file)[0]).startswith(f"{file}: not UTF-8")


def test_one_bad_file_costs_only_itself(tmp_path):
    (tmp_path / "a.wiki").write_bytes(b"good")
    (tmp_path / "b.wiki").write_bytes(b"\xff")
    (tmp_path / "c.wiki").symlink_to(tmp_path / "nowhere")
    (tmp_path / "d.wiki").write_bytes(b"good too")
    pages = read(tmp_path)
    assert [type(page).__name__ for page in pages] == [
        "Page",
        "UnreadableText",
        "UnreadableText",
        "Page",
    ]
    assert "c.wiki: cannot be read: No such file" in str(pages[2])


def test_a_folder_without_pages(tmp_path):
    (wrong,) = read(tmp_path)
    assert isinstance(wrong, UnreadableText)
    assert "no .wiki or .txt file" in str(wrong)


def test_a_name_that_is_not_utf8_can_be_shown(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.wiki")).write_bytes(b"text")
    (page,) = read(tmp_path)
    assert isinstance(page, Page)
    assert (page.title, page.text) == ("caf\ufffd", "text")
    assert page.source.encode().endswith("caf\ufffd.wiki".encode())
