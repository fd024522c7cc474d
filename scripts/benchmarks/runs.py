"""Runs over thousands of pages of a real MediaWiki: requests, seconds, memory; first and again."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from xml.sax.saxutils import escape

import click

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mediawiki.instance import Instance
from mediawiki.seed import MEDIAWIKI, php_environment

LIST = "Project:Towns"
PAGE = """<page><title>{}</title><ns>{}</ns><revision><timestamp>2026-01-01T00:00:00Z</timestamp>
<contributor><username>PlainUser</username></contributor><model>wikitext</model>
<format>text/x-wiki</format><text xml:space="preserve">{}</text></revision></page>"""

# What runs in a process of its own: the command, with its requests counted and its memory taken.
RUN = """
import json, resource, sys
from bot.cli import main
from bot.sites.mediawiki_session import Session

asked, real = [], Session.post
Session.post = lambda self, fields: (asked.append(fields.get("prop", "")), real(self, fields))[1]
try:
    main(["run", *sys.argv[1:]])
except SystemExit as end:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    told = {"status": end.code, "requests": len(asked), "info": asked.count("info"), "mb": peak}
    print(json.dumps(told), file=sys.stderr)
"""


def text_of(number: int, filling: str) -> str:
    """A page of which two in three have something stale, one in five a repeated membership."""
    stale = f"As of {2010 + number % 17}, the town has {number} schools." if number % 3 else ""
    twice = "* [[United Nations]]\n" * (number % 5 == 0)
    return (
        f"'''Town {number}''' is a town.\n\n== Now ==\n{stale}\n\n{filling}\n\n== Membership in"
        f" international organizations ==\n* [[United Nations]]\n* [[OSCE]]\n{twice}"
    )


def fill(wiki: Instance, count: int, characters: int) -> None:
    """Import the pages, and a list of them."""
    running = wiki.server()
    assert running is not None
    sentence = "The town lies at a lake, and its people are proud of it.\n\n"
    filling = (sentence * (characters // len(sentence) + 1))[:characters]
    items = "".join(f"* [[Town {number}]]\n" for number in range(count))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pages.xml"
        with file.open("w", encoding="utf-8") as out:
            out.write('<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/">')
            for number in range(count):
                out.write(PAGE.format(f"Town {number}", 0, escape(text_of(number, filling))))
            out.write(PAGE.format(LIST, 4, escape(items)) + "</mediawiki>")
        localisation = (wiki.folder / "localisation").resolve()
        subprocess.run(
            ["php", MEDIAWIKI / "maintenance" / "importDump.php", "--no-updates", "--quiet", file],
            env=php_environment(wiki.folder, localisation, running.port),
            check=True,
            capture_output=True,
        )


@click.command()
@click.option("--pages", "count", default=10_000, show_default=True)
@click.option("--characters", default=3000, show_default=True, help="Of each page, about.")
def main(count: int, characters: int) -> None:
    """Make a wiki with so many pages, and run a job over them three times."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wiki = Instance(folder / "wiki")
        url = wiki.up(0).url
        try:
            started = perf_counter()
            fill(wiki, count, characters)
            print(f"{count:,} pages imported in {perf_counter() - started:.1f} s")
            job = folder / "towns.toml"
            job.write_text(
                f'site = "{url}"\nconfig = "wiki/user-config.py"\nqueue = "queue.sqlite"\n'
                f'[pages]\nlists = ["{LIST}"]\n[log]\nfile = "r.log"\n'
            )
            for what, day in (
                ("first run", "2026-11-24"),
                ("nothing changed", "2026-11-24"),
                ("the next day", "2026-11-25"),
                ("the next month", "2026-12-01"),
            ):
                measure(what, [str(job), "--today", day, "--verbose"], folder)
        finally:
            wiki.delete()


def measure(what: str, arguments: list[str], folder: Path) -> None:
    """One run in a process of its own."""
    environment = {
        "HOME": str(folder),
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    started = perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = perf_counter() - started
    try:
        told = json.loads(done.stderr.splitlines()[-1])
    except (IndexError, ValueError):
        raise SystemExit(done.stderr) from None
    print(
        f"{what:16} {seconds:7.1f} s  {told['requests']:5} requests ({told['info']} of 500"
        f" revisions)  {told['mb']:4.0f} MB  {done.stdout.strip()}"
    )


if __name__ == "__main__":
    main()
