"""One run of a job, from its start to its last line.

    guards ─► saves of what is approved ─► pages that are due ─► checks ─► proposals ─► reports

Approved edits go first, so that a page they change is looked at in the same run. Which pages are
due is found without reading them. Each is then checked, its proposals are put into the queue, and
only after that its look is written down, some together: a run that is killed in between looks at
those pages again, which changes nothing. What ends a run early (a limit, a stop, a wiki that is
down) ends it between two pages, and the next run goes on there.
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from bot import checker, custom, sites, workflow
from bot.configuration import Configuration
from bot.errors import NotAllowed, RedpencilError, UsageError, WikiError, WikiUnavailable
from bot.facts import wanted_titles
from bot.model import Profile, Report, Settings
from bot.queue import Queue, learning, proposing
from bot.queue.proposals import Selection, State
from bot.runs import choosing, guards, register, wiki_settings
from bot.runs.due import Due, Seen, name_of, outdated, parts
from bot.runs.horizon import Horizon
from bot.runs.job import Job
from bot.runs.journal import said
from bot.runs.looks import Look, Looks, facts_of, recipe_of, state_of
from bot.runs.publications import publications_of
from bot.runs.result import FAULT, FINDINGS, INTERRUPTED, Result
from bot.runs.wiki_settings import WikiSettings
from bot.saving import delivery
from bot.saving.approved import Written
from bot.saving.outcomes import Conflict, GivenUp, Reason, Refused, Saved
from bot.sites.folder import Folder
from bot.sites.mediawiki_several import Wikis
from bot.target import Target

if TYPE_CHECKING:
    from bot.checks import Check
    from bot.report.publish import Publication
    from bot.sites.mediawiki import MediaWiki
    from bot.web.evidence import Evidence

# After so many pages it is asked again whether the wiki wants the run to stop.
_PAGES_BETWEEN_LOOKS = 250

# So many looks are written down together: the disk is asked to be sure once.
_LOOKS_TOGETHER = 25

# Why an edit is not saved that is to be saved another time, or is in the report.
_PASSING = (Reason.LIMIT, Reason.STAY_AWAY)

# More troubles than these are only in the log.
_MOST_TOLD = 20

_DAY = timedelta(days=1)
# How long a wiki keeps its recent changes: https://www.mediawiki.org/wiki/Manual:$wgRCMaxAge
_CHANGES_KEPT = timedelta(days=30)


def run(
    job: Job,
    *,
    queue: Queue,
    connected: Callable[[], MediaWiki],
    rule: Configuration,
    version: str,
    tell: Callable[[str], object],
    evidence: Evidence | None = None,
    today: date | None = None,
    trust_clock: bool = False,
    environment: Mapping[str, str] = os.environ,
    monotonic: Callable[[], float] = time.monotonic,
) -> Result:
    """Run a job once.

    `connected` makes the connection to its wiki, `rule` are Redpencil's own settings, `version` is
    Redpencil's. `tell` hears what needs a human. `today` is the day to measure against, that of
    the queue's clock (UTC) by default. `trust_clock` says that the clock is right although the
    queue was changed later than now.

    Raises UnderWay when another run of the job is, NotNow when clock or disk are wrong, UsageError
    when a secret is missing, StoreError; whatever happens later is in the Result, also that it was
    interrupted.
    """
    store = queue.store
    now = store.clock().astimezone(UTC)
    publications = publications_of(job, environment)
    if job.reports.wiki and not choosing.asks_a_wiki(job, choosing.targets_of(job)):
        raise job.written.wrong(
            ("reports", "wiki"), "needs pages of a wiki, and the job names none"
        )
    with guards.alone(store.path, job.name, now):
        if not trust_clock:
            guards.clock(store, now)
        places = [store.path, *filter(None, [job.log.file])]
        guards.disk(places, job.limits.free_megabytes)
        course = _Course(
            job, queue, connected, rule, version, tell, evidence, today or now.date(), now,
            monotonic, monotonic(),
        )  # fmt: skip
        number = register.begin(store, job.name, now)
        result = course.result
        said("begun", job=job.name)
        try:
            course.go()
            course.publish(publications)
        except KeyboardInterrupt:
            result.stopped = "interrupted; the next run goes on there"
            result.status = INTERRUPTED
            result.complete = False
        except BaseException:
            result.count(FAULT)
            result.stopped = "a fault of Redpencil ended it"
            result.complete = False
            raise
        finally:
            result.waiting = queue.totals().get(State.PENDING, 0)
            if course.clock_is_wrong:
                register.forget(store, number)  # or its time would seem to have been
            else:
                register.end(store, number, result, course.theirs)
            said("ended", job=job.name, **result.told())
    return result


class _Stop(Exception):
    """The run ends here; its argument says why."""


@dataclass(slots=True)
class _Course:
    """A run under way."""

    job: Job
    queue: Queue
    connected: Callable[[], MediaWiki]
    rule: Configuration
    version: str
    tell: Callable[[str], object]
    evidence: Evidence | None
    today: date
    now: datetime
    monotonic: Callable[[], float]
    started: float
    result: Result = field(default_factory=Result)
    wiki: MediaWiki | None = None
    theirs: datetime | None = None
    settings: WikiSettings = field(default_factory=WikiSettings)
    may_save: bool = True
    checks: Sequence[Check] = ()
    report_only: frozenset[str] = frozenset()
    broken: set[str] = field(default_factory=set)
    taken: list[tuple[str, str, Look]] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)  # that files were read from
    doubts: bool = False  # whether a page has to be looked at again though it did not change
    clock_is_wrong: bool = False

    def go(self) -> None:
        """All but the reports."""
        try:
            named = choosing.targets_of(self.job)
            if choosing.asks_a_wiki(self.job, named):
                self._meet_wiki()
            self._choose_checks()
            if self.job.deed == "save" and self.may_save:
                self._save(named)
            due = self._due(named)
            try:
                self._look_at(due)
            finally:
                self._write_down()
            self.result.complete = not self.doubts
        except _Stop as stop:
            self.result.stopped = str(stop)
        except WikiUnavailable as trouble:
            self._lost(trouble)
        except RedpencilError as wrong:
            self._trouble(wrong)
            self.result.stopped = "nothing more was done"

    # Before

    def _meet_wiki(self) -> None:
        self.wiki = self.connected()
        account = self.wiki.account
        if account is not None and account.has_secret:
            self.wiki.login()
        try:
            self.theirs = guards.wiki(self.wiki, self.now)
        except guards.NotNow:
            self.clock_is_wrong = True
            raise
        self._obey()

    def _obey(self) -> None:
        """Ask what the wiki wants. Raises _Stop when it wants the run to stop."""
        if self.wiki is None:
            return
        self.settings, wrong = wiki_settings.current(self.wiki, self.queue.store)
        if wrong:
            if self.may_save:
                self._trouble(UsageError(wrong))
            self.may_save = False
        if self.settings.stop:
            self.may_save = False
            self.result.count(WikiError.exit_code)
            self._say(f"{self.wiki.name} has stopped the bot: {self.settings.stop}")
            raise _Stop("stopped by the wiki")

    def _choose_checks(self) -> None:
        job = self.job
        for sentence in custom.troubles():
            self.result.count(UsageError.exit_code)
            self._say(sentence)
        try:
            chosen = checker.choose_checks(job.checks.only, job.checks.skip)
        except UsageError as wrong:
            raise job.written.wrong(("checks",), f"names a wrong one: {wrong}") from wrong
        allowed = set(checker.choose_checks(self.settings.only, self.settings.skip))
        self.checks = tuple(check for check in chosen if check in allowed)
        judged = learning.judge(
            self.queue.store, decisions=self.rule.decisions, acceptance=self.rule.acceptance
        )
        self.report_only = frozenset(record.check for record in judged)

    @property
    def _of_checks(self) -> Settings:
        """What is set for the checks: the wiki's word counts before the job's."""
        for years in (self.settings.as_of_years, self.job.checks.as_of_years):
            if years is not None:
                return Settings(as_of_years=years)
        return Settings()

    # Saving

    def _save(self, named: Sequence[Target]) -> None:
        limits = [n for n in (self.job.limits.edits, self.settings.edits) if n is not None]
        policy = dataclasses.replace(
            self.rule.saving,
            max_wait=self.job.max_wait,
            per_run=min([self.rule.saving.per_run, *limits]),
        )
        if not policy.per_run:
            return
        for outcome, _ in delivery.deliver(
            self._approved(named),
            wikis=Wikis(lambda apis: self._the_wiki),
            queue=self.queue,
            today=self.today,
            policy=policy,
            simulate=False,
            tell=said,
            trouble=self._trouble,
        ):
            said("save", page=outcome.title, outcome=type(outcome).__name__, why=outcome.message)
            if isinstance(outcome, GivenUp):
                raise WikiUnavailable(outcome.message)
            if isinstance(outcome, Saved | Written):
                self.result.saved += 1
                if self.result.saved >= policy.per_run:
                    break
            elif isinstance(outcome, Conflict):
                self.result.not_saved += 1
            elif isinstance(outcome, Refused):
                self.result.not_saved += 1
                if outcome.reason not in _PASSING:
                    self._say(outcome.message)
                    self.result.count(WikiError.exit_code)
                if outcome.reason is Reason.STOPPED:
                    break
            self._in_time()

    @property
    def _the_wiki(self) -> MediaWiki:
        if self.wiki is None:
            raise UsageError(f"{self.job.written.name}: names no wiki")
        return self.wiki

    def _approved(self, named: Sequence[Target]) -> Iterator[delivery.Parcel]:
        """What is approved of this job's pages and checks, as far as the wiki lets us."""
        folders = [each.path.resolve() for each in named if each.path is not None]
        names = {check.name for check in self.checks}
        left_out = self._left_out()
        for parcel in delivery.approved(self.queue, Selection()):
            batch = parcel.batch
            if batch is None or left_out(parcel.page.title):
                continue
            file = batch.file
            if file is not None:
                ours = any(folder in (file, *file.parents) for folder in folders)
            else:
                ours = self.wiki is not None and batch.wiki == self.wiki.name
            kept = tuple(each for each in batch.proposals if each.finding.check in names)
            if ours and kept:
                batch = batch._replace(proposals=kept)
                yield delivery.Parcel(batch.page, batch.picks, batch)

    def _left_out(self) -> Callable[[str], bool]:
        return choosing.left_out([*self.job.pages.exclude, *self.settings.exclude])

    # Which pages

    def _due(self, named: Sequence[Target]) -> list[Due]:
        """The pages that have to be looked at, those that wait longest first."""
        looks = Looks(self.queue.store, self.job.name)
        conflicts = self._in_conflict()
        recipe = self._recipe(self._file_profile)
        found = list(
            outdated(
                self._counted(self._files(named)), looks, recipe, self.today, conflicts=conflicts
            )
        )
        self._set_aside(proposing.files_gone(self.queue, self.folders))
        if self.wiki is not None:
            found += outdated(
                self._counted(self._pages(named, self.wiki)),
                looks,
                self._recipe(self.wiki.profile),
                self.today,
                conflicts=conflicts,
                facts=self.wiki.facts,
            )
        found.sort(key=lambda each: each.last)
        said(
            "pages",
            job=self.job.name,
            pages=self.result.pages,
            due=len(found),
            passed_over=self.result.passed_over,
        )
        return found

    @property
    def _file_profile(self) -> Profile:
        return sites.profile(self.job.site)

    def _recipe(self, profile: Profile) -> str:
        return recipe_of(
            self.checks,
            profile,
            self._of_checks,
            self.version,
            self.job.deed == "check",
            sorted(self.report_only),
            self.evidence is not None,
        )

    def _files(self, named: Sequence[Target]) -> Iterator[Seen]:
        left_out = self._left_out()
        for target, page in choosing.files(named):
            if isinstance(page, RedpencilError):
                self._trouble(page)
            elif left_out(page.title):
                self._pass_over(page.title, "it is left out")
            else:
                wiki, name = proposing.identity(page)
                self.folders.add(wiki)
                yield Seen(target, wiki, name_of(name, target), state_of(page), named=True)

    def _pages(self, named: Sequence[Target], wiki: MediaWiki) -> Iterator[Seen]:
        left_out = self._left_out()
        chosen = choosing.on_wiki(self.job, named, wiki, self._since())
        for each, now in choosing.currently(chosen, wiki, self.job.pages.namespaces):
            if isinstance(now, RedpencilError):
                self._set_aside(proposing.gone(now))
                if each is None or each.named:
                    self._trouble(now)
                else:
                    self._pass_over(each.target.title, str(now))
            elif left_out(now.title):
                self._pass_over(now.title, "it is left out")
            elif each is not None:
                asked = each.target.title
                if asked and asked != now.title:  # it was moved, or is only spelt otherwise
                    why = f"the page redirects to {now.title!r} now"
                    self._set_aside([proposing.Gone(wiki.name, asked, why)])
                target = dataclasses.replace(each.target, title=now.title, page_id=None)
                name = name_of(now.title, target)
                yield Seen(target, wiki.name, name, str(now.revision), each.named)

    def _set_aside(self, gone: Iterable[proposing.Gone]) -> None:
        """What waits of pages that are no longer there is obsolete."""
        if self.job.deed == "check":
            return
        for wiki, page, why in gone:
            obsolete = self.queue.page_gone(wiki, page, why)
            if obsolete:
                Looks(self.queue.store, self.job.name).forget(wiki, page)
                self.result.obsolete += len(obsolete)
                said("gone", wiki=wiki, page=page, why=why, obsolete=len(obsolete))

    def _pass_over(self, page: str, why: str) -> None:
        self.result.passed_over += 1
        said("passed over", page=page, why=why)

    def _since(self) -> datetime:
        """Since when changes of the wiki are asked for: the start of the last complete run."""
        last = register.last_complete(self.queue.store, self.job.name)
        now = self.theirs or self.now
        if last is not None and now - last > _CHANGES_KEPT and self.job.pages.recent_changes:
            self._say(
                f"the last complete run of {self.job.name} was on {last:%Y-%m-%d}; the wiki may"
                " have forgotten what changed in the first days after it"
            )
        return last or now - _DAY

    def _counted(self, seen: Iterable[Seen]) -> Iterator[Seen]:
        for each in seen:
            self.result.pages += 1
            yield each

    def _in_conflict(self) -> set[tuple[str, str]]:
        names = {check.name for check in self.checks}
        entries = self.queue.entries(Selection(states=[State.CONFLICT]))
        return {(entry.wiki, entry.page) for entry in entries if entry.check in names}

    # Looking

    def _look_at(self, due: Sequence[Due]) -> None:
        limits = [n for n in (self.job.limits.pages, self.settings.pages) if n is not None]
        most = min([len(due), *limits])
        self.result.left = len(due)
        done = 0
        for part in parts(due[:most], _PAGES_BETWEEN_LOOKS):
            if done >= _PAGES_BETWEEN_LOOKS:
                done = 0
                self._obey()
                guards.disk([self.queue.store.path], self.job.limits.free_megabytes)
            self._check(part)
            done += len(part)
        if self.result.left:
            raise _Stop(f"the limit of {most:,} pages is reached")

    def _check(self, part: Sequence[Due]) -> None:
        """Check some pages, and write each down with its proposals."""
        day = Horizon(self.today)
        by_page = {(each.wiki, each.page): each for each in part}
        lost: list[RedpencilError] = []
        started, left = self.monotonic(), self.result.left
        reports = workflow.check(
            [each.target for each in part],
            files=Folder(),
            wiki=None if self.wiki is None else Wikis(lambda apis: self._the_wiki),
            trouble=lost.append,
            evidence=self.evidence,
            today=day,
            only=self.checks,
            profile=self._file_profile,
            settings=self._of_checks,
        )
        day.forget()
        for number, report in enumerate(reports, 1):
            wiki, page = proposing.identity(report.page)
            each = by_page.get((wiki, page))
            self._take_in(report, wiki, page, each, day.until, started)
            day.forget()
            started = self.monotonic()
            self.result.left = left - number
            self._in_time()
        for wrong in lost:
            self._set_aside(proposing.gone(wrong))
            if isinstance(wrong, WikiUnavailable | NotAllowed):
                raise wrong
            if part[0].named and part[0].target.section is not None:  # which come each for itself
                self._trouble(wrong)
            else:
                self._pass_over("", str(wrong))
        self.result.left = left - len(part)
        self._in_time()

    def _take_in(
        self,
        report: Report,
        wiki: str,
        page: str,
        due: Due | None,
        until: date,
        started: float,
    ) -> None:
        """Put what a report says into the queue, then write the look down."""
        section = None if due is None else due.target.section
        named = None if section is None else workflow.named_section(report.page, section)
        new = kept = obsolete = 0
        if self.job.deed != "check":
            ((_, proposed),) = proposing.propose(
                self.queue,
                [report],
                checks={check.name for check in self.checks},
                sections=None if named is None else proposing.headings_in(report.page, named),
                report_only=self.report_only,
            )
            new, kept, obsolete = map(len, (proposed.new, proposed.kept, proposed.obsolete))
        for skipped in report.skipped:
            if skipped.failed:
                sentence = f"{report.page.title}: {skipped.check}: {skipped.reason}"
                if skipped.check in self.broken:
                    said("trouble", why=sentence)
                else:
                    self.broken.add(skipped.check)
                    self._say(sentence)
                self.result.count(FAULT)
        self.result.checked += 1
        self.result.new += new
        self.result.obsolete += obsolete
        if self.job.deed == "check":
            self.result.findings += len(report.findings)
        if new or (self.job.deed == "check" and report.findings):
            self.result.count(FINDINGS)
        titles = wanted_titles(
            report.page.text,
            profile=report.profile,
            only=self.checks,
            scope=() if named is None else (named,),
        )
        asked = self.wiki is not None and report.page.revision is not None
        if not asked:
            titles = frozenset()
        if self._is_whole(report, titles):
            profile = report.profile if asked else self._file_profile
            look = Look(
                state_of(report.page),
                self._recipe(profile),
                self._horizon(until),
                tuple(sorted(titles)),
                facts_of(report.facts, titles),
            )
            self.taken.append((wiki, page if due is None else due.name, look))
            if len(self.taken) >= _LOOKS_TOGETHER:
                self._write_down()
        else:
            self.doubts = True
        said(
            "checked",
            wiki=wiki,
            page=page if due is None else due.name,
            revision=report.page.revision,
            why="" if due is None else due.why,
            findings=len(report.findings),
            new=new,
            kept=kept,
            obsolete=obsolete,
            ms=round((self.monotonic() - started) * 1000),
        )

    def _write_down(self) -> None:
        """Keep the looks taken since the last time; their proposals are in the queue already."""
        taken, self.taken = self.taken, []
        if taken:
            Looks(self.queue.store, self.job.name).keep(taken)

    def _is_whole(self, report: Report, titles: Collection[str]) -> bool:
        """Whether the page was looked at as it should be: else it is looked at again next time.

        So it is when a check broke, when a link could not be looked up, or when an archive did not
        answer.
        """
        if any(each.failed for each in report.skipped) or report.facts.unknown & set(titles):
            return False
        asked = report.facts.kept or report.facts.lost or report.facts.fates
        return self.evidence is None or report.facts.looked_up or not asked

    def _horizon(self, until: date) -> date:
        """The last day on which a look holds, archives being asked again after some days."""
        if self.evidence is None:
            return until
        return min(until, self.today + timedelta(days=self.job.archives.days - 1))

    # Ending

    def _in_time(self) -> None:
        """Raise _Stop when the time is over and anything is left to do."""
        minutes = self.job.limits.minutes
        if minutes is None or self.monotonic() - self.started < 60 * minutes:
            return
        if self.result.left or not self.result.checked:
            raise _Stop(f"the limit of {minutes:g} minutes is reached")

    def _lost(self, trouble: WikiUnavailable) -> None:
        self._trouble(trouble)
        self.result.stopped = "the next run goes on there"
        self.may_save = False

    def _trouble(self, wrong: RedpencilError) -> None:
        if isinstance(wrong, WikiUnavailable) and self.result.stopped:
            return
        self._say(str(wrong))
        self.result.count(wrong.exit_code)

    def _say(self, sentence: str) -> None:
        """Tell what needs a human, but not endlessly."""
        self.result.troubles.append(sentence)
        said("trouble", why=sentence)
        if len(self.result.troubles) <= _MOST_TOLD:
            self.tell(sentence)
        elif len(self.result.troubles) == _MOST_TOLD + 1:
            self.tell("there is more like this; the log has it all")

    def publish(self, publications: Iterable[Publication]) -> None:
        """Make the reports and tell whoever is to be told."""
        from bot.report import publish
        from bot.report.publish import WikiReport

        wanted = [
            each
            for each in publications
            if not isinstance(each, WikiReport) or (self.wiki is not None and self.may_save)
        ]
        for published in publish.publish(
            self.queue,
            wanted,
            since=self.now - timedelta(days=self.job.reports.days),
            now=self.queue.store.clock(),
            decisions=self.rule.decisions,
            acceptance=self.rule.acceptance,
            wiki=lambda: self._the_wiki,
            policy=dataclasses.replace(self.rule.saving, max_wait=self.job.max_wait),
            tell=said,
        ):
            said("report", where=published.where, done=published.done)
            if published.trouble:
                said_of = published.trouble.removeprefix(f"{published.where}: ")
                self._say(f"the report {published.where}: {said_of}")
                self.result.count(published.status)
