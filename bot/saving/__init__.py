"""From what a human approved to one edit a page, and back to what became of it.

delivery   brings approved proposals, or the fixes of a report, to their wikis
approved   joins the proposals of a page to one save, and tells the queue how it ended
saver      saves, or refuses: the one place where Redpencil edits
plan       what is to be saved, and what of it is written down before the wiki hears of it
reading    what the wiki has of a page at this moment, and whether an edit of ours is in it
standing   whether what was approved still stands there
limits     how much may still be edited, and how soon
rebase     carries approved edits over to a newer text
exclusion  whether a page asks bots to stay away
policy     how a wiki wants to be edited
outcomes   how a save ends
"""
