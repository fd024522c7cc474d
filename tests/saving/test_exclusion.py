"""Pages that ask bots to stay away are understood as they mean it."""

from __future__ import annotations

import pytest

from bot.saving.exclusion import refusal


@pytest.mark.parametrize(
    "text",
    [
        "{{nobots}}",
        "Text.\n{{Nobots}}\nMore.",
        "{{ nobots }}",
        "{{Template:Nobots}}",
        "{{bots|deny=all}}",
        "{{bots|deny=ExampleBot}}",
        "{{bots|deny=Other Bot, Example_bot}}".replace("Example_bot", "examplebot"),
        "{{Bots | deny = ExampleBot , X }}",
        "{{bots|allow=none}}",
        "{{bots|allow=OtherBot}}",
        "{{bots|allow=}}",
        "{{bots|optout=all}}",
        "{{bots|optout=ExampleBot}}",
        "{{bots|deny=Redpencil}}",
        "{{in use}}",
        "{{In_use|2 hours}}",
        "{{inuse}}",
        "{{Infobox|x={{nobots}}}}",
    ],
)
def test_no(text: str) -> None:
    assert refusal(text, "ExampleBot") in text
    assert refusal(text, "ExampleBot") != ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Robots and bots are machines.",
        "{{bots}}",
        "{{bots|allow=all}}",
        "{{bots|allow=OtherBot, ExampleBot}}",
        "{{bots|deny=none}}",
        "{{bots|deny=OtherBot}}",
        "{{bots|optout=OtherBot}}",
        "{{nobots|allow=ExampleBot}}",
        "<!-- {{nobots}} -->",
        "<nowiki>{{bots|deny=all}}</nowiki>",
        "{{in use elsewhere}}",
        "The template {{tl|nobots}} is old.",
        "[[Template:Nobots]]",
    ],
)
def test_yes(text: str) -> None:
    assert refusal(text, "ExampleBot") == ""


def test_names_are_compared_as_the_wiki_does() -> None:
    assert refusal("{{bots|deny=Example_Bot}}", "Example Bot")


def test_a_wiki_may_have_names_of_its_own() -> None:
    assert refusal("{{En obras}}", "ExampleBot") == ""
    assert refusal("{{En obras}}", "ExampleBot", in_use=["en obras"]) == "{{En obras}}"
