"""Bring what a human approved to its wikis: from the queue, or from a report with chosen fixes.

Every page is one parcel, and one edit. What becomes of it is told to the queue at once, so that
whoever looks there sees it: saved, to be checked again, or still approved.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from bot import target
from bot.errors import RedpencilError, UsageError
from bot.facts import wanted_titles
from bot.model import Edit, Finding, Fix, Page, Safety, Severity, Span
from bot.queue import Queue
from bot.queue.proposals import Selection, State
from bot.saving.approved import Batch, Written, batches, settle, written
from bot.saving.outcomes import Conflict, Outcome, Reason, Refused, Saved
from bot.saving.plan import Pick
from bot.saving.policy import Policy
from bot.saving.saver import Saver

if TYPE_CHECKING:
    from bot.sites.mediawiki import MediaWiki
    from bot.sites.mediawiki_several import Wikis

Tell = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Parcel:
    """The approved fixes of one page as it was looked at; from the queue, its `batch` there.

    A page without text is one of which only the revision is known.
    """

    page: Page
    picks: tuple[Pick, ...]
    batch: Batch | None = None

    @property
    def apis(self) -> tuple[str, ...]:
        """Where its wiki's api.php may be; nowhere for the page of a file."""
        if self.batch is not None and self.batch.file is not None:
            return ()
        return target.parse(self.page.source).apis


class Delivered(NamedTuple):
    """What became of a parcel; of an edit that an earlier run left open, with no parcel."""

    outcome: Outcome | Written
    parcel: Parcel | None = None


def approved(queue: Queue, selection: Selection) -> Iterator[Parcel]:
    """What waits in the queue to be saved, by wiki and page."""
    for batch in batches(queue, selection):
        if batch.picks:
            yield Parcel(batch.page, batch.picks, batch)


def chosen(report: Mapping[str, Any], name: str) -> Iterator[Parcel]:
    """What a report of `check --format json` says that was chosen: `"chosen": N` in a finding.

    N is the number of one of the finding's fixes, from 0. `name` is what the report is called in
    an error. Raises UsageError for a report of another shape, a choice that is not there, a page
    that is no wiki's, and when nothing is chosen.
    """
    try:
        pages = report["pages"]
        if report["version"] != 1:
            raise UsageError(f"{name}: is a report of version {report['version']}, not 1")
        parcels = [_parcel(page, name) for page in pages]
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise UsageError(
            f"{name}: is no report of `redpencil check --format json` ({wrong!r})"
        ) from wrong
    found = [parcel for parcel in parcels if parcel.picks]
    if not found:
        raise UsageError(
            f'{name}: nothing is chosen; write "chosen": 0 into a finding to choose its first fix'
        )
    yield from found


def _parcel(page: Mapping[str, Any], name: str) -> Parcel:
    title, picks = page["page"], []
    for one in page["findings"]:
        number = one.get("chosen")
        if number is None:
            continue
        finding = _finding(one)
        if isinstance(number, bool) or not isinstance(number, int):
            raise UsageError(f'{name}: {title}: "chosen" is the number of a fix, not {number!r}')
        if not 0 <= number < len(finding.fixes):
            raise UsageError(f"{name}: {title}: a finding of {finding.check} has no fix {number}")
        picks.append((finding, finding.fixes[number]))
    if picks and not page["source"].startswith(("http://", "https://")):
        raise UsageError(f"{name}: {title} is no page of a wiki; mend files with --format diff")
    return Parcel(Page(title, "", page["source"], page["revision"]), tuple(picks))


def _finding(one: Mapping[str, Any]) -> Finding:
    return Finding(
        one["check"],
        one["family"],
        Severity(one["severity"]),
        Span(one["start"], one["end"]),
        one["message"],
        one["evidence"],
        tuple(Span(each["start"], each["end"]) for each in one["related"]),
        tuple(
            Fix(
                fix["title"],
                tuple(Edit(edit["start"], edit["old"], edit["new"]) for edit in fix["edits"]),
                Safety(fix["safety"]),
                fix["cosmetic"],
            )
            for fix in one["fixes"]
        ),
    )


def deliver(
    parcels: Iterable[Parcel],
    *,
    wikis: Wikis,
    queue: Queue,
    today: date,
    policy: Policy,
    simulate: bool,
    tell: Tell,
    trouble: Callable[[RedpencilError], object],
) -> Iterator[Delivered]:
    """Save the parcels, one after the other, and give what became of each.

    A wiki on which the account is stopped or blocked is asked for no other page.
    Before those of a wiki come the outcomes of edits that an interrupted run left open there.
    With `simulate` no wiki, no file and nothing in the queue is changed, whatever the outcome.
    `tell` hears why there is a wait, `trouble` what went wrong with a wiki or a parcel before it
    came to an outcome.
    """
    for apis, group in itertools.groupby(sorted(parcels, key=_apis), key=_apis):
        try:
            if not apis:
                for parcel in group:
                    yield Delivered(_in_file(parcel, queue, today, simulate=simulate), parcel)
                continue
            wiki = wikis.of(target.parse((first := next(group)).page.source))
            with Saver(wiki, queue.store, policy=policy, simulate=simulate, tell=tell) as saver:
                for outcome in saver.settled:
                    settled(outcome, queue)
                    yield Delivered(outcome)
                queue.reconcile()
                for parcel in (first, *group):
                    if not _still_approved(parcel, queue):
                        tell(
                            f"{parcel.page.title}: somebody has decided or saved there meanwhile;"
                            " what is approved now is left for the next time"
                        )
                        continue
                    try:
                        outcome = _on_wiki(parcel, saver, wiki, queue, today)
                    except RedpencilError as wrong:
                        trouble(wrong)
                        continue
                    yield Delivered(outcome, parcel)
                    if isinstance(outcome, Refused) and outcome.reason is Reason.STOPPED:
                        tell(f"{wiki.name}: the account is stopped; nothing more is tried there")
                        break
        except RedpencilError as wrong:
            trouble(wrong)


def _apis(parcel: Parcel) -> tuple[str, ...]:
    return parcel.apis


def settled(outcome: Outcome, queue: Queue) -> None:
    """Tell the queue of an edit of an earlier run that came out as something else; of those that
    came out well it learns by itself."""
    if isinstance(outcome, Conflict) and outcome.number is not None:
        for save in queue.store.saves():
            if save.id == outcome.number:
                numbers = save.detail.get("proposals", ())
                waiting = [n for n in numbers if queue.proposal(n).state is State.APPROVED]
                queue.conflict(waiting, outcome.why)


def _still_approved(parcel: Parcel, queue: Queue) -> bool:
    """Whether nobody has decided otherwise, or saved it, since the queue was read."""
    known = () if parcel.batch is None else parcel.batch.proposals
    return all(queue.proposal(each.id).version == each.version for each in known)


def _on_wiki(parcel: Parcel, saver: Saver, wiki: MediaWiki, queue: Queue, today: date) -> Outcome:
    page, batch = parcel.page, parcel.batch
    if not page.text and page.revision is not None:
        page = replace(wiki.fetch(page.revision), source=page.source)
    profile = wiki.profile
    outcome = saver.save(
        page,
        parcel.picks,
        proposals=[] if batch is None else [each.id for each in batch.proposals],
        today=today,
        profile=profile,
        facts=wiki.facts(wanted_titles(page.text, profile=profile)),
    )
    if batch is not None and not saver.simulate:
        settle(queue, batch, outcome, saver.account)
    return outcome


def _in_file(parcel: Parcel, queue: Queue, today: date, *, simulate: bool) -> Outcome | Written:
    if parcel.batch is None:
        raise UsageError(f"{parcel.page.title}: is no page of a wiki")
    outcome = written(parcel.batch, simulate=simulate, today=today)
    if not simulate:
        settle(queue, parcel.batch, outcome, "")
    return outcome


def undo(number: int, *, wikis: Wikis, queue: Queue, policy: Policy, tell: Tell) -> Outcome:
    """Take back the edit of this number, if nothing came after it.

    Raises UsageError when there is no such edit, and what the wiki's refusal to log in raises.
    """
    save = next((each for each in queue.store.saves() if each.id == number), None)
    if save is None:
        raise UsageError(f"{queue.store.path}: Redpencil made no edit {number}")
    if not save.detail.get("source"):
        raise UsageError(f"{save.page}: edit {number} took one back itself; undo it by hand")
    wiki = wikis.of(target.parse(save.detail["source"]))
    with Saver(wiki, queue.store, policy=policy, tell=tell) as saver:
        outcome = saver.undo(number)
    if isinstance(outcome, Saved):
        queue.reverted(save.detail["proposals"], f"undone by {saver.account}", who=saver.account)
    return outcome
