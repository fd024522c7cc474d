"""Maintenance runs: go over the pages of a wiki unattended, night after night.

job            what is wanted, read from a TOML file
choosing       which pages that means today
looks          what the last look at each page was, and whether it still holds
due            which pages therefore have to be looked at
horizon        until when a look holds, as far as that hangs on the date
guards         one run at a time; stop when clock, disk or wiki are wrong
wiki_settings  what the wiki's people say of it, on a page of their own
journal        the log: a line a page, no secrets
run            the run itself, from its start to its last line
result         what it came to
register       when each run began and ended, and what it came to
publications   what is published of it, and where

A run asks nobody anything. It can be killed at any moment: what it has looked at is written down
page by page, after the proposals of that page, and the next run goes on from there.
"""
