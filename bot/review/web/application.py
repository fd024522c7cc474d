"""The page as a Flask application: what is asked for, found in the queue, and laid out.

Each request opens the proposal it names in a session of its own; see `bot.review.web` for what can
be asked for. One connection to the queue's file serves all requests, one after the other, for each
takes milliseconds; what asks a wiki (previews, saving) does so without holding it.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import (
    session as visit,
)
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from bot.configuration import Configuration
from bot.errors import RedpencilError, StoreError, UsageError
from bot.model import Safety, Span
from bot.queue import Queue
from bot.queue.proposals import OPEN, Selection, State
from bot.report import visible
from bot.review import KEYS, Checking, Happened, Reply, Session, View, none_beside, state
from bot.review.catalogue import Catalogue, Sayable, best, say
from bot.review.preview import Rendered
from bot.review.web import guard, parts
from bot.review.web.delivering import Delivering, Delivery, planned
from bot.review.web.guard import Guard

#: What a wiki's parser makes of a view; raises RedpencilError when it cannot be asked.
Preview = Callable[[View], Rendered]

#: The keys of the page: those of the terminal, and two that only change what is shown.
_KEYS = (*KEYS[:-2], "v", "f", *KEYS[-2:])
_PAGES_AT_ONCE = 50
_TOGETHER_AT_ONCE = 25
_FINDINGS_BESIDE = 60
_MOST_PREVIEWS = 20
# No request is longer: the longest page of a wiki is 2 MB, and JSON may write a character as six.
_LONGEST_REQUEST = 16_000_000


@dataclass
class Desk:
    """What the reviewer works with.

    `who` decides, unless they said another name when they came in. `preview` and `delivery` are
    None when no wiki may be asked.
    """

    queue: Queue
    who: str
    checking: Checking
    rule: Configuration = field(default_factory=Configuration)
    preview: Preview | None = None
    delivery: Delivery | None = None


def application(desk: Desk, keeper: Guard, *, port: int = 0) -> Flask:
    """The application; what is refused by `keeper` reaches none of it."""
    app = Flask(__name__, static_url_path="/static")
    app.secret_key = secrets.token_bytes(32)
    app.config.update(
        SESSION_COOKIE_NAME=f"redpencil-{port}",  # cookies know no ports
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        MAX_CONTENT_LENGTH=_LONGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=100_000,
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    room = Room(desk, keeper)
    app.extensions["redpencil"] = room
    app.register_blueprint(pages)
    app.jinja_env.globals.update(State=State, KEYS=_KEYS, at=_at)
    app.context_processor(lambda: {"t": room.texts, "said": room.texts.part("script")})
    app.jinja_env.filters.update(
        visible=visible,
        line=room.line,
        number=room.number,
        state=lambda proposal: room.line(state(proposal)),
    )
    guard.install(app, keeper, open_to_all=frozenset({"static", "pages.login", "pages.enter"}))
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(RedpencilError, _failed)
    return app


class Room:
    """What lives as long as the server: the desk, a lock for it, previews, and the saving."""

    def __init__(self, desk: Desk, keeper: Guard) -> None:
        self.desk = desk
        self.keeper = keeper
        self.lock = threading.RLock()
        self.delivering = Delivering(desk.queue.store.path, desk.delivery)
        self.previews: OrderedDict[str, str] = OrderedDict()
        self.served: dict[str, set[tuple[int, int]]] = {}
        """What each visitor was shown of proposals that are decided together: number, version."""

    @property
    def texts(self) -> Catalogue:
        """The words of the page, in the language that this request's browser likes best."""
        return best(request.accept_languages.values())  # the best first

    def close(self) -> None:
        """Wait for the request that is at the queue, and let none there any more."""
        self.lock.acquire()

    @contextlib.contextmanager
    def queue(self) -> Iterator[Queue]:
        """The queue, for this request alone."""
        with self.lock:
            yield self.desk.queue

    def number(self, number: int) -> str:
        """A number as it is written in that language."""
        return self.texts.number(number)

    def line(self, what: Sayable) -> str:
        """What is to be said or shown, in one line."""
        return visible(self.texts.said(what), one_line=True)


class Narrowed(NamedTuple):
    """What the reviewer wants to see of the queue, as it stands in every address."""

    check: str | None = None
    safety: str | None = None
    wiki: str | None = None
    page: str | None = None

    def selection(self, *states: State) -> Selection:
        """The proposals meant, in these states."""
        safety = Safety(self.safety) if self.safety else None
        return Selection(self.wiki, self.page, self.check, states, safety)

    def query(self, **more: object) -> str:
        """As the end of an address, with "?"; '' for nothing."""
        said = {name: value for name, value in {**self._asdict(), **more}.items() if value}
        return f"?{urlencode(said)}" if said else ""


pages = Blueprint("pages", __name__)


def _room() -> Room:
    room: Room = current_app.extensions["redpencil"]
    return room


def _narrowed() -> Narrowed:
    said = {name: request.args.get(name) or None for name in Narrowed._fields}
    if said["safety"] not in (None, *(each.value for each in Safety)):
        said["safety"] = None
    return Narrowed(**said)


def _who() -> str:
    return str(visit["who"])


def _at(offset: int) -> str:
    """The address of the same list from another line on."""
    said = {**request.args.to_dict(), "from": str(offset)}
    return f"?{urlencode(said)}"


def _number(name: str, least: int = 0) -> int:
    return max(least, request.args.get(name, least, type=int))


# Coming in


@pages.get("/enter")
def enter() -> Any:
    """The printed address: lets the first browser in."""
    if not visit.get("who"):
        if not _room().keeper.takes_token(request.args.get("token", "")):
            abort(401)
        _lets_in(_room().desk.who)
    return redirect(url_for("pages.listed"))


def _lets_in(who: str) -> None:
    visit.clear()
    visit["who"] = who
    visit["id"] = secrets.token_hex(8)


@pages.route("/login", methods=["GET", "POST"])
def login() -> Any:
    """Lets in who knows the password; the name is the one decisions are kept under."""
    room = _room()
    if not room.keeper.password:
        abort(404)
    if request.method == "GET":
        return render_template("login.html", wrong="")
    fits = room.keeper.takes_password(request.form.get("password", ""))
    if not fits:
        wrong = "login.wrong" if fits is False else "login.later"
        return render_template("login.html", wrong=room.texts(wrong)), 403 if fits is False else 429
    who = " ".join(request.form.get("who", "").split())[:100]
    _lets_in(who or room.desk.who)
    return redirect(url_for("pages.listed"))


# Errors


def _wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json" or request.is_json


def _refused(wrong: HTTPException) -> Any:
    room, code = _room(), wrong.code or 500
    if code == 401 and room.keeper.password and not _wants_json() and request.method == "GET":
        return redirect(url_for("pages.login"))
    if code in (301, 302, 303, 307, 308):
        return wrong
    key = f"error.{code}" if f"error.{code}" in room.texts.texts else "error.other"
    return _told(room.texts(key, status=str(code)), code)


def _failed(wrong: RedpencilError) -> Any:
    return _told(str(wrong), 503 if isinstance(wrong, StoreError) else 409)


def _told(sentence: str, status: int) -> Any:
    if _wants_json():
        return jsonify(happened="failed", message=visible(sentence, one_line=True)), status
    return render_template("error.html", sentence=sentence, status=status), status


# The list


class Line(NamedTuple):
    """A page in the list, with how many of its proposals are in each state and of each check."""

    wiki: str
    page: str
    states: dict[State, int]
    checks: dict[str, int]


@pages.get("/")
def listed() -> Any:
    """The pages that something waits on, with counts."""
    narrowed = _narrowed()
    state = request.args.get("state", "")
    states = (State(state),) if state in {each.value for each in OPEN} else ()
    words = request.args.get("words", "").casefold().split()
    offset = _number("from")
    with _room().queue() as queue:
        counts = queue.counts(narrowed.selection(*(states or OPEN)))
        totals = queue.totals(narrowed.selection())
        checks = queue.checks(Selection(states=OPEN))
        first = queue.first(narrowed.selection(State.PENDING))
    lines: dict[tuple[str, str], Line] = {}
    for (wiki, page, check, of), count in counts.items():
        if words and not all(word in f"{page} {wiki}".casefold() for word in words):
            continue
        line = lines.setdefault((wiki, page), Line(wiki, page, {}, {}))
        line.states[of] = line.states.get(of, 0) + count
        if of is State.PENDING or states:
            line.checks[check] = line.checks.get(check, 0) + count
    wanted = [line for line in lines.values() if states or line.states.get(State.PENDING)]
    return render_template(
        "list.html",
        lines=wanted[offset : offset + _PAGES_AT_ONCE],
        count=len(wanted),
        offset=offset,
        size=_PAGES_AT_ONCE,
        narrowed=narrowed,
        state=state if states else "",
        words=request.args.get("words", ""),
        checks=checks,
        first=first,
        **_progress(totals),
    )


def _progress(totals: Mapping[State, int]) -> dict[str, int]:
    waiting = totals.get(State.PENDING, 0)
    approved, rejected = totals.get(State.APPROVED, 0), totals.get(State.REJECTED, 0)
    conflicts, saved = totals.get(State.CONFLICT, 0), totals.get(State.SAVED, 0)
    return {
        "waiting": waiting,
        "approved": approved,
        "rejected": rejected,
        "conflicts": conflicts,
        "saved": saved,
        "decided": approved + rejected + saved,
        "total": waiting + approved + rejected + saved + conflicts,
    }


@pages.get("/next")
def first_waiting() -> Any:
    """Leads to the first proposal that waits."""
    narrowed = _narrowed()
    state = request.args.get("state")
    wanted = State(state) if state in {each.value for each in OPEN} else State.PENDING
    with _room().queue() as queue:
        number = queue.first(narrowed.selection(wanted))
    if number is None:
        return redirect(url_for("pages.listed") + narrowed.query())
    return redirect(url_for("pages.proposal", number=number) + narrowed.query())


# One proposal


def _session(queue: Queue, number: int, narrowed: Narrowed) -> Session:
    """A session at this proposal of its page; 404 when there is none, 410 when it is settled.

    It goes through what is narrowed down to, or through all of the page from anything else.
    """
    try:
        at = queue.proposal(number)
    except (UsageError, OverflowError):
        abort(404)
    here = Narrowed(wiki=at.wiki, page=at.page)
    for within in (here._replace(check=narrowed.check, safety=narrowed.safety), here):
        session = Session(queue, _who(), _room().desk.checking, within.selection(*OPEN))
        if session.go(number):
            break
    else:
        abort(410)
    return session


def _view(session: Session) -> View:
    view = session.shown
    if view is None:
        abort(410)
    return view


@pages.get("/proposals/<int:number>")
def proposal(number: int) -> Any:
    """One proposal: the whole page, or only what changes from one to the next."""
    narrowed = _narrowed()
    with _room().queue() as queue:
        session = _session(queue, number, narrowed)
        if _wants_json():
            return jsonify(_answer(queue, session, narrowed, Reply(Happened.MOVED)))
        answer = _laid_out(queue, session, narrowed)
    return render_template("review.html", **answer)


def _other(number: int | None, than: int) -> int | None:
    return None if number == than else number


def _laid_out(
    queue: Queue, session: Session, narrowed: Narrowed, own: Said | None = None
) -> dict[str, Any]:
    """What the template of a proposal is given. `sends` is what the script says of each mend when
    it is decided: of a person's `own` words also what is wrong with them, as it is told there."""
    shown = parts.shown(session, _view(session))
    here = shown.view.proposal
    sends: dict[int, dict[str, object]] = {
        mend.number: {"version": here.version, "fix": mend.number}
        for mend in (*shown.mends, shown.plain)
    }
    if own is not None and shown.view.chosen is None:
        words = {"text": own.text} if own.text is not None else {"parts": own.parts}
        told = [_room().line(each) for each in shown.view.objections]
        sends[0] |= {"fix": own.fix, **words, "told": told}
    waiting = narrowed.selection(State.PENDING)
    place = shown.view.number
    start = max(0, min(place - _FINDINGS_BESIDE // 2, shown.view.total - _FINDINGS_BESIDE))
    beside = queue.entries(session.selection, limit=_FINDINGS_BESIDE, offset=start)
    address = here.source if here.source.startswith(("http://", "https://")) else ""
    if address and here.section:
        address += "#" + here.section.replace(" ", "_")
    return {
        "shown": shown,
        "view": shown.view,
        "proposal": here,
        "finding": here.finding,
        "next": queue.beside(here, waiting) or _other(queue.first(waiting), here.id),
        "sends": sends,
        "rivals": " ".join(sorted({str(r.id) for mend in shown.mends for r in mend.rivals})),
        "beside": beside,
        "beside_start": start,
        "address": address,
        "narrowed": narrowed,
        "can_preview": bool(_room().desk.preview and address),
        **_progress(queue.totals(narrowed.selection())),
    }


def _answer(
    queue: Queue, session: Session, narrowed: Narrowed, reply: Reply, own: Said | None = None
) -> dict[str, Any]:
    """What the script is told: what happened, and what is to be shown now."""
    room = _room()
    answer: dict[str, Any] = {
        "happened": reply.happened.value,
        "message": room.line(reply.said),
        "verdicts": [
            {"id": v.proposal.id, "state": v.proposal.state.value, "made": v.made}
            for v in reply.verdicts
        ],
    }
    waiting = queue.totals(narrowed.selection()).get(State.PENDING, 0)
    answer["told"] = room.line(say("review.kept-told", said=reply.said, count=waiting))
    view = session.shown
    if view is None:
        counts = _progress(queue.totals(narrowed.selection()))
        progress = render_template("progress.html", **counts)
        return answer | counts | {"proposal": None, "progress": progress}
    laid_out = _laid_out(queue, session, narrowed, own)
    counts = {name: laid_out[name] for name in ("waiting", "approved", "decided", "total")}
    number = view.proposal.id
    return (
        answer
        | counts
        | {
            "proposal": number,
            "state": view.proposal.state.value,
            "rivals": laid_out["rivals"],
            "article": render_template("proposal.html", **laid_out),
            "findings": render_template("findings.html", **laid_out),
            "progress": render_template("progress.html", **laid_out),
        }
    )


@pages.get("/proposals/<int:number>/beside")
def beside(number: int) -> Any:
    """The next, the previous, one of the page by its place, or what a search finds."""
    narrowed = _narrowed()
    key, argument = request.args.get("key", ""), request.args.get("argument", "")
    with _room().queue() as queue:
        session = _session(queue, number, narrowed)
        here = _view(session).proposal
        if key == "g":
            return jsonify(_answer(queue, session, narrowed, session.press(key, argument)))
        if key == "/":
            found = queue.search(argument, here, narrowed.selection(*OPEN))
            nothing = say("reply.no-words", words=argument)
        elif key in ("j", "k", "J", "K"):
            states = (State.PENDING,) if key in "jk" else OPEN
            found = queue.beside(here, narrowed.selection(*states), before=key in "kK")
            nothing = none_beside(key)
        else:
            abort(400)
        if found is None:
            return jsonify(_answer(queue, session, narrowed, Reply(Happened.NOTHING, nothing)))
        there = _session(queue, found, narrowed)
        return jsonify(_answer(queue, there, narrowed, Reply(Happened.MOVED)))


@pages.get("/proposals/<int:number>/text")
def folded(number: int) -> Any:
    """A stretch of the page that was folded, with what is marked in it; 409 for another version."""
    narrowed = _narrowed()
    with _room().queue() as queue:
        session = _session(queue, number, narrowed)
    view = _view(session)
    if request.args.get("version", type=int) != view.proposal.version:
        raise UsageError(_room().texts("reply.changed"))
    finding = view.proposal.finding
    span = Span(_number("start"), min(len(view.text), _number("end")))
    places = [*finding.related, *parts.evidence_at(view.text, finding)]
    bits = parts.marked(view.text, span, finding.span, places)
    return jsonify(html=render_template("fold.html", bits=bits))


# What a person says of it


class Said(NamedTuple):
    """What the script sends of a proposal: what is shown there, and what was pressed."""

    version: int
    fix: int
    text: str | None
    parts: str | None
    key: str
    told: tuple[str, ...]
    reason: str


def _said() -> Said:
    """The body of the request; 400 for anything else."""
    body = request.get_json()
    if not isinstance(body, dict):
        abort(400)
    told = body.get("told") or []
    said = Said(
        body.get("version", 0),
        body.get("fix", 1),
        body.get("text"),
        body.get("parts"),
        body.get("key", ""),
        tuple(told) if isinstance(told, list) else (),
        body.get("reason", ""),
    )
    kinds = (int, int, str | None, str | None, str, tuple, str)
    if not all(isinstance(each, kind) for each, kind in zip(said, kinds, strict=True)):
        abort(400)
    return said


def _as_shown(session: Session, said: Said) -> Reply:
    """Bring the session to what the person sees: the alternative, or their own words of it."""
    reply = Reply(Happened.NOTHING)
    view = session.shown
    if view is not None and said.version != view.proposal.version:
        return session.press("y", seen=said.version)  # says that it has changed, and how
    if said.fix > 0 and view is not None and view.proposal.finding.fixes:
        reply = session.press(str(said.fix))
    if said.text is not None:
        # Browsers send line breaks as they like; the page keeps its own.
        breaks = "\r\n" if session.shown and "\r\n" in session.shown.text else "\n"
        text = said.text.replace("\r\n", "\n").replace("\n", breaks)
        reply = session.press("e", text, seen=said.version)
    elif said.parts is not None:
        reply = session.press("s", said.parts, seen=said.version)
    return reply


@pages.post("/proposals/<int:number>/check")
def check(number: int) -> Any:
    """The person's own edit, checked and shown; nothing is decided."""
    said, narrowed = _said(), _narrowed()
    with _room().queue() as queue:
        session = _session(queue, number, narrowed)
        reply = _as_shown(session, said)
        return jsonify(_answer(queue, session, narrowed, reply, said))


@pages.post("/proposals/<int:number>/decision")
def decision(number: int) -> Any:
    """A decision, made of what was shown; the answer says whether it was made."""
    said, narrowed = _said(), _narrowed()
    if said.key not in ("y", "n", "r", "a", "d"):
        abort(400)
    with _room().queue() as queue:
        session = _session(queue, number, narrowed)
        reply = _as_shown(session, said)
        own = said.text is not None or said.parts is not None
        view = session.shown
        if reply.happened is Happened.OVERTAKEN:
            return jsonify(_answer(queue, session, narrowed, reply)), 409
        if (
            own
            and said.key in ("y", "a", "*")
            and (
                reply.happened is not Happened.CHANGED
                or view is None
                or {_room().line(each) for each in view.objections} - set(said.told)
            )
        ):
            # What checking it brought up was not seen yet, or it is no edit at all.
            return jsonify(_answer(queue, session, narrowed, reply, said)), 409
        reply = session.press(said.key, said.reason, seen=said.version)
        if reply.happened is not Happened.DECIDED:
            return jsonify(_answer(queue, session, narrowed, reply)), 409
        waiting = narrowed.selection(State.PENDING)
        there = queue.beside(queue.proposal(number), waiting) or queue.first(waiting)
        if there is None:
            made = _answer(queue, session, narrowed, reply)
            made["proposal"] = None
            return jsonify(made)
        return jsonify(_answer(queue, _session(queue, there, narrowed), narrowed, reply))


@pages.post("/undo")
def undo() -> Any:
    """The last decision of this reviewer is taken back."""
    narrowed = _narrowed()
    with _room().queue() as queue:
        session = Session(queue, _who(), _room().desk.checking, Selection(page="", states=OPEN))
        reply = session.press("u")
        if not reply.verdicts:
            return jsonify(_answer(queue, session, narrowed, reply))
        try:
            there = _session(queue, reply.verdicts[0].proposal.id, Narrowed())
        except HTTPException:
            there = session
        return jsonify(_answer(queue, there, narrowed, reply))


# Previews


@pages.post("/proposals/<int:number>/preview")
def preview(number: int) -> Any:
    """What the wiki's parser makes of the lines before and after, as addresses of documents."""
    said, narrowed, room = _said(), _narrowed(), _room()
    with room.queue() as queue:
        session = _session(queue, number, narrowed)
        reply = _as_shown(session, said)
        view = session.shown
    if reply.happened is Happened.OVERTAKEN or view is None:
        return jsonify(happened="failed", message=room.line(reply.said)), 409
    if room.desk.preview is None:
        raise UsageError(room.texts("preview.offline"))
    rendered = room.desk.preview(view)
    addresses = {}
    for side, html in zip(("before", "after"), rendered, strict=True):
        key = secrets.token_urlsafe(12)
        with room.lock:
            room.previews[key] = html
            while len(room.previews) > _MOST_PREVIEWS:
                room.previews.popitem(last=False)
        addresses[side] = url_for("pages.previewed", key=key)
    same = rendered.before == rendered.after
    html = render_template("previewing.html", same=same, **addresses)
    return jsonify(happened="changed", html=html, same=same, **addresses)


@pages.get("/previews/<key>")
def previewed(key: str) -> Any:
    """The wiki's HTML for a frame, in which it can do nothing."""
    room = _room()
    with room.lock:
        html = room.previews.get(key)
    if html is None:
        abort(404)
    answer = Response(render_template("previewed.html", html=Markup(html)))  # noqa: S704 (see guard)
    answer.headers["Content-Security-Policy"] = guard.PREVIEW_POLICY
    return answer


# All of a check


@pages.get("/together")
def together() -> Any:
    """All that wait of a check, so that one sees them all before deciding them together."""
    narrowed, room, offset = _narrowed(), _room(), _number("from")
    if not narrowed.check:
        abort(404)
    selection = narrowed.selection(State.PENDING)
    with room.queue() as queue:
        total = queue.totals(selection).get(State.PENDING, 0)
        numbers = [e.id for e in queue.entries(selection, limit=_TOGETHER_AT_ONCE, offset=offset)]
        sessions = [_session(queue, number, narrowed) for number in numbers]
        cards = [parts.shown(session, _view(session)) for session in sessions]
        served = room.served.setdefault(str(visit["id"]), set())
        served |= {(card.view.proposal.id, card.view.proposal.version) for card in cards}
    more = offset + len(cards)
    laid_out = {"cards": cards, "narrowed": narrowed, "count": total, "offset": offset}
    laid_out["more"] = more if more < total else None
    if _wants_json():
        html = render_template("cards.html", **laid_out)
        address = _at(more) if laid_out["more"] else ""
        return jsonify(html=html, more=laid_out["more"], address=address)
    return render_template("together.html", **laid_out)


@pages.post("/together")
def decide_together() -> Any:
    """The same decision for all that wait of a check, if every one of them was seen."""
    narrowed, room = _narrowed(), _room()
    body = request.get_json()
    if not isinstance(body, dict) or not narrowed.check or body.get("answer") not in ("y", "n"):
        abort(400)
    seen, reason = body.get("seen"), body.get("reason", "")
    if not isinstance(seen, dict) or not isinstance(reason, str):
        abort(400)
    served = room.served.get(str(visit["id"]), set())
    pairs = {(int(n), v) for n, v in seen.items() if n.isdecimal() and (int(n), v) in served}
    with room.queue() as queue:
        selection = narrowed.selection(State.PENDING)
        waiting = queue.proposals(selection)
        unseen = [each for each in waiting if (each.id, each.version) not in pairs]
        if unseen or not waiting:
            message = room.texts("together.unseen", count=len(unseen), total=len(waiting))
            return jsonify(happened="overtaken", message=message), 409
        session = Session(queue, _who(), room.desk.checking, selection)
        reply = session.decide(waiting, approve=body["answer"] == "y", reason=reason)
        counts = _progress(queue.totals(narrowed.selection()))
    return jsonify(
        happened=reply.happened.value,
        message=room.line(reply.said),
        verdicts=[{"id": v.proposal.id, "made": v.made} for v in reply.verdicts],
        **counts,
    )


# Saving


@pages.get("/save")
def saving() -> Any:
    """What would be saved, page by page, with the edit summary."""
    narrowed, room, offset = _narrowed(), _room(), _number("from")
    with room.queue() as queue:
        plan = planned(queue, narrowed.selection(State.APPROVED), room.desk.rule.saving)
    shown = []
    for each in plan[offset : offset + _PAGES_AT_ONCE]:
        sections = parts.Sections(each.text)
        mends = [(parts.approved(one, each.text, sections), one) for one in each.proposals]
        shown.append({**each._asdict(), "mends": mends})
    return render_template(
        "save.html",
        plan=shown,
        count=len(plan),
        edits=sum(len(each.proposals) for each in plan),
        left=sum(len(each.left) for each in plan),
        numbers={p.id: p.version for each in plan for p in each.proposals},
        offset=offset,
        size=_PAGES_AT_ONCE,
        narrowed=narrowed,
        can_save=room.desk.delivery is not None,
        running=room.delivering.running,
    )


@pages.post("/save")
def save() -> Any:
    """Save what is approved, as it was shown: what was decided since then waits."""
    narrowed, room = _narrowed(), _room()
    body = request.get_json()
    shown = body.get("proposals") if isinstance(body, dict) else None
    if not isinstance(shown, dict):
        abort(400)
    seen = {(int(n), v) for n, v in shown.items() if n.isdecimal() and isinstance(v, int)}
    room.delivering.start(narrowed.selection(State.APPROVED), seen, room.texts)
    return jsonify(happened="changed", message=room.texts("save.started"))


@pages.post("/save/stop")
def stop_saving() -> Any:
    """End after the page that is being saved."""
    _room().delivering.stop()
    return jsonify(happened="changed", message=_room().texts("save.stopping"))


@pages.get("/save/progress")
def saving_progress() -> Any:
    """What has happened since."""
    progress = _room().delivering.progress(_number("from"))
    return jsonify(
        **progress,
        said=_room().texts("save.progress", done=progress["done"], total=progress["total"]),
        html=render_template("outcomes.html", **progress).strip(),
    )


# Statistics


@pages.get("/stats")
def stats() -> Any:
    """What people made of each check."""
    from bot.queue import learning
    from bot.review.web import charts

    rule = _room().desk.rule
    with _room().queue() as queue:
        found = learning.records(queue.store, decisions=rule.decisions, acceptance=rule.acceptance)
    texts = _room().texts
    told = []
    for record in found:
        if not record.made.total():
            continue
        counts = {made.value: record.made[made] for made in learning.Made}
        said = ", ".join(f"{count} {texts(f'stats.{name}')}" for name, count in counts.items())
        last = [made.value for made in record.last]
        ticks = ", ".join(texts(f"stats.{name}") for name in last)
        told.append(
            {
                "record": record,
                "bar": charts.bar(counts, said),
                "row": charts.row(last, f"{texts('stats.trend')}: {ticks}"),
            }
        )
    return render_template("stats.html", told=told, rule=rule, Made=learning.Made)
