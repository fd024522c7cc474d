"""What the web says of a source: whether its page still stands, and which archive shows it.

evidence       looks up what the checks want to know, and gives it to them as facts
archives       the snapshot that shows a cited page as its author saw it
captures       how archives are asked, and what their answers list
save_page_now  has a page captured that no archive has
links          what became of a cited page
webpage        what a fetched page shows
fetching       HTTP, polite and never inward
cache          what was looked up, with its age
"""
