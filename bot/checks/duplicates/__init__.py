"""The same organisation entered twice: in a list, in a sentence, as a link, by two spellings."""
