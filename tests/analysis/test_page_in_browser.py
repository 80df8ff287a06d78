"""The page as a browser shows it: on a desk, on a phone, in the dark, on paper."""

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from support.frames import CPU, grid
from support.stores import Planned, fill, outcome, timing

from analysis.report import write

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next((path for name in BROWSERS if (path := shutil.which(name))), None)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason=f"there is no browser here: none of {', '.join(BROWSERS)}"),
]

FRAME = """<!doctype html><title>probe</title>
<iframe id="page" src="report.html" style="width: {width}px; height: 900px; border: 0"></iframe>
<script>
const errors = [];
addEventListener("error", event => errors.push(event.message));
const page = document.getElementById("page");
page.contentWindow.addEventListener("error", event => errors.push(event.message));
addEventListener("load", () => {{
  const inner = page.contentDocument, width = page.contentWindow.innerWidth;
  const outside = [...inner.body.querySelectorAll("*")].filter(element => {{
    const box = element.getBoundingClientRect();
    return box.width > 0 && (box.right > width + 0.5 || box.left < -0.5);
  }});
  const found = {{
    errors, width, height: inner.documentElement.scrollHeight,
    outside: outside.map(element => element.tagName + ": " + element.textContent.slice(0, 60)),
    scrolls: inner.documentElement.scrollWidth > width,
    pictures: [...inner.images].map(image => [image.alt.slice(0, 30), image.complete, image.naturalWidth]),
    small: [...inner.querySelectorAll("p, td, li, figcaption")].filter(
      element => parseFloat(page.contentWindow.getComputedStyle(element).fontSize) < 12).length,
    ground: page.contentWindow.getComputedStyle(inner.body).backgroundColor,
    ink: page.contentWindow.getComputedStyle(inner.body).color,
  }};
  document.body.innerHTML = "<pre>" + JSON.stringify(found).replaceAll("<", "&lt;") + "</pre>";
}});
</script>
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the report of a sweep with long names, many cases and hostile text, and return its folder."""
    folder = tmp_path_factory.mktemp("report")
    cases = grid([CPU, ("io_bound", (("TIME", 0.123456789),)), ("cpu_bound", (("NUM", 123_456_789_012),))])
    trials = [
        Planned(case=one, repeat=repeat, outcome=outcome(wall_ns=10**8 // one.workers + repeat, timings=[timing()]))
        for repeat in range(1, 8)
        for one in cases
    ]
    long = "matrix: " + "x" * 400 + " <script>boom()</script>"
    fill(folder / "runs.db", trials, cases=cases, name="n" * 60, grid_text=long, command_line="runner " + "y" * 300)
    *_, page = write(str(folder / "runs.db"), folder / "reports", formats=())
    return page.parent


@pytest.fixture(scope="module")
def opened(report: Path) -> Iterator[Callable[..., dict[str, Any]]]:
    """Open the page in a frame of a width, served on loopback, and return what the browser found."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(report)))
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def look(width: int, *options: str) -> dict[str, Any]:
        (report / f"probe-{width}.html").write_text(FRAME.format(width=width), encoding="utf-8")
        answer = browse(*options, "--dump-dom", f"http://127.0.0.1:{server.server_address[1]}/probe-{width}.html")
        (found,) = re.findall(r"<pre>(.*?)</pre>", answer, re.DOTALL)
        result: dict[str, Any] = json.loads(found.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
        return result

    def browse(*words: str) -> str:
        profile = report / "profile"
        options = ["--headless=new", "--disable-gpu", f"--user-data-dir={profile}", "--window-size=1400,1000"]
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        return subprocess.run(
            [str(BROWSER), *options, *sandbox, *words], capture_output=True, text=True, timeout=120, check=True
        ).stdout

    yield look
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("width", [390, 320, 768, 1280])
def test_every_picture_loads_nothing_sticks_out_and_no_script_fails(opened, width):
    found = opened(width)
    assert found["width"] == width
    assert found["errors"] == []
    assert len(found["pictures"]) == 7
    assert [picture for picture in found["pictures"] if not (picture[1] and picture[2] > 300)] == []
    assert found["outside"] == []
    assert not found["scrolls"]
    assert found["small"] == 0


@pytest.mark.parametrize(("width", "highest"), [(1300, 12_000), (390, 25_000)])
def test_the_page_is_not_endless(opened, width, highest):
    assert opened(width)["height"] <= highest


def test_a_phone_gets_narrower_pictures_than_a_desk(opened):
    narrow, wide = ({picture[0]: picture[2] for picture in opened(width)["pictures"]} for width in (390, 1280))
    assert narrow.keys() == wide.keys()
    assert [name for name in narrow if narrow[name] >= wide[name]] == []


def test_the_dark_is_dark_and_the_light_is_light(opened):
    def brightness(colour: str) -> float:
        return sum(int(part) for part in re.findall(r"\d+", colour)[:3]) / (3 * 255)

    light, dark = opened(800), opened(800, "--force-dark-mode", "--blink-settings=preferredColorScheme=0")
    assert brightness(light["ground"]) - brightness(light["ink"]) > 0.7
    assert brightness(dark["ink"]) - brightness(dark["ground"]) > 0.7
