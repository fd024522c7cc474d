"""Small pictures of numbers, as SVG made here: bars that tell their values in words as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

_WIDTH, _HEIGHT = 240, 14


def bar(counts: Mapping[str, int], label: str) -> Markup:
    """One bar, cut by the counts; each part has its name as its class. `label` says it in words."""
    total = sum(counts.values()) or 1
    parts, x = [], 0.0
    for name, count in counts.items():
        width = _WIDTH * count / total
        if count:
            parts.append(f'<rect class="{escape(name)}" x="{x:.2f}" width="{width:.2f}"/>')
        x += width
    return _picture("bar", parts, label, _WIDTH, _HEIGHT)


def row(names: Sequence[str], label: str) -> Markup:
    """A tick for each, in their order; low ones stand for what was not accepted."""
    step = min(6.0, _WIDTH / max(1, len(names)))
    parts = [
        f'<rect class="{escape(name)}" x="{step * number:.2f}" width="{step - 0.8:.2f}"/>'
        for number, name in enumerate(names)
    ]
    return _picture("row", parts, label, _WIDTH, _HEIGHT)


def _picture(kind: str, parts: Sequence[str], label: str, width: int, height: int) -> Markup:
    # What is joined here are numbers and escaped words.
    return Markup(  # noqa: S704
        f'<svg class="chart {kind}" role="img" aria-label="{escape(label)}"'
        f' viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' preserveAspectRatio="none">{"".join(parts)}</svg>'
    )
