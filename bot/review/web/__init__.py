"""The page in the browser where proposals are reviewed: served to this machine, made of our files.

`application` is the whole of it as a WSGI application, `server.serve` runs it. Every request stands
for itself: a proposal's number and version, the alternative or the person's own words, a key. It is
carried out by a `bot.review.Session`, so a key does here what it does in the terminal, and nothing
is lost with a tab, a connection or the program. Writes are POST with JSON, made by our own script,
and answered when the decision is on the disk.

What can be asked for (`?check=NAME&safety=safe|review|suggestion&wiki=NAME&page=TITLE` narrows each
of them; N is the number of a proposal):

    GET  /                     pages with counts; &from=OFFSET, &words=SEARCH, &state=…
    GET  /next                 leads to the first proposal that waits
    GET  /proposals/N          one proposal; with the header Accept: application/json only what
                               changes from one to the next: `Answer`
    GET  /proposals/N/beside?key=j|J|k|K|g|/[&argument=…]
                               the next, the previous, a number of the page's, a search: `Answer`
    GET  /proposals/N/text?start=&end=&version=
                               a folded stretch of the page: {html}
    POST /proposals/N/check    {version, fix, text | parts}: the person's own edit, checked and
                               shown, not decided: `Answer`
    POST /proposals/N/decision {version, key: y|n|r|a|d, fix, text | parts, told, reason}: `Answer`
    POST /proposals/N/preview  {version, fix, text | parts}: {before, after}, addresses of two
                               documents, and {html} that shows them
    GET  /previews/KEY         one of those: the wiki's HTML, without scripts or network
    POST /undo                 {}: the reviewer's last decision is taken back: `Answer`
    GET  /together?check=NAME  all that wait of a check, to see them all; &from=OFFSET as JSON
    POST /together             {answer: y|n, reason, seen: {N: version}}: all of them, if all were
                               seen
    GET  /save                 what would be saved, page by page, with the edit summary
    POST /save                 {proposals: {N: version}}: begins; POST /save/stop ends it after the
                               page that is under way
    GET  /save/progress?from=  what has happened since: {running, done, total, events, next}, and
                               {said, html} to show it
    GET  /stats                what people made of each check
    GET  /enter?token=…        lets the first browser in; GET, POST /login takes the password

`Answer` is {happened, message, proposal, state, article, findings, progress, waiting, approved, …}:
`happened` as in `bot.review.Happened`, or "failed" with a status of 4xx or 5xx and the reason.

Roles on the page of a proposal, for whoever reads or drives it: banner with the navigation "Main";
main with the article #proposal (data-id, data-version, data-state, data-next) whose heading #what
has the focus when it is shown; the navigation "Findings on this page"; the radio group "Mend"
(name="fix", value from 1; 0 is one's own edit), with a .mend for each (data-said is what is sent
when it is decided); the group "Decision" with buttons data-key="y", "n", …; the textbox "The text
as it shall be"; the list "Your decisions"; the status #said (polite) and the alert #trouble
(assertive); the dialogs #keys, #reason, #number and #words.

Refused is: to write by GET, to decide what was not shown, to show what is not in the queue.
"""

from __future__ import annotations

from bot.review.web.application import application
from bot.review.web.delivering import Delivery
from bot.review.web.guard import Guard
from bot.review.web.room import Desk

__all__ = ["Delivery", "Desk", "Guard", "application"]
