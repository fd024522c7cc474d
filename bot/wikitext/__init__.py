"""One text, looked at once: spans of templates, links, references, sections, blocks, and prose.

`scanner` finds every construct in a linear pass; `document.Wikitext` answers from it; `blocks` are
paragraphs, items, tables and captions; `template` opens single templates, links and references;
`prose` is what a reader reads, with the way back to the source; `dates` are the dates in prose and
parameters. `verify`, the only importer of mwparserfromhell, looks again at what was edited.
"""

from bot.wikitext.blocks import Block
from bot.wikitext.document import Section, Wikitext
from bot.wikitext.prose import Prose, Sentence
from bot.wikitext.template import Parameter, Reference, Template, Wikilink

__all__ = [
    "Block",
    "Parameter",
    "Prose",
    "Reference",
    "Section",
    "Sentence",
    "Template",
    "Wikilink",
    "Wikitext",
]
