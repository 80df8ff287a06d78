"""A figure that shows names as they are."""

import warnings

import matplotlib as mpl
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.text import Text


class Drawing(Figure):
    """A figure in which no text is TeX: a name may hold two dollar signs, or letters that the font lacks."""

    def draw(self, renderer: RendererBase) -> None:
        """Draw the figure, with the texts that it has and those that drawing adds, such as ticks."""
        for text in self.findobj(Text):
            text.set_parse_math(False)
        with mpl.rc_context({"text.parse_math": False}), warnings.catch_warnings():
            warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from", UserWarning)
            super().draw(renderer)
