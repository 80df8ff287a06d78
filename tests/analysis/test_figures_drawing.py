"""Names in figures: drawn as they are, whatever they are."""

from io import BytesIO
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from matplotlib.patches import Patch

from analysis.figures import layout

NAMES = ["$a$ and $b$", r"$\frac$", "_hidden", "a_{b}^c", r"\$5", "<b>&amp;"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_drawn_as_it_is_wherever_it_stands(name):
    drawn, ((axis,),) = layout.figure([name], layout.WIDE)
    axis.set_xlabel(f"{name}, at x")
    axis.set_yticks([0, 1], [f"{name}, first", f"{name}, second"])
    axis.text(0, 0, f"{name}, inside")
    layout.legend(drawn, [Patch(label=name), Patch(label="other")])
    layout.frame(drawn, f"{name}, above", f"{name}, below")
    content = BytesIO()
    with mpl.rc_context({"svg.fonttype": "none"}):
        drawn.savefig(content, format="svg")
    found = ElementTree.fromstring(content.getvalue()).iter("{http://www.w3.org/2000/svg}text")
    texts = ["".join(text.itertext()) for text in found]
    for place in ("at x", "first", "second", "inside", "above", "below"):
        assert f"{name}, {place}" in texts
    assert texts.count(name) == 2, "the title and the legend"
    assert "other" in texts


def test_letters_that_the_font_lacks_are_no_warning():
    drawn, _ = layout.figure(["\N{CJK UNIFIED IDEOGRAPH-4E2D}"], layout.WIDE)
    drawn.savefig(BytesIO(), format="png")
