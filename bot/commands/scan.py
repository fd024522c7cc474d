"""The command that looks at whole wikis: scan."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.commands import FAULT, FINDINGS, Outcome, added_checks, say
from bot.commands.progress import Progress
from bot.commands.queue import configured, opened
from bot.commands.wikis import wiki_options, wikis
from bot.errors import DumpError, RedpencilError, UsageError

if TYPE_CHECKING:
    from bot.configuration import Configuration
    from bot.queue import Queue
    from bot.scan.crew import Done
    from bot.scan.dumps import Dump
    from bot.scan.journal import Journal, Tally
    from bot.scan.looking import Task
    from bot.scan.redirects import Titles

# Pages set aside that are named on standard error, when no output has their reasons.
_MOST_TOLD = 20

# Pages of which the live ones are fetched together for the queue.
_AT_ONCE = 50


@click.command()
@click.argument("dumps", metavar="DUMP…", nargs=-1, required=True)
@click.option(
    "--output",
    "written",
    metavar="FILE",
    multiple=True,
    help="Where to: .jsonl, .jsonl.zst or .parquet for findings, .csv for counts per check, .txt"
    " for a worklist; repeatable.  [default: JSON lines on standard output]",
)
@click.option("--queue", "to_queue", is_flag=True, help="Check the live pages, and propose.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="Processes that check.  [default: as many as this machine has cores]",
)
@click.option(
    "--check", "only", metavar="NAME", multiple=True, help="Only this check or family; repeatable."
)
@click.option("--skip", metavar="NAME", multiple=True, help="Without this check or family.")
@click.option(
    "--severity",
    type=click.Choice(["error", "warning", "advice"]),
    default="advice",
    show_default=True,
    help="The least severity to report.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="PAGES", help="Stop after so many"
              " pages with findings.")  # fmt: skip
@click.option(
    "--namespace",
    "namespaces",
    type=int,
    multiple=True,
    default=[0],
    show_default=True,
    help="Pages of this namespace; repeatable.",
)
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The day to measure statements against.  [default: today]",
)
@click.option(
    "--redirects",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="The wiki's redirect.sql.gz.  [default: a first look at the dump collects them]",
)
@click.option(
    "--index",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="The index of a multistream dump.  [default: the one beside it]",
)
@click.option(
    "--page-seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=10,
    show_default=True,
    help="A page that takes longer is set aside.",
)
@click.option("--resume", is_flag=True, help="Go on where an earlier run with this output ended.")
@click.option(
    "--to-parquet",
    "table",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Check nothing; write the dump as a table of wikitext, to be scanned any number of times.",
)
@click.option(
    "--engine", type=click.Choice(["processes", "spark"]), default="processes", show_default=True
)
@click.option("--master", metavar="URL", help="The Spark master.  [default: that of spark-submit]")
@wiki_options
@click.pass_context
def scan(
    context: click.Context,
    dumps: tuple[str, ...],
    written: tuple[str, ...],
    workers: int | None,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    severity: str,
    limit: int | None,
    namespaces: tuple[int, ...],
    today: datetime | None,
    redirects: Path | None,
    index: Path | None,
    page_seconds: float,
    table: Path | None,
    engine: str,
    master: str | None,
    site: str | None,
    config: Path | None,
    max_wait: float,
    *,
    to_queue: bool,
    resume: bool,
) -> None:
    """Look at every article of a wiki's dump.

    DUMP is a file of pages-articles: .xml, .bz2 (multistream with its index beside it), .gz, .zst,
    .7z, or a table of wikitext made with --to-parquet. Nothing is fetched, unless with --queue.
    """
    import os
    import signal

    from bot import checker, sites
    from bot.model import Severity
    from bot.review.terminal import ended_by
    from bot.scan import looking
    from bot.scan import outputs as writing
    from bot.scan.dumps import dump_of, path_of

    outputs = tuple(Path(name) for name in written)
    if engine == "spark":
        _on_spark_only(outputs, limit=limit, resume=resume, to_queue=to_queue, table=table)
    elif master:
        raise UsageError("--master is for --engine spark")
    for output in outputs:
        if engine == "processes":
            writing.kind(output)
    crew = workers or len(os.sched_getaffinity(0))
    chosen = checker.choose_checks(only, skip)
    outcome = Outcome()
    added_checks(outcome)
    task = looking.Task(
        checks=tuple(check.name for check in chosen),
        today=today.date() if today else date.today(),  # noqa: DTZ011 (the user's own day)
        least=Severity(severity),
        namespaces=frozenset(namespaces),
        seconds=page_seconds,
        profile=sites.profile(site or ""),
    )
    if engine == "spark":
        from bot.scan import spark

        found = spark.scan(
            dumps, written[0], task, master=master, is_profile_named=bool(site), say=say
        )
        context.exit(FINDINGS if found else 0)
    threads = (crew + 1) // 2  # a core unpacks about twice as fast as another one checks
    named: list[Dump] = [dump_of(path_of(name), index=index, threads=threads) for name in dumps]
    _refuse_overwriting([Path(dump.name) for dump in named], [*outputs, *filter(None, [table])])
    for output in outputs:
        writing.refuse_unwritable(output)
    # What is wrong with the queue or its settings is told now, and not after hours.
    queue, rule = (opened(None), configured(None)) if to_queue else (None, None)
    run = _Scan(named, task, crew, outputs, outcome, to_queue=to_queue, resume=resume, limit=limit)
    with ended_by(signal.SIGTERM, signal.SIGHUP):
        if table is not None:
            _convert(named, table)
            return
        run.scan(redirects, named_site=bool(site))
    is_proposed = True
    if queue is not None and rule is not None and run.complete:
        is_proposed = _propose(run, queue, rule, outcome, wikis(site, config, max_wait))
    run.finish(is_proposed=is_proposed)
    context.exit(outcome.status)


class _Scan:
    """One run over dumps: what it reads, knows and writes."""

    def __init__(
        self,
        dumps: list[Dump],
        task: Task,
        workers: int,
        outputs: tuple[Path, ...],
        outcome: Outcome,
        *,
        to_queue: bool,
        resume: bool,
        limit: int | None,
    ) -> None:
        self.dumps = dumps
        self.task = task
        self.workers = workers
        self.outputs = outputs
        self.outcome = outcome
        self.to_queue = to_queue
        self.resume = resume
        self.limit = limit
        self.complete = False
        self.journal: Journal | None = None
        self._lines: list[bytes] | None = [] if to_queue and not outputs else None
        self._aside: list[str] = []
        self._sizes = [dump.size for dump in dumps]

    def scan(self, table: Path | None, *, named_site: bool) -> None:
        """Check what the dumps hold, and write down what is found.

        An interruption, like every trouble, leaves a journal that --resume goes on with.
        """
        self._meet(named_site=named_site)
        tally, first, place = self._begin(table)
        try:
            self._learn(table)
            tally, first, place = self._still_true(tally, first, place)
            self._look(tally, first, place)
            self.complete = True
        except RedpencilError as wrong:
            self.outcome.trouble(wrong)
        finally:
            if self.journal is not None:
                if tally.pages:
                    self.journal.keep()
                self.journal.close()
                if tally.pages and not self.complete:
                    say(f"what was found so far is in {self.journal.path}; --resume goes on")
        if tally.pages or self.complete:
            self._tell(tally)

    def _meet(self, *, named_site: bool) -> None:
        """Learn of the wiki what the heads of its dumps say."""
        import dataclasses

        headers = [dump.header for dump in self.dumps]
        if len({header.base for header in headers}) > 1:
            raise UsageError(
                "the dumps are of different wikis: "
                + ", ".join(sorted({header.base for header in headers}))
            )
        if not named_site:
            self.task = dataclasses.replace(self.task, profile=headers[0].profile)
        self.task = dataclasses.replace(self.task, base=headers[0].base)

    def _learn(self, table: Path | None) -> None:
        """Learn what must be known of the wiki before the first page is checked."""
        import dataclasses

        from bot import checks
        from bot.scan import redirects

        families = {check.family for check in checks.load() if check.name in self.task.checks}
        if "duplicates" in families:
            titles = redirects.of_table(table) if table else self._collected()
            self.task = dataclasses.replace(self.task, titles=titles)
        elif table:
            raise UsageError("--redirects is for the checks of duplicates, and none is chosen")

    def _collected(self) -> Titles:
        """The titles that the dumps themselves tell of, from a first look or a remembered one."""
        from bot.configuration import lookups_path
        from bot.scan import redirects
        from bot.scan.redirects import Titles

        wrong: list[DumpError] = []
        known: dict[str, str] = {}
        elsewhere: set[str] = set()
        folder = lookups_path().with_name("dumps")
        with Progress("collecting redirects", self._sizes) as progress:
            for number, dump in enumerate(self.dumps):
                found = redirects.remembered(
                    dump,
                    folder,
                    lambda dump=dump, number=number: redirects.of_dump(  # type: ignore[misc]
                        dump,
                        threads=self.workers,
                        progress=lambda read: progress(number, read),
                    ),
                    say,
                )
                known |= found.titles.redirects
                elsewhere |= found.titles.disambiguations
                wrong += [found.wrong] if found.wrong else []
        for each in wrong:
            self.outcome.trouble(type(each)(f"{each}; no redirect behind that is known"))
        return Titles(known, frozenset(elsewhere))

    def _look(self, tally: Tally, first: int, place: int) -> None:
        from bot.scan.crew import Crew

        with Crew(self.task, self.workers) as crew, Progress("", self._sizes) as progress:
            for number in range(first, len(self.dumps)):
                pieces = self.dumps[number].pieces(place if number == first else 0)
                for done in crew.run(pieces):
                    if self.limit and tally.with_findings >= self.limit:
                        return
                    self._take(number, self._within_limit(done, tally), tally)
                    progress(number, done.read, tally)

    def _begin(self, table: Path | None) -> tuple[Tally, int, int]:
        """The journal to write in, and where to begin: in which dump, at which place."""
        from bot.scan import journal

        if not self.outputs:
            if self.resume:
                raise UsageError("--resume goes on with an --output, and none is named")
            return journal.Tally(), 0, 0
        earlier = journal.begun(self.outputs[0])
        at, where = journal.files(self.outputs[0])
        if earlier is not None and not self.resume:
            raise UsageError(
                f"{self.outputs[0]}: an earlier scan ended after {earlier.tally.pages:,} pages;"
                f" --resume goes on with it, without {at.name} and {where.name} it begins anew"
            )
        asked = {
            "checks": list(self.task.checks),
            "severity": self.task.least.value,
            "namespaces": sorted(self.task.namespaces),
            "limit": self.limit,
            "site": f"{self.task.profile.language} {self.task.profile.wiki}",
            "redirects": table.name if table else "",
        }
        named = [(Path(dump.name).name, dump.size) for dump in self.dumps]
        if earlier is None:
            if self.resume:
                say(f"{self.outputs[0]}: there is no scan to go on with; it begins")
            today = self.task.today.isoformat()
            progress = journal.Progress({**asked, "today": today}, named)
        else:
            progress = self._going_on(earlier, asked, named)
        self.journal = journal.Journal(self.outputs[0], progress)
        return progress.tally, progress.dump, progress.place

    def _going_on(self, earlier: Any, asked: dict[str, Any], named: list[tuple[str, int]]) -> Any:
        import dataclasses

        from bot.scan.unpacking import kind_of

        kept = dict(earlier.task)
        self.task = dataclasses.replace(self.task, today=date.fromisoformat(kept.pop("today")))
        if kept != asked:
            other = sorted(name for name in asked if kept.get(name) != asked[name])
            raise UsageError(
                f"{self.outputs[0]}: the earlier scan was asked for other {', '.join(other)};"
                " ask for the same to go on with it"
            )
        # A dump that was cut off may have grown; a table is whole or none.
        same = earlier.dump + (kind_of(Path(self.dumps[0].name)) == "parquet")
        done, now = earlier.dumps[:same], named[:same]
        names = [name for name, _ in earlier.dumps], [name for name, _ in named]
        if done != now or names[0] != names[1]:
            raise UsageError(
                f"{self.outputs[0]}: the earlier scan was of other dumps: "
                + ", ".join(name for name, _ in earlier.dumps)
            )
        earlier.dumps = named
        return earlier

    def _still_true(self, tally: Tally, first: int, place: int) -> tuple[Tally, int, int]:
        """Where to begin, now that redirects and checks are known: with others than the earlier
        scan knew, what it found may read otherwise, and all begins anew."""
        from importlib.metadata import version

        if self.journal is None:
            return tally, first, place
        progress = self.journal.progress
        before, progress.known = progress.known, self.task.known(version("redpencil"))
        if before in ("", progress.known):
            return tally, first, place
        say(
            f"{self.outputs[0]}: the redirects of the wiki or the versions of the checks are others"
            " than those that the earlier scan knew; it begins anew"
        )
        self.journal.begin_anew()
        return self.journal.progress.tally, 0, 0

    def _within_limit(self, done: Done, tally: Tally) -> Done:
        """What of a piece is still within the limit of pages with findings."""
        if not self.limit:
            return done
        left = self.limit - tally.with_findings
        kept = []
        for one in done.found:
            left -= one.findings > 0
            kept.append(one)
            if left <= 0:
                break
        return done._replace(found=tuple(kept)) if left <= 0 else done

    def _take(self, number: int, done: Done, tally: Tally) -> None:
        from bot.scan import outputs

        if not any(map(outputs.holds_reasons, self.outputs)) and (self.outputs or self.to_queue):
            self._aside += [line for one in done.found for line in outputs.reasons(one.lines)]
            del self._aside[_MOST_TOLD:]
        if self.journal is not None:
            self.journal.add(number, done)  # which counts in the same tally
            return
        tally.add(done)
        if self._lines is not None:  # for the queue alone: its pages are all that is wanted
            for one in done.found:
                self._lines += [one.lines.partition(b"\n")[0]] if one.findings else []
            return
        out = sys.stdout.buffer
        for one in done.found:
            out.write(one.lines)
        out.flush()

    def _tell(self, tally: Tally) -> None:
        """Say what the run comes to, and set the status."""
        from bot.report.lines import many

        status = FINDINGS if tally.findings else 0
        if tally.damaged:
            status = DumpError.exit_code
        if tally.broken:
            status = FAULT
        self.outcome.status = max(self.outcome.status, status)
        for sentence in self._aside:
            say(sentence)
        words = (
            f"{many(tally.pages, 'page')}, {many(tally.findings, 'finding')}"
            f" on {tally.with_findings:,} of them"
        )
        if tally.aside:
            words += f"; {many(tally.aside, 'page')} set aside, each with its reason"
        if tally.broken:
            words += f"; on {many(tally.broken, 'page')} a check failed"
        say(words)

    def titles(self) -> Iterator[str]:
        """The pages with findings, in the order of the dumps."""
        from bot.scan import outputs

        return outputs.titles(self.journal.lines() if self.journal else self._lines or ())

    def finish(self, *, is_proposed: bool) -> None:
        """Make the outputs, when all was scanned; what was not proposed yet is not forgotten."""
        from bot.scan import outputs

        if self.journal is None or not self.complete:
            return
        try:
            for output in self.outputs:
                outputs.write(output, self.journal.lines())
        except UsageError as wrong:
            raise UsageError(
                f"{wrong}; what was found is in {self.journal.path}, and --resume writes it"
            ) from wrong
        if is_proposed:
            self.journal.remove()
        else:
            say(f"not all could be proposed; --resume with {self.outputs[0]} does the rest")


def _convert(dumps: list[Dump], table: Path) -> None:
    from bot.scan import parquet

    if len(dumps) > 1:
        raise UsageError("--to-parquet takes one dump at a time")
    with Progress("writing the table", [dumps[0].size]) as progress:
        done = parquet.convert(dumps[0], table, lambda read: progress(0, read))
    for page in done.unreadable:
        say(f"{page.title or 'a page'} (byte {page.place:,}) is left out: {page.reason}")
    say(f"{table}: {done.pages:,} pages")


def _refuse_overwriting(read: list[Path], written: list[Path]) -> None:
    """Raise UsageError when what is to be written would take the place of a dump."""
    for path in written:
        if path.exists() and any(path.samefile(dump) for dump in read):
            raise UsageError(f"{path}: is the dump itself, and would be overwritten")


def _on_spark_only(
    outputs: tuple[Path, ...],
    *,
    limit: int | None,
    resume: bool,
    to_queue: bool,
    table: Path | None,
) -> None:
    """Raise UsageError for what a cluster does not do."""
    if len(outputs) != 1:
        raise UsageError("--engine spark writes one --output, a folder of Parquet")
    if limit or resume or to_queue or table:
        raise UsageError(
            "--limit, --resume, --queue and --to-parquet are for a scan on one machine"
        )


# The queue


def _propose(run: _Scan, queue: Queue, rule: Configuration, outcome: Outcome, wiki: Any) -> bool:
    """Fetch the live pages that have findings in the dump, check them again, and propose.

    False when the wiki was not there for some of them.
    """
    from itertools import islice

    from bot import checker, target, workflow
    from bot.errors import WikiUnavailable
    from bot.queue import learning, proposing
    from bot.report.lines import many
    from bot.sites.folder import Folder

    chosen = checker.choose_checks(run.task.checks, ())
    before = len(outcome.troubles)
    judged = learning.judge(queue.store, decisions=rule.decisions, acceptance=rule.acceptance)
    mute = {record.check for record in judged}
    seen = new = 0
    titles = iter(run.titles())
    while some := list(islice(titles, _AT_ONCE)):
        reports = workflow.check(
            [target.parse(_address(run.task.base, title)) for title in some],
            files=Folder(None),
            wiki=wiki,
            trouble=outcome.trouble,
            today=run.task.today,
            only=chosen,
            least=run.task.least,
        )
        for _, done in proposing.propose(
            queue,
            outcome.noticed(reports),
            checks={check.name for check in chosen},
            report_only=mute,
        ):
            seen += 1
            new += len(done.new)
    click.echo(
        f"{many(seen, 'live page')} checked again,"
        f" {many(new, 'new proposal')} for `redpencil review`"
    )
    return not any(isinstance(each, WikiUnavailable) for each in outcome.troubles[before:])


def _address(base: str, title: str) -> str:
    """The address of a page on the wiki whose main page has the address `base`."""
    from urllib.parse import quote

    if "/wiki/" in base:
        return base.rpartition("/wiki/")[0] + "/wiki/" + quote(title.replace(" ", "_"))
    return base.rpartition("/")[0] + "/" + quote(title.replace(" ", "_"))
