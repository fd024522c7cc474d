"""Redpencil reads a section of a wiki page, marks up what is wrong, proposes the smallest diff that
mends it, and saves only what a human approved.

The way of the data; no step goes back:

    target ─► page (text and revision) ─► section ─► wikitext (spans, blocks, prose, citations)
                                                        │
                  facts (redirects, items, snapshots) ──┤  asked for in batches, before the checks
                                                        ▼
                                  findings, each with alternative fixes
                                                        ▼
                  proposal in the queue ─► a human's decision ─► approved edits
                                                        ▼
       saved: fetched again, compared, guarded, written down, edited, read back ─► outcome ─► log

Where to start reading: `model` (the nouns), `wikitext` (one text, looked at once), `checks` (one
check a file; `custom` has those that a wiki adds), `checker` (which run where, each for itself),
`fixes` and `mender` (edits that go together), `workflow` (the use cases), `cli` (the commands).

Pages come from and go to `sites`; `saving` is the only way in which a page is edited; `queue` and
`review` are where a human decides; `store` is what must not be forgotten; `web` asks archives and
the cited pages themselves; `runs` does all of it every night with nobody looking. Imports point
down only, and importing this package imports none of the heavy libraries: tests hold both.
"""
