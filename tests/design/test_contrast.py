"""The themes' colours, computed from the source: text keeps WCAG AA's 4.5:1 on its ground."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

SOURCE = (Path(__file__).resolve().parents[2] / "assets/app.css").read_text()
Colour = tuple[float, float, float]


def themes() -> dict[str, dict[str, Colour]]:
    found: dict[str, dict[str, Colour]] = {}
    for block in re.findall(r'@plugin "daisyui/theme" \{(.*?)\n\}', SOURCE, re.S):
        name = re.search(r'name: "(\w+)"', block)
        assert name
        colours = re.findall(r"--([\w-]+): oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)", block)
        found[name[1]] = {
            key: (float(light) / 100, float(chroma), float(hue))
            for key, light, chroma, hue in colours
        } | {key: (1.0, 0.0, 0.0) for key in re.findall(r"--([\w-]+): oklch\(100% 0 0\)", block)}
    return found


def lab(colour: Colour) -> Colour:
    light, chroma, hue = colour
    angle = math.radians(hue)
    return light, chroma * math.cos(angle), chroma * math.sin(angle)


def luminance(oklab: Colour) -> float:
    """Relative luminance (0-1) of an OKLab colour; matrices from the CSS Color 4 sample code."""
    light, a, b = oklab
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    inside = [min(max(channel, 0.0), 1.0) for channel in (red, green, blue)]
    return 0.2126 * inside[0] + 0.7152 * inside[1] + 0.0722 * inside[2]


def mix(first: Colour, share: float, second: Colour) -> Colour:
    parts = [share * x + (1 - share) * y for x, y in zip(lab(first), lab(second), strict=True)]
    return parts[0], parts[1], parts[2]


def contrast(first: Colour, second: Colour) -> float:
    """WCAG contrast of two OKLab colours, 1-21."""
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "name", ["primary", "secondary", "accent", "neutral", "info", "success", "warning", "error"]
)
def test_text_on_a_full_colour_is_readable(theme: str, name: str) -> None:
    colours = themes()[theme]
    ground, text = colours[f"color-{name}"], colours[f"color-{name}-content"]
    assert contrast(lab(ground), lab(text)) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["base-100", "base-200"])
def test_body_text_and_muted_text_are_readable_on_every_ground(theme: str, ground: str) -> None:
    colours = themes()[theme]
    ink, paper = colours["color-base-content"], colours["color-base-100"]
    behind = lab(colours[f"color-{ground}"])
    assert contrast(lab(ink), behind) >= 7
    assert contrast(mix(ink, 0.68, paper), behind) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["primary", "info", "success", "warning", "error"])
def test_a_pills_text_is_readable_on_its_pale_ground(theme: str, name: str) -> None:
    colours = themes()[theme]
    tone = colours[f"color-{name}"]
    ground = mix(tone, 0.13, colours["color-base-100"])
    own_ink = colours.get(f"{name}-ink")
    text = lab(own_ink) if own_ink else mix(tone, 0.6, colours["color-base-content"])
    assert contrast(text, ground) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["base-100", "base-200"])
def test_the_focus_ring_stands_out_from_every_ground(theme: str, ground: str) -> None:
    colours = themes()[theme]
    assert contrast(lab(colours["color-primary"]), lab(colours[f"color-{ground}"])) >= 3
