"""The commands that tell what is in the queue: queue, log, stats."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from bot.commands import say
from bot.commands.wikis import wiki_options, wikis
from bot.errors import UsageError

if TYPE_CHECKING:
    from bot.configuration import Configuration
    from bot.queue import Queue
    from bot.queue.learning import Record
    from bot.queue.proposals import Entry, Selection
    from bot.sites.mediawiki_several import Wikis
    from bot.store import Event

# Edits of an approval that the log tells in full; all are in its JSON.
_MOST_EDITS = 3

_STATES = ("pending", "approved", "rejected", "saved", "conflict", "obsolete")


def queue_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command --queue, as `path`."""
    return click.option(
        "--queue",
        "path",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        envvar="REDPENCIL_QUEUE",
        help="The queue's file.  [default: redpencil/queue.sqlite in the folder of states]",
    )(command)


def who_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command --as, as `who`: the name under which decisions are kept."""
    return click.option(
        "--as",
        "who",
        metavar="NAME",
        envvar="REDPENCIL_REVIEWER",
        help="Who decides, in the log.  [default: the account of this machine]",
    )(command)


def settings_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command --settings, as `settings`: the file of `bot.configuration`."""
    return click.option(
        "--settings",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Redpencil's own settings.  [default: redpencil/config.toml in that of settings]",
    )(command)


def opened(path: Path | None, *, new: bool = False) -> Queue:
    """The queue in a file, or in the usual one; closed when the command ends.

    A file that was named is only made if it may be `new`; else UsageError is raised, so that a slip
    of the pen is not taken for a queue in which nothing waits.
    """
    from bot.configuration import queue_path
    from bot.queue import Queue
    from bot.store import Store

    if path is not None and not new and not path.exists():
        raise UsageError(f"{path}: there is no such queue; `redpencil propose` makes one")
    store = Store(path or queue_path())
    click.get_current_context().call_on_close(store.close)
    queue = Queue(store)
    queue.reconcile()
    return queue


def reviewer(who: str | None) -> str:
    """The name that was given, or that of this machine's account."""
    if who and who.strip():
        return who.strip()
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"


def configured(path: Path | None) -> Configuration:
    """The settings of that file."""
    from bot import configuration

    return configuration.read(path)


def json_out(value: object) -> None:
    """Print a value as JSON, UTF-8 wherever it goes."""
    utf8(sys.stdout)
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))


def utf8(out: TextIO) -> TextIO:
    """The stream, which writes UTF-8 from now on."""
    if hasattr(out, "reconfigure"):
        out.reconfigure(encoding="utf-8", errors="replace")
    return out


# queue


def _selecting(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--page", metavar="TITLE", help="Only this page."),
        click.option("--wiki", metavar="NAME", help="Only this wiki."),
        click.option("--check", metavar="NAME", help="Only this check or family."),
        click.option("--safety", type=click.Choice(["safe", "review", "suggestion"])),
        click.option(
            "--older", type=click.IntRange(min=0), metavar="DAYS", help="Proposed before."
        ),
    ):
        command = option(command)
    return command


def checked_name(queue: Queue, check: str | None) -> str | None:
    """The name of a check or family that was asked for.

    Raises UsageError when it is none, and none of which anything is in the queue.
    """
    from bot import checker
    from bot.queue.proposals import Selection

    if check is not None and queue.first(Selection(check=check)) is None:
        checker.choose_checks((check,))
    return check


def titled(queue: Queue, page: str | None) -> str | None:
    """A page as the queue calls it: as it was named, or as a wiki writes a title of an address."""
    from bot.queue.proposals import Selection

    if page is None or queue.first(Selection(page=page)) is not None:
        return page
    title = as_title(page)
    return page if queue.first(Selection(page=title)) is None else title


def as_title(page: str) -> str:
    """The title that an address such as `A_page` names."""
    return " ".join(page.replace("_", " ").split())


def selection(
    *,
    page: str | None,
    wiki: str | None,
    check: str | None,
    safety: str | None,
    older: int | None,
    states: Iterable[str],
) -> Selection:
    """The proposals that the options of a command mean."""
    from bot.model import Safety
    from bot.queue.proposals import Selection, State

    return Selection(
        wiki=wiki,
        page=page,
        check=check,
        states=tuple(State(state) for state in states),
        safety=Safety(safety) if safety else None,
        before=datetime.now(UTC) - timedelta(days=older) if older is not None else None,
    )


@click.group(invoke_without_command=True)
@_selecting
@click.option(
    "--state",
    "states",
    type=click.Choice([*_STATES, "all"]),
    multiple=True,
    help="Only in this state; repeatable.  [default: pending, approved, conflict]",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="NUMBER", help="At most so many.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@queue_option
@click.pass_context
def queue(
    context: click.Context,
    page: str | None,
    wiki: str | None,
    check: str | None,
    safety: str | None,
    older: int | None,
    states: tuple[str, ...],
    limit: int | None,
    form: str,
    path: Path | None,
) -> None:
    """List what is in the queue; export and import it."""
    context.obj = path
    if context.invoked_subcommand is not None:
        return
    wanted = states or ("pending", "approved", "conflict")
    known = opened(path)
    chosen = selection(
        page=titled(known, page),
        wiki=wiki,
        check=checked_name(known, check),
        safety=safety,
        older=older,
        states=() if "all" in wanted else wanted,
    )
    entries = known.entries(chosen, limit=limit or -1)
    if form == "json":
        json_out({"version": 1, "proposals": [_entry_json(entry) for entry in entries]})
        return
    for line in _listed(entries, datetime.now(UTC)):
        click.echo(line)


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "version": entry.version,
        "wiki": entry.wiki,
        "page": entry.page,
        "section": entry.section,
        "line": entry.line,
        "start": entry.start,
        "end": entry.stop,
        "check": entry.check,
        "family": entry.family,
        "severity": entry.severity.value,
        "safety": entry.safety.value if entry.safety else None,
        "message": entry.message,
        "state": entry.state.value,
        "who": entry.who,
        "proposed": entry.proposed.isoformat(),
    }


def _listed(entries: list[Entry], now: datetime) -> Iterator[str]:
    from bot.report import shortened, visible

    above = None
    counts: dict[str, int] = {}
    for entry in entries:
        counts[entry.state.value] = counts.get(entry.state.value, 0) + 1
        if (entry.wiki, entry.page) != above:
            if above is not None:
                yield ""
            above = (entry.wiki, entry.page)
            yield visible(f"{entry.page}  ({entry.wiki})", one_line=True)
        message = shortened(visible(entry.message, one_line=True), 120)
        yield (
            f"{entry.id:6}  {entry.state.value:8}  {entry.check}, line {entry.line},"
            f" {_age(now - entry.proposed)}: {message}"
        )
    if not entries:
        yield "Nothing is in the queue that was asked for."
        return
    yield ""
    yield ", ".join(f"{count:,} {state}" for state, count in counts.items())


def _age(span: timedelta) -> str:
    if span.days > 0:
        return counted(span.days, "day")
    hours = span.seconds // 3600
    return counted(hours, "hour") if hours else counted(span.seconds // 60, "minute")


@queue.command("export")
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Instead of here.")
@click.pass_obj
def export(path: Path | None, output: Path | None) -> None:
    """Write the whole queue as JSON lines."""
    from bot.queue import exchange

    store = opened(path).store
    if output is None:
        utf8(sys.stdout).writelines(exchange.exported(store))
        return
    part = output.with_name(f".{output.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as out:
            out.writelines(exchange.exported(store))
        part.replace(output)
    except OSError as wrong:
        raise UsageError(f"{output}: cannot be written: {wrong.strerror or wrong}") from wrong
    finally:
        part.unlink(missing_ok=True)


@queue.command("import")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.pass_obj
def import_(path: Path | None, file: TextIO) -> None:
    """Add an exported queue (- for standard input) to this one."""
    from bot.queue import exchange

    try:
        done = exchange.imported(opened(path, new=True).store, file)
    except UnicodeDecodeError as wrong:
        raise UsageError(f"{file.name} is no UTF-8, so it is no export of a queue") from wrong
    click.echo(
        f"added {counted(done.proposals, 'proposal')}, {counted(done.saves, 'save')} and"
        f" {done.events:,} entries of the log; {done.kept:,} kept the decision made here"
    )


# log


@click.command(short_help="Tell the story of a page.")
@click.argument("page")
@click.option("--wiki", metavar="NAME", help="Of this wiki alone.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@queue_option
def log(page: str, wiki: str | None, form: str, path: Path | None) -> None:
    """Tell the story of a page: what was found, who decided what and why, what was saved.

    PAGE is its title, or the name of its file. Times are UTC.
    """
    store = opened(path).store
    file = Path(page)
    events = store.events(wiki=wiki, page=page) or store.events(wiki=wiki, page=as_title(page))
    if not events and file.is_file():
        events = store.events(wiki=file.parent.resolve().as_uri(), page=file.name)
    if not events:
        raise UsageError(f"the log in {store.path} knows nothing of {page!r}")
    if form == "json":
        json_out({"version": 1, "events": [_event_json(event) for event in events]})
        return
    for event in events:
        click.echo(_told(event))


def _event_json(event: Event) -> dict[str, Any]:
    return {**event._asdict(), "at": event.at.isoformat()}


def _told(event: Event) -> str:
    from bot.report import shortened, visible

    detail = event.detail
    words = [f"{event.at:%Y-%m-%d %H:%M}", f"{event.kind:9}"]
    if event.subject:
        words.append(f"{event.subject if ' ' in event.subject else f'save {event.subject}'}:")
    if "check" in detail:
        words.append(str(detail["check"]))
    if event.kind == "checked":
        words.append(", ".join(f"{detail[name]} {name}" for name in ("new", "kept", "obsolete")))
    if event.kind == "proposed":
        words.append(shortened(str(detail["message"]), 160))
    if event.kind == "approved":
        words.append(f"“{detail['fix']}”" + " (edited)" * bool(detail["edited"]))
        for _, old, new in detail["edits"][:_MOST_EDITS]:
            words.append(f"[-{old}-]" * bool(old) + f"{{+{new}+}}" * bool(new))
        if len(detail["edits"]) > _MOST_EDITS:
            words.append(f"and {len(detail['edits']) - _MOST_EDITS} more")
    if event.kind in ("saved", "checked") and detail.get("revision"):
        words.append(f"revision {detail['revision']}")
    if event.who:
        words.append(f"by {event.who}")
    if event.why:
        words.append(f"({event.why})")
    return visible("  ".join(words[:2]) + "  " + " ".join(words[2:]), one_line=True)


# stats


@click.command(short_help="Tell what people made of each check.")
@click.option("--trust", metavar="CHECK", help="Have a check propose again that only reports.")
@click.option(
    "--look-up", is_flag=True, help="Ask the wikis first which edits somebody has undone."
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@wiki_options
@queue_option
@who_option
@settings_option
def stats(
    trust: str | None,
    form: str,
    site: str | None,
    config: Path | None,
    max_wait: float,
    path: Path | None,
    who: str | None,
    settings: Path | None,
    *,
    look_up: bool,
) -> None:
    """Tell what people made of each check: accepted, edited, rejected and why, undone on the wiki.

    A check whose proposals are too seldom accepted only reports from then on, and says so.
    """
    from bot import checker
    from bot.queue import learning

    rule = configured(settings)
    queue = opened(path)
    if trust:
        (check,) = [each for each in checker.choose_checks((trust,)) if each.name == trust] or (
            None,
        )
        if check is None:
            raise UsageError(f"{trust} is a family; name one of its checks")
        learning.trust(queue.store, trust, reviewer(who))
    if look_up:
        news = _look_up(queue, wikis(site, config, max_wait))
        say(f"{counted(news, 'mend')} found to be undone since the last look")
    learning.judge(queue.store, decisions=rule.decisions, acceptance=rule.acceptance)
    found = learning.records(queue.store, decisions=rule.decisions, acceptance=rule.acceptance)
    if form == "json":
        json_out(learning.as_json(found, decisions=rule.decisions, acceptance=rule.acceptance))
        return
    for line in _statistics(found):
        click.echo(line)


def _look_up(queue: Queue, wikis: Wikis) -> int:
    """Ask each wiki which of our edits somebody has undone; how many proposals that concerns."""
    from bot import target
    from bot.queue import learning

    named = {
        each.wiki: target.parse(each.source)
        for each in queue.proposals(selection_of_saved())
        if each.source.startswith(("http://", "https://"))
    }

    def reverted(wiki: str, revisions: Collection[int]) -> dict[int, str]:
        if wiki not in named:
            return {}
        return learning.reverted_revisions(wikis.of(named[wiki]).request, revisions)

    return learning.look_up_reverts(queue, reverted)


def selection_of_saved() -> Selection:
    """The proposals that were saved."""
    from bot.queue.proposals import Selection, State

    return Selection(states=[State.SAVED])


def _statistics(found: list[Record]) -> Iterator[str]:
    from bot.queue import learning
    from bot.report import shortened, visible

    decided = [record for record in found if record.made.total()]
    if not decided:
        yield "Nothing is decided yet."
        return
    width = max(len(record.check) for record in decided)
    yield f"{'':{width}}  accepted  edited  rejected  reverted  saved  of the last"
    for record in decided:
        counts = "  ".join(f"{record.made[made]:{len(made.value)}}" for made in learning.Made)
        share = f"{record.acceptance:.0%} of {len(record.last)}" if record.last else "–"
        yield f"{record.check:{width}}  {counts}  {record.saved:5}  {share}"
        for reason, count in record.reasons.most_common(5):
            said = shortened(visible(reason, one_line=True), 100)
            yield f"{'':{width}}    {count} × {said}"
    for record in decided:
        if record.report_only:
            yield learning.sentence(record)


def waiting(queue: Queue) -> int:
    """How many proposals wait for a person."""
    from bot.queue.proposals import Selection, State

    return sum(queue.counts(Selection(states=(State.PENDING,))).values())


def counted(number: int, what: str) -> str:
    """A number with its noun."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")
