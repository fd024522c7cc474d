"""The command that asks a person: review."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands import say
from bot.commands.queue import (
    checked_name,
    configured,
    opened,
    queue_option,
    reviewer,
    selection,
    settings_option,
    titled,
    who_option,
)
from bot.commands.wikis import wiki_options, wikis
from bot.errors import RedpencilError, UsageError

if TYPE_CHECKING:
    from bot.configuration import Configuration
    from bot.queue import Queue
    from bot.queue.proposals import Proposal, Proposed
    from bot.review import View
    from bot.review.catalogue import Catalogue
    from bot.review.web import Desk
    from bot.saving.delivery import Delivered, Parcel
    from bot.sites.mediawiki_several import Wikis


@click.command(short_help="Decide what waits in the queue, one finding at a time.")
@click.argument("page", required=False)
@click.option("--wiki", metavar="NAME", help="Only pages of this wiki.")
@click.option("--check", metavar="NAME", help="Only this check or family.")
@click.option("--safety", type=click.Choice(["safe", "review", "suggestion"]))
@click.option(
    "--state",
    type=click.Choice(["pending", "approved", "rejected", "conflict"]),
    default="pending",
    show_default=True,
    help="What to go through; decided ones can be decided anew.",
)
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The day to measure edited text against.  [default: today]",
)
@click.option(
    "--yes-safe",
    is_flag=True,
    help="Approve what is safe, of the checks that the settings name, without asking.",
)
@click.option("--offline", is_flag=True, help="Ask no wiki: neither for previews nor to save.")
@click.option("--web", is_flag=True, help="In the browser: prints the address of a page here.")
@click.option(
    "--host",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    help="Where --web listens; for others than this machine, set a password first.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="NUMBER",
    help="Where --web listens.  [default: 8374, or a free one]",
)
@click.option("--open", "open_", is_flag=True, help="Open the page of --web in the browser.")
@click.option(
    "--set-password", is_flag=True, help="Set the password of --web, and do nothing else."
)
@wiki_options
@queue_option
@who_option
@settings_option
def review(
    page: str | None,
    wiki: str | None,
    check: str | None,
    safety: str | None,
    state: str,
    today: datetime | None,
    site: str | None,
    config: Path | None,
    max_wait: float,
    path: Path | None,
    who: str | None,
    settings: Path | None,
    host: str,
    port: int | None,
    *,
    yes_safe: bool,
    offline: bool,
    web: bool,
    open_: bool,
    set_password: bool,
) -> None:
    """Decide what waits in the queue, one finding at a time; ? shows the keys.

    PAGE is the title of a page, or the name of its file: only what waits for it. Nothing is saved
    to a wiki by deciding. A decision is kept at once; leaving at any moment loses none.
    """
    if set_password:
        _set_password()
        return
    rule = configured(settings)
    queue = opened(path)
    name = reviewer(who)
    chosen = selection(
        page=titled(queue, page),
        wiki=wiki,
        check=checked_name(queue, check),
        safety=safety,
        older=None,
        states=(state,),
    )
    if yes_safe:
        from bot.review import approve_safe

        if not rule.yes_safe:
            raise UsageError(
                "--yes-safe approves nothing until the settings name the checks it may approve:"
                ' [review] yes-safe = ["archive-date-mismatch"]'
            )
        count = approve_safe(queue, name, rule.yes_safe, chosen)
        say(_texts()("command.safe", count=count, checks=", ".join(rule.yes_safe)))
        if not sys.stdin.isatty():
            return
    day = today.date() if today else date.today()  # noqa: DTZ011 (the user's own day)
    connected = None if offline else lambda: wikis(site, config, max_wait)
    if web:
        policy = replace(rule.saving, max_wait=max_wait)
        desk = _desk(queue, name, replace(rule, saving=policy), day, connected)
        _serve(desk, host, port, open_=open_)
        return
    from bot.review import Session
    from bot.review.terminal import Terminal

    session = Session(queue, name, lambda proposal: checking(proposal, day), chosen)
    texts = _texts()
    preview = _Preview(connected, texts) if connected else None
    terminal = Terminal(session, texts=texts, preview=preview, show_page=_show_page)
    if session.shown is None:
        click.echo(texts("command.none"))
        return
    try:
        terminal.run()
    finally:
        _summary(queue)


def _texts() -> Catalogue:
    """What is said in this terminal, in its language."""
    from bot.review.catalogue import of_locale

    return of_locale(os.environ)


def checking(proposal: Proposal, today: date) -> Mapping[str, object]:
    """The options that the page of a proposal is checked with: those of its wiki."""
    from bot import sites

    wiki = proposal.wiki if not proposal.wiki.startswith("file:") else ""
    return {"today": today, "profile": sites.profile(wiki)}


def _desk(
    queue: Queue,
    who: str,
    rule: Configuration,
    today: date,
    connected: Callable[[], Wikis] | None,
) -> Desk:
    """What the page in the browser works with; no wiki is asked when none is to be connected to."""
    from bot import target
    from bot.review import preview
    from bot.review.web import Delivery, Desk

    def check(proposal: Proposal) -> Mapping[str, object]:
        return checking(proposal, today)

    if connected is None:
        return Desk(queue, who, check, rule)

    def again(
        queue: Queue, sources: Sequence[str], trouble: Callable[[RedpencilError], object]
    ) -> Iterator[tuple[str, Proposed]]:
        from bot import workflow
        from bot.queue import learning, proposing
        from bot.sites.folder import Folder

        judged = learning.judge(queue.store, decisions=rule.decisions, acceptance=rule.acceptance)
        reports = workflow.check(
            [target.parse(source) for source in sources],
            files=Folder(None),
            wiki=connected() if any("://" in each for each in sources) else None,
            trouble=trouble,
            today=today,
        )
        mute = {record.check for record in judged}
        for report, done in proposing.propose(queue, reports, report_only=mute):
            yield proposing.identity(report.page)[1], done

    def save(
        queue: Queue,
        parcels: Iterable[Parcel],
        tell: Callable[[str], object],
        trouble: Callable[[RedpencilError], object],
    ) -> Iterator[Delivered]:
        from bot.saving import delivery

        return delivery.deliver(
            parcels,
            wikis=connected(),
            queue=queue,
            today=today,
            policy=rule.saving,
            simulate=False,
            tell=tell,
            trouble=trouble,
        )

    asked = functools.cache(connected)

    def rendered(view: View) -> preview.Rendered:
        wiki = asked().of(target.parse(view.proposal.source))
        return preview.rendered(wiki.request, view)

    return Desk(queue, who, check, rule, rendered, Delivery(save, again))


def _serve(desk: Desk, host: str, port: int | None, *, open_: bool) -> None:
    """Show the page until Ctrl-C; what is decided is in the queue."""
    import signal

    from bot.configuration import password_hash
    from bot.review.terminal import ended_by
    from bot.review.web.server import Server

    texts = _texts()
    server = Server(desk, host, port, password_hash())
    click.echo(texts("command.address", address=server.address))
    if not server.guard.local:
        click.echo(texts("command.others", address=server.others))
    click.echo(texts("command.ends"))
    sys.stdout.flush()
    if open_ and not _show_page(server.address):
        say(texts("command.no-screen"))
    try:
        with (
            ended_by(signal.SIGTERM, signal.SIGHUP),
            server.open(lambda: say(texts("command.finishing"))),
        ):
            server.serve()
    finally:
        _summary(desk.queue)


def _set_password() -> None:
    """Ask for the password of the page in the browser, and keep its hash."""
    from werkzeug.security import generate_password_hash

    from bot.configuration import keep_password

    texts = _texts()
    asked, again = texts("command.password"), texts("command.password-again")
    password = click.prompt(asked, hide_input=True, confirmation_prompt=again)
    if len(password) < 10:
        raise UsageError("a password that others may try needs 10 characters or more")
    file = keep_password(generate_password_hash(password))
    click.echo(texts("command.password-kept", file=file))


class _Preview:
    """What a reader would see of a mend, by the wiki's own parser where it can be reached.

    A wiki is connected to when the first preview of one of its pages is asked for.
    """

    def __init__(self, connected: Callable[[], Wikis], texts: Catalogue) -> None:
        self._connected = functools.cache(connected)
        self._texts = texts

    def __call__(self, view: View) -> str:
        from bot import target
        from bot.report import visible
        from bot.review import preview
        from bot.review.terminal import compared, plain_preview

        source = view.proposal.source
        plain = plain_preview(view, self._texts)
        if not source.startswith(("http://", "https://")):
            return plain
        try:
            wiki = self._connected().of(target.parse(source))
            html = preview.rendered(wiki.request, view)
        except RedpencilError as wrong:
            return f"{visible(str(wrong), one_line=True)}\n{plain}"
        before, after = (visible(preview.as_text(each)) for each in html)
        return compared(before, after, self._texts)


def _show_page(address: str) -> bool:
    """Open a page in the browser, where there is a screen for one."""
    if not (sys.platform == "darwin" or os.environ.get("DISPLAY")
            or os.environ.get("WAYLAND_DISPLAY") or os.environ.get("BROWSER")):  # fmt: skip
        return False
    import webbrowser

    return webbrowser.open(address)


def _summary(queue: Queue) -> None:
    """What waits now; the last line that a reviewer sees."""
    from bot.queue.proposals import Selection, State

    counts = {
        state: sum(queue.counts(Selection(states=[state])).values())
        for state in (State.APPROVED, State.PENDING)
    }
    approved, waiting = counts[State.APPROVED], counts[State.PENDING]
    texts = _texts()
    left = texts("command.left", approved=approved, waiting=waiting)
    click.echo(f"\n{left} {texts('command.save')}" if approved else f"\n{left}")
