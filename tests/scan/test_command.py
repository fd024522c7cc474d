"""`redpencil scan` as a person types it: what it writes, how it goes on, what it refuses."""

from __future__ import annotations

import bz2
import csv
import errno
import gzip
import io
import json
import re
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from click.testing import CliRunner, Result

from bot import custom
from bot.cli import main
from bot.scan import outputs
from bot.scan.unpacking import zstd
from tests.scan.dump_files import (
    PACKINGS,
    Written,
    multistream,
    noise,
    packed,
    quoted,
    wiki_pages,
    xml,
)

TODAY = ["--today", "2026-11-23"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["scan", *map(str, arguments), *TODAY])


def started(*arguments: object, **options: Any) -> subprocess.Popen[str]:
    """The command as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "scan", *map(str, arguments), *TODAY],
        cwd=Path(__file__).parent.parent.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def records(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content(file).splitlines()]


def content(file: Path) -> bytes:
    if file.suffix == ".zst":
        with zstd().open(file) as packed_file:
            return bytes(packed_file.read())
    return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    file = tmp_path / "wiki.xml.zst"
    file.write_bytes(packed(xml(wiki_pages()), "zst"))
    return file


def test_findings_are_written_in_every_form(dump: Path, tmp_path: Path) -> None:
    names = ("f.jsonl", "f.jsonl.zst", "f.jsonl.gz", "f.parquet", "counts.csv", "worklist.txt")
    outputs = [tmp_path / name for name in names]
    result = run(dump, *(word for output in outputs for word in ("--output", output)))
    assert (result.exit_code, result.stdout) == (1, "")
    plain, *others, table, counts, worklist = outputs
    found = records(plain)
    assert [content(other) for other in others] == [content(plain)] * 2
    number, pages = len(found), len({each["page"] for each in found})
    assert f"{number} findings on {pages} of them" in result.stderr
    assert {"page", "revision", "check", "start", "end", "message", "fixes"} <= found[0].keys()
    rows = pyarrow.parquet.read_table(table).to_pylist()
    assert [{name: row[name] for name in ("page", "check", "start", "text")} for row in rows] == [
        {name: each[name] for name in ("page", "check", "start", "text")} for each in found
    ]
    assert [json.loads(row["fixes"]) for row in rows] == [each["fixes"] for each in found]
    counted = Counter(each["check"] for each in found)
    told: Counter[str] = Counter()
    for row in csv.DictReader(io.StringIO(counts.read_text())):
        told[row["check"]] += int(row["findings"])
    assert told == counted
    titles = re.findall(r"^\[\[(.+)\]\]$", worklist.read_text(), re.MULTILINE)
    assert titles == list(dict.fromkeys(each["page"] for each in found))
    left = {file.name for file in tmp_path.iterdir()} - {".home", dump.name}
    assert left == set(names)


def test_redirects_count_wherever_they_stand_in_the_dump(dump: Path) -> None:
    result = run(dump, "--check", "duplicate-entry", "--workers", 2)
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert {each["page"] for each in found} == {f"Country {n}" for n in range(0, 40, 5)}


@pytest.mark.parametrize("packing", [*PACKINGS, "multistream", "parquet"])
def test_every_packing_gives_the_same_findings(packing: str, dump: Path, tmp_path: Path) -> None:
    expected = run(dump).stdout
    file = tmp_path / "other"
    if packing == "multistream":
        file, _ = multistream(tmp_path, wiki_pages())
    elif packing == "parquet":
        assert run(dump, "--to-parquet", file).exit_code == 0
    else:
        file.write_bytes(packed(xml(wiki_pages()), packing))
    result = run(file.as_uri(), "--workers", 2)
    assert result.stdout == expected
    assert len(expected.splitlines()) > 20


def without_revisions(result: Result) -> list[dict[str, Any]]:
    """The findings; a test's dumps count their revisions from 1."""
    return [{**json.loads(line), "revision": 0} for line in result.stdout.splitlines()]


def test_several_dumps_are_one_wiki(tmp_path: Path) -> None:
    pages = wiki_pages()
    for number, some in enumerate((pages, pages[:20], pages[20:])):
        (tmp_path / f"{number}.xml").write_bytes(xml(some))
    whole, first, second = (tmp_path / f"{number}.xml" for number in range(3))
    assert without_revisions(run(first, second)) == without_revisions(run(whole))
    second.write_bytes(xml(pages[20:], base="https://de.wikipedia.org/wiki/Hauptseite"))
    result = run(first, second)
    assert result.exit_code == 2
    assert "of different wikis" in result.stderr


def test_what_is_asked_for_is_what_is_looked_at(dump: Path) -> None:
    only = run(dump, "--check", "stale", "--severity", "warning", "--limit", 3)
    found = [json.loads(line) for line in only.stdout.splitlines()]
    assert {each["family"] for each in found} == {"stale"}
    assert list(dict.fromkeys(each["page"] for each in found)) == [
        "Country 0",
        "Country 3",
        "Country 6",
    ]
    assert run(dump, "--namespace", 4).exit_code == 0
    assert run(dump, "--skip", "stale", "--skip", "duplicates", "--skip", "archives").stdout == ""


# Going on


def many(number: int = 400) -> list[Written]:
    """A wiki big enough to be interrupted in the middle."""
    rest = noise(20_000)
    return [
        Written(f"Country {n}", f"Since 2014, X{n} has been bidding for a seat in 2018.\n\n{rest}")
        for n in range(number)
    ]


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("big") / "big.xml"
    file.write_bytes(xml(many()))
    return file


@pytest.fixture(scope="module")
def of_big(big: Path) -> str:
    """What a scan says of the big one, in one go."""
    return run(big, "--check", ONE).stdout


#: One check is enough to see where a scan goes on.
ONE = "stale-ongoing"


def lines_written(journal: Path) -> int:
    return journal.stat().st_size if journal.exists() else 0


@pytest.mark.parametrize(
    ("number", "packing"),
    [(signal.SIGINT, "xml"), (signal.SIGTERM, "zst"), (signal.SIGKILL, "bz2")],
)
def test_an_ended_scan_goes_on_where_it_was(
    number: signal.Signals, packing: str, big: Path, of_big: str, tmp_path: Path
) -> None:
    file = tmp_path / "dump"
    file.write_bytes(packed(big.read_bytes(), packing))
    output = tmp_path / "found.jsonl"
    asked = (file, "--output", output, "--check", ONE)
    journal = tmp_path / "found.jsonl.journal"
    process = started(*asked, "--workers", 1)
    while not lines_written(journal) and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    if number != signal.SIGKILL:
        assert process.returncode == 128 + number
        assert "--resume goes on" in said
        assert lines_written(journal) > 0
    assert not output.exists()
    if (tmp_path / "found.jsonl.progress").exists():
        again = run(*asked)
        assert again.exit_code == 2
        assert "--resume goes on with it" in again.stderr
        other = run(file, "--output", output, "--check", "archives", "--resume")
        assert other.exit_code == 2
        assert "asked for other checks" in other.stderr
    result = run(*asked, "--resume", "--workers", 2)
    assert result.exit_code == 1
    assert content(output).decode() == of_big
    assert not journal.exists()


def test_workers_end_with_the_scan(big: Path, tmp_path: Path) -> None:
    process = started(big, "--output", tmp_path / "found.jsonl", "--workers", 2)
    workers: list[int] = []
    while len(workers) < 2 and process.poll() is None:
        workers = [pid for pid, parent in processes() if parent == process.pid and is_worker(pid)]
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 20
    while any(Path("/proc", str(pid)).exists() for pid in workers):
        assert time.monotonic() < deadline, "a worker outlived its scan"
        time.sleep(0.05)


def processes() -> list[tuple[int, int]]:
    """Every process with its parent."""
    found = []
    for state in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = state.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            found.append((int(state.parent.name), int(fields[1])))
    return found


def is_worker(pid: int) -> bool:
    try:
        return b"spawn_main" in Path("/proc", str(pid), "cmdline").read_bytes()
    except OSError:
        return False


def test_a_dump_that_was_cut_off_goes_on_when_it_is_whole(
    big: Path, of_big: str, tmp_path: Path
) -> None:
    file, output = tmp_path / "dump.xml.bz2", tmp_path / "found.jsonl.zst"
    whole = packed(big.read_bytes(), "bz2")
    file.write_bytes(whole[: len(whole) // 2])
    asked = (file, "--output", output, "--check", ONE)
    result = run(*asked)
    assert result.exit_code == 3
    assert re.search(rf"{file}: is damaged or cut off at byte [\d,]+", result.stderr)
    assert "--resume goes on" in result.stderr
    assert run(*asked, "--resume").exit_code == 3  # no better yet, and nothing is lost
    file.write_bytes(whole)
    assert run(*asked, "--resume").exit_code == 1
    assert content(output).decode() == of_big


def test_a_full_disk_is_told_and_nothing_is_lost(big: Path, of_big: str, tmp_path: Path) -> None:
    output = tmp_path / "found.jsonl"

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, resource.RLIM_INFINITY))

    process = started(big, "--output", output, "--check", ONE, preexec_fn=little_room)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "cannot be written: File too large" in said
    assert "--resume goes on" in said
    assert run(big, "--output", output, "--check", ONE, "--resume").exit_code == 1
    assert content(output).decode() == of_big


@pytest.mark.parametrize("packing", ["xml", "bz2"])
def test_a_damaged_dump_is_scanned_up_to_there_with_every_check(
    packing: str, tmp_path: Path
) -> None:
    """The redirects behind the damage are not known then, so all is told anew when it is whole."""
    pages = [*many(60), *wiki_pages()]
    whole = packed(xml(pages), packing)
    file, output = tmp_path / "dump", tmp_path / "found.jsonl"
    file.write_bytes(whole)
    expected = run(file).stdout
    file.write_bytes(whole[: len(whole) * 99 // 100])
    result = run(file, "--output", output)
    assert result.exit_code == 3
    assert "no redirect behind that is known" in result.stderr
    assert "--resume goes on" in result.stderr
    assert lines_written(tmp_path / "found.jsonl.journal")
    file.write_bytes(whole)
    result = run(file, "--output", output, "--resume")
    assert (result.exit_code, content(output).decode()) == (1, expected)
    assert "it begins anew" in result.stderr


@pytest.fixture
def cut_off(big: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A dump that was cut off, with the output of a scan that ended there."""
    file, output = tmp_path / "dump.xml", tmp_path / "found.jsonl"
    file.write_bytes(big.read_bytes()[:5_000_000])
    assert run(file, "--output", output, "--check", ONE).exit_code == 3
    return file, output


def test_another_dump_of_the_same_name_is_not_gone_on_with(cut_off: tuple[Path, Path]) -> None:
    file, output = cut_off
    file.write_bytes(xml([Written("New", "As of 2014, it has 41 embassies."), *many(300)]))
    result = run(file, "--output", output, "--check", ONE, "--resume")
    assert result.exit_code == 2
    assert "this is another dump" in result.stderr
    file.write_bytes(xml(many(100)))
    result = run(file, "--output", output, "--check", ONE, "--resume")
    assert result.exit_code == 2
    assert "or less of it" in result.stderr
    assert not output.exists()


def test_another_multistream_dump_or_table_is_not_gone_on_with(tmp_path: Path) -> None:
    file, _ = multistream(tmp_path, many(90))
    whole = file.read_bytes()
    output = tmp_path / "found.jsonl"
    file.write_bytes(whole[: len(whole) * 9 // 10])
    asked = (file, "--output", output, "--check", ONE)
    assert run(*asked).exit_code == 3
    multistream(tmp_path, [Written("New", noise(999)), *many(120)])
    result = run(*asked, "--resume")
    assert result.exit_code == 2
    assert "this is another dump" in result.stderr
    multistream(tmp_path, many(3))
    result = run(*asked, "--resume")
    assert result.exit_code == 2
    assert "or less of it" in result.stderr


def test_a_scan_of_several_dumps_goes_on_after_one_that_was_cut_off(tmp_path: Path) -> None:
    first, second, output = (tmp_path / name for name in ("1.xml", "2.xml", "found.jsonl"))
    one, two = xml(many(200)), xml([Written(f"Other {n}", page.text) for n, page in
                                    enumerate(many(200))])  # fmt: skip
    first.write_bytes(one)
    second.write_bytes(two)
    asked = (first, second, "--check", ONE)
    expected = run(*asked).stdout
    first.write_bytes(one[:3_000_000])
    assert run(*asked, "--output", output).exit_code == 3
    first.write_bytes(one)
    second.write_bytes(two[:3_000_000])
    assert run(*asked, "--output", output, "--resume").exit_code == 3
    second.write_bytes(two)
    assert run(*asked, "--output", output, "--resume").exit_code == 1
    assert content(output).decode() == expected


def test_a_scan_as_of_another_wiki_is_not_gone_on_with(
    big: Path, cut_off: tuple[Path, Path]
) -> None:
    file, output = cut_off
    file.write_bytes(big.read_bytes())
    other = ("--resume", "--site", "de.wikipedia.org")
    result = run(file, "--output", output, "--check", ONE, *other)
    assert result.exit_code == 2
    assert "asked for other site" in result.stderr


def test_rules_that_changed_are_asked_of_every_page(
    big: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = """\
        [[rule]]
        name = "house-{0}"
        message = "not so"
        words = {{ "{1}" = "two" }}
        [[rule.example]]
        finds = "A {1} here."
        """
    rules = tmp_path / "rules.toml"
    rules.write_text(rule.format("style", "Since"))
    monkeypatch.setenv("REDPENCIL_RULES", str(rules))
    file, output = tmp_path / "dump.xml", tmp_path / "found.jsonl"
    file.write_bytes(big.read_bytes()[:5_000_000])
    asked = (file, "--output", output, "--check", "house-style")
    custom.forget()
    assert run(*asked).exit_code == 3
    file.write_bytes(big.read_bytes())
    rules.write_text(rule.format("style", "bidding"))
    custom.forget()
    result = run(*asked, "--resume")
    assert "it begins anew" in result.stderr
    assert {each["text"] for each in records(output)} == {"bidding"}
    assert len(records(output)) == 400
    monkeypatch.undo()
    custom.forget()


def test_two_scans_with_one_output_do_not_mix(big: Path, of_big: str, tmp_path: Path) -> None:
    output = tmp_path / "found.jsonl"
    journal = tmp_path / "found.jsonl.journal"
    asked = (big, "--output", output, "--check", ONE)
    first = started(*asked, "--workers", 1)
    while not lines_written(journal) and first.poll() is None:
        time.sleep(0.01)
    first.send_signal(signal.SIGSTOP)
    second = run(*asked, "--resume")
    first.send_signal(signal.SIGCONT)
    assert second.exit_code == 2
    assert "another scan with this output is under way" in second.stderr
    first.communicate(timeout=60)
    assert first.returncode == 1
    assert content(output).decode() == of_big
    assert {file.name for file in tmp_path.iterdir()} - {".home"} == {"found.jsonl"}


def test_a_scan_that_found_out_nothing_leaves_nothing_behind(tmp_path: Path) -> None:
    file, index = multistream(tmp_path, many(30))
    right = index.read_bytes()
    index.write_bytes(bz2.compress(b"".join(bz2.decompress(right).splitlines(True)[15:])))
    output = tmp_path / "found.jsonl"
    result = run(file, "--output", output, "--check", ONE)
    assert result.exit_code == 2
    assert f"{index}: begins with byte " in result.stderr
    assert "pages stand before that" in result.stderr
    assert {each for each in tmp_path.iterdir() if each.suffix} == {file, index}
    index.write_bytes(right)
    assert run(file, "--output", output, "--check", ONE).exit_code == 1


def test_a_journal_that_is_gone_is_told(cut_off: tuple[Path, Path]) -> None:
    file, output = cut_off
    output.with_name("found.jsonl.journal").unlink()
    result = run(file, "--output", output, "--check", ONE, "--resume")
    assert result.exit_code == 2
    assert "what was found before is gone" in result.stderr


# What it writes


def test_the_dump_is_never_overwritten(dump: Path, tmp_path: Path) -> None:
    before = dump.read_bytes()
    table = tmp_path / "pages.parquet"
    assert run(dump, "--to-parquet", table).exit_code == 0
    pages = table.read_bytes()
    for arguments in ((dump, "--to-parquet", dump), (table, "--output", table)):
        result = run(*arguments)
        assert result.exit_code == 2
        assert "is the dump itself" in result.stderr
    assert (dump.read_bytes(), table.read_bytes()) == (before, pages)


def test_outputs_that_cannot_be_written_are_told_before_hours_are_spent(
    dump: Path, tmp_path: Path
) -> None:
    good, folder = tmp_path / "found.jsonl", tmp_path / "folder.csv"
    folder.mkdir()
    for bad, why in ((folder, "Is a directory"), (tmp_path / "no" / "a.txt", "No such file")):
        result = run(dump, "--output", good, "--output", bad)
        assert result.exit_code == 2
        assert f"{bad}: cannot be written: {why}" in result.stderr
        assert "findings" not in result.stderr
        assert "--resume" not in result.stderr
    result = run(dump, "--to-parquet", tmp_path / "no" / "pages.parquet")
    assert f"{tmp_path}/no/pages.parquet: cannot be written: No such file" in result.stderr
    left = {file.name for file in tmp_path.iterdir()} - {".home"}
    assert left == {dump.name, folder.name}


def test_an_output_that_could_not_be_written_at_last_is_made_by_resume(
    dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = run(dump).stdout
    output = tmp_path / "found.jsonl"

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setitem(outputs._KINDS, ".jsonl", full)
        result = run(dump, "--output", output)
    assert result.exit_code == 2
    assert f"{output}: cannot be written: No space left on device" in result.stderr
    assert "--resume writes it" in result.stderr
    assert run(dump, "--output", output, "--resume").exit_code == 1
    assert content(output).decode() == expected


def test_a_table_that_cannot_be_finished_leaves_nothing_behind(dump: Path, tmp_path: Path) -> None:
    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, resource.RLIM_INFINITY))

    table = tmp_path / "pages.parquet"
    process = started(dump, "--to-parquet", table, preexec_fn=little_room)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert f"{table}: cannot be written: File too large" in said
    assert {file.name for file in tmp_path.iterdir()} - {".home"} == {dump.name}


def test_a_table_of_a_dump_that_is_cut_off_says_how_many_pages_it_has(
    dump: Path, tmp_path: Path
) -> None:
    dump.write_bytes(packed(xml(wiki_pages())[:-500], "zst"))
    table = tmp_path / "pages.parquet"
    result = run(dump, "--to-parquet", table)
    assert result.exit_code == 3
    number = pyarrow.parquet.read_metadata(table).num_rows
    assert f"{table} holds the {number} pages before" in result.stderr


def test_a_scan_needs_no_place_to_remember_redirects(
    dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = run(dump).stdout
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    result = run(dump)
    assert (result.exit_code, result.stdout) == (1, expected)
    assert "the next scan looks again" in result.stderr


# What is set aside


def test_reasons_are_told_where_no_output_holds_them(tmp_path: Path) -> None:
    broken = xml([Written("Bad", "As of 2014, it has é embassies.")]).replace(b"\xc3\xa9", b"\xe9")
    file = tmp_path / "dump.xml"
    file.write_bytes(broken)
    result = run(file, "--output", tmp_path / "worklist.txt")
    place = broken.index(b"<page>")
    assert f"Bad (byte {place:,}): its text is no UTF-8" in result.stderr
    assert "no UTF-8" not in run(file, "--output", tmp_path / "found.jsonl").stderr


def test_a_dump_of_stubs_is_refused(tmp_path: Path) -> None:
    stub = re.sub(
        r'<text bytes="(\d+)"[^/]*?>.*?</text>',
        r'<text bytes="\1" sha1="phoiac" location="tt:1" id="1" />',
        xml([Written("A", "As of 2014, it has 41 embassies.")]).decode(),
    )
    file = tmp_path / "dump.xml"
    file.write_text(stub)
    result = run(file)
    assert result.exit_code == 2
    assert "dump of stubs" in result.stderr


def test_bad_pages_are_set_aside_and_the_rest_is_scanned(tmp_path: Path) -> None:
    good = Written("Good", "As of 2014, it has 41 embassies.")
    bad = Written("Bad", "As of 2014, it has é embassies.")
    broken = xml([good, bad, good]).replace("é".encode(), b"\xe9")
    file = tmp_path / "dump.xml"
    file.write_bytes(broken)
    result = run(file)
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [each["page"] for each in found] == ["Good", "Bad", "Good"]
    assert found[1]["set_aside"].startswith("its text is no UTF-8")
    assert broken[found[1]["place"] :].startswith(b"<page>\n    <title>Bad</title>")
    assert result.exit_code == 3
    assert "1 page set aside" in result.stderr


SIZE = 100_000
HOSTILE = {
    "unclosed templates": "{{" * SIZE,
    "unclosed links": "[[" * SIZE,
    "unclosed arguments": "{{{" * SIZE,
    "both": "[[{{" * SIZE,
    "nested templates": "{{a|" * SIZE + "}}" * SIZE,
    "nested files": "[[File:a|" * SIZE + "]]" * SIZE,
    "references": "<ref>" * SIZE,
    "references in templates": "{{a|b=<ref>[[" * SIZE,
    "nested tags": "<div>" * SIZE + "</div>" * SIZE,
    "tables": "{|\n" * SIZE,
    "a long table": "{|\n" + "|-\n| [[OSCE]] || 2014 || is expected to\n" * 50_000 + "|}",
    "quotes": "''" * SIZE,
    "comments": "<!--" * SIZE,
    "headings": "== a ==\n" * SIZE,
    "nowiki": "<nowiki>" * SIZE,
    "list marks": "*#:;" * SIZE,
    "one list": "* [[OSCE]] since 2014\n" * 90_000,
    "one line": "x" * (2 << 20),
    "links": "[[United Nations]] and [[OSCE]], " * 60_000,
}


def test_pathological_pages_take_bounded_time_and_memory(tmp_path: Path) -> None:
    pages = []
    for name, text in HOSTILE.items():
        pages += [
            Written(f"Before {name}", "As of 2014, it has 41 embassies."),
            Written(name, text),
        ]
    pages.append(Written("Last", "As of 2014, it has 41 embassies."))
    file = tmp_path / "dump.xml"
    file.write_bytes(xml(pages))
    output = tmp_path / "found.jsonl"
    process = started(file, "--output", output, "--page-seconds", 1, "--workers", 2)
    peak = 0
    while process.poll() is None:
        for pid, parent in processes():
            if parent == process.pid and is_worker(pid):
                peak = max(peak, highest(pid))
        time.sleep(0.1)
    _, said = process.communicate()
    assert process.returncode == 1, said
    found = records(output)
    normal = {each["page"] for each in found if each.get("check") == "stale-as-of"}
    assert normal >= {page.title for page in pages if page.title not in HOSTILE}
    aside = {each["page"]: each["set_aside"] for each in found if "set_aside" in each}
    assert aside.keys() <= HOSTILE.keys()
    assert all(re.search("longer than 1 s|more memory", reason) for reason in aside.values())
    assert aside, "no page needed its budget, so this test proves nothing"
    assert 0 < peak < 400 << 20


def highest(pid: int) -> int:
    """The most memory a process had, in bytes."""
    try:
        status = Path("/proc", str(pid), "status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s*(\d+) kB", status)
    return int(found[1]) << 10 if found else 0


# Usage


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Missing argument"),
        (("none.xml",), "no such dump"),
        (("https://dumps.example/a.xml",), "download it first"),
        (("DUMP", "--output", "found.doc"), "names that end in"),
        (("DUMP", "--check", "none"), "no check or family"),
        (("DUMP", "--resume"), "and none is named"),
        (("DUMP", "--master", "local[2]"), "for --engine spark"),
        (("DUMP", "--redirects", "DUMP", "--check", "stale"), "none is chosen"),
        (("DUMP", "--redirects", "none.gz"), "'none.gz' does not exist"),
        (("DUMP", "--index", "none.bz2"), "'none.bz2' does not exist"),
        (("DUMP", "--index", "DUMP"), "only when it is a multistream"),
        (("DUMP", "--engine", "spark"), "one --output"),
        (("DUMP", "--output", "no/such/folder/f.jsonl"), "cannot be written"),
    ],
)
def test_wrong_usage_is_told(arguments: tuple[str, ...], said: str, dump: Path) -> None:
    result = run(*(str(dump) if word == "DUMP" else word for word in arguments))
    assert result.exit_code == 2
    assert said in result.stderr


def test_titles_may_hold_anything(tmp_path: Path) -> None:
    title = 'AT&T "Blue" – «Ça» <x>'
    file = tmp_path / "dump.xml"
    file.write_bytes(xml([Written(title, "As of 2014, it has 41 embassies.")]))
    assert quoted(title).encode() in file.read_bytes()
    assert json.loads(run(file).stdout)["page"] == title


def test_the_log_of_a_job_shows_how_far_it_is(
    big: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody watches, a line now and then: share, pages, rate, time left."""
    from bot.commands import progress

    monkeypatch.setattr(progress, "_LOGGED", 0.0)
    result = run(big, "--output", tmp_path / "found.jsonl", "--check", ONE)
    line = r"\s*[\d.]+%, [\d,]+ pages, [\d,]+ findings, [\d.]+ MB/s, \d+:\d\d:\d\d left"
    assert len(re.findall(line, result.stderr)) > 2
