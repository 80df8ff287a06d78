"""One look for all figures: colours and markers that can be told apart."""

import itertools

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from support import frames

from analysis.figures import style

Floats = npt.NDArray[np.float64]
UNKNOWN = "subinterpreters"
PAIRS = list(itertools.combinations(style.WAYS, 2))

NO_GREEN = np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]])
"""What is seen of linear RGB without the cones for green (Machado, Oliveira & Fernandes 2009, severity 1)."""
NO_RED = np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]])
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
EYES = {"normal": np.eye(3), "deuteranopia": NO_GREEN, "protanopia": NO_RED}


def lab(colour: object, eyes: Floats) -> Floats:
    """Return a colour in CIELAB, where a distance of 2.3 is just noticeable."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    relative = XYZ @ np.clip(eyes @ linear, 0, 1) / XYZ.sum(axis=1)
    cubic = np.where(relative > 0.008856, np.cbrt(relative), 7.787 * relative + 16 / 116)
    return np.array([116 * cubic[1] - 16, 500 * (cubic[0] - cubic[1]), 200 * (cubic[1] - cubic[2])])


def distance(one: object, other: object, eyes: str) -> float:
    return float(np.linalg.norm(lab(one, EYES[eyes]) - lab(other, EYES[eyes])))


class TestLooks:
    @pytest.mark.parametrize("eyes", EYES)
    def test_any_two_ways_have_colours_far_apart_for_all_eyes(self, eyes):
        apart = {pair: distance(*map(style.colour, pair), eyes) for pair in PAIRS}
        assert [pair for pair, far in apart.items() if far <= (37 if eyes == "normal" else 9.5)] == []

    def test_any_two_ways_have_different_markers(self):
        pairs = [*PAIRS, *((way, UNKNOWN) for way in style.WAYS)]
        assert [pair for pair in pairs if style.marker(pair[0]) == style.marker(pair[1])] == []

    @pytest.mark.parametrize("eyes", EYES)
    def test_no_way_looks_like_a_disturbed_trial(self, eyes):
        assert [way for way in style.WAYS if distance(style.colour(way), style.FLAGGED, eyes) <= 20] == []
        assert "x" not in map(style.marker, style.WAYS)

    @pytest.mark.parametrize("eyes", EYES)
    def test_all_ways_stand_out_from_the_paper(self, eyes):
        every = [*style.WAYS, UNKNOWN]
        assert [way for way in every if distance(style.colour(way), "white", eyes) <= 30] == []

    def test_text_in_the_colour_of_a_way_can_be_read_on_paper(self):
        every = [*style.WAYS, UNKNOWN, "yet another way"]
        ratios = {way: 1.05 / (style.luminance(to_rgb(style.ink(way))) + 0.05) for way in every}
        assert [way for way, ratio in ratios.items() if ratio < 4.5] == []

    def test_the_luminance_is_that_of_known_colours(self):
        known = {"white": 1.0, "black": 0.0, "red": 0.2126, "#777777": 0.1845}
        assert {name: style.luminance(to_rgb(name)) for name in known} == pytest.approx(known, abs=1e-4)

    def test_the_distance_is_that_of_known_colours(self):
        assert distance("black", "white", "normal") == pytest.approx(100, abs=0.1)
        assert lab("red", EYES["normal"]) == pytest.approx([53.2, 80.1, 67.2], abs=0.2)
        assert distance("#a6761d", "#66a61e", "deuteranopia") < distance("#a6761d", "#66a61e", "normal") / 2

    def test_all_ways_of_the_harness_are_known(self):
        assert list(style.WAYS) == list(frames.EVERY_WAY)

    def test_ways_have_a_fixed_order_and_unknown_ones_come_last(self):
        shuffled = ["subinterpreters", "multiprocessing/spawn", "green threads", "asyncio", "threading", "sequential"]
        ordered = ["sequential", "threading", "multiprocessing/spawn", "asyncio", "green threads", "subinterpreters"]
        assert style.ways(pd.DataFrame({"way": shuffled})) == ordered
