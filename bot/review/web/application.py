"""The page as a Flask application: coming in, the list, saving, statistics.

`deciding` has the pages on which is decided; see `bot.review.web` for what can be asked for. One
connection to the queue's file serves all requests, one after the other, for each takes
milliseconds; what asks a wiki (previews, saving) does so without holding it.
"""

from __future__ import annotations

import secrets
from typing import Any, NamedTuple

from flask import Blueprint, Flask, abort, jsonify, redirect, render_template, request, url_for
from flask import session as visit
from werkzeug.exceptions import HTTPException

from bot.errors import RedpencilError, StoreError
from bot.queue.proposals import OPEN, Selection, State
from bot.report import visible
from bot.review import KEYS, state
from bot.review.web import guard, parts
from bot.review.web.deciding import deciding
from bot.review.web.delivering import planned
from bot.review.web.guard import Guard
from bot.review.web.room import Desk, Narrowed, Room, asked_number, at, how_far, wants_json

#: The keys of the page: those of the terminal, and two that only change what is shown.
_KEYS = (*KEYS[:-2], "v", "f", *KEYS[-2:])
_PAGES_AT_ONCE = 50
# No request is longer: the longest page of a wiki is 2 MB, and JSON may write a character as six.
_LONGEST_REQUEST = 16_000_000


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
    app.register_blueprint(deciding)
    app.jinja_env.globals.update(State=State, KEYS=_KEYS, at=at)
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


pages = Blueprint("pages", __name__)


# Coming in


@pages.get("/enter")
def enter() -> Any:
    """The printed address: lets the first browser in."""
    if not visit.get("who"):
        if not Room.here().keeper.takes_token(request.args.get("token", "")):
            abort(401)
        _lets_in(Room.here().desk.who)
    return redirect(url_for("pages.listed"))


def _lets_in(who: str) -> None:
    visit.clear()
    visit["who"] = who
    visit["id"] = secrets.token_hex(8)


@pages.route("/login", methods=["GET", "POST"])
def login() -> Any:
    """Lets in who knows the password; the name is the one decisions are kept under."""
    room = Room.here()
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


def _refused(wrong: HTTPException) -> Any:
    room, code = Room.here(), wrong.code or 500
    if code == 401 and room.keeper.password and not wants_json() and request.method == "GET":
        return redirect(url_for("pages.login"))
    if code in (301, 302, 303, 307, 308):
        return wrong
    key = f"error.{code}" if f"error.{code}" in room.texts.texts else "error.other"
    return _told(room.texts(key, status=str(code)), code)


def _failed(wrong: RedpencilError) -> Any:
    return _told(str(wrong), 503 if isinstance(wrong, StoreError) else 409)


def _told(sentence: str, status: int) -> Any:
    if wants_json():
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
    narrowed = Narrowed.asked()
    state = request.args.get("state", "")
    states = (State(state),) if state in {each.value for each in OPEN} else ()
    words = request.args.get("words", "").casefold().split()
    offset = asked_number("from")
    with Room.here().queue() as queue:
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
        **how_far(totals),
    )


# Saving


@pages.get("/save")
def saving() -> Any:
    """What would be saved, page by page, with the edit summary."""
    narrowed, room, offset = Narrowed.asked(), Room.here(), asked_number("from")
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
    narrowed, room = Narrowed.asked(), Room.here()
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
    Room.here().delivering.stop()
    return jsonify(happened="changed", message=Room.here().texts("save.stopping"))


@pages.get("/save/progress")
def savingprogress() -> Any:
    """What has happened since."""
    progress = Room.here().delivering.progress(asked_number("from"))
    return jsonify(
        **progress,
        said=Room.here().texts("save.progress", done=progress["done"], total=progress["total"]),
        html=render_template("outcomes.html", **progress).strip(),
    )


# Statistics


@pages.get("/stats")
def stats() -> Any:
    """What people made of each check."""
    from bot.queue import learning
    from bot.review.web import charts

    rule = Room.here().desk.rule
    with Room.here().queue() as queue:
        found = learning.records(queue.store, decisions=rule.decisions, acceptance=rule.acceptance)
    texts = Room.here().texts
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
