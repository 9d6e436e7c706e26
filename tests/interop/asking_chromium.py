"""One headless Chromium that shows pages: asked over a pair of pipes, without any network.

The DevTools protocol: one JSON message each way, ended by a NUL. It is the browser's own picture,
and its own account of where it put each character, that are asked for.
"""

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any

READ_AT_ONCE = 1 << 20

OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-extensions",
    "--disable-component-update",
    "--disable-background-networking",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-lcd-text",
    "--font-render-hinting=none",
    "--remote-debugging-pipe",
)
"""Nothing is fetched; text is drawn grey and unhinted, as it would be printed."""

PLACES = """
document.fonts.ready.then(() => {
  if ([...document.fonts].some(font => font.status !== "loaded")) throw "a font did not load";
  const found = [];
  for (const text of document.querySelectorAll("text")) {
    let unit = 0;
    for (const character of text.textContent) {
      const {x, y} = text.getStartPositionOfChar(unit);
      found.push([character, x, y]);
      unit += character.length;
    }
  }
  return found;
})
"""
"""The characters of all text elements, in the units of the drawing."""


class Chromium:
    """A running browser with one page open."""

    def __init__(self, profile: Path) -> None:
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        # The browser reads descriptor 3 and writes descriptor 4, whatever numbers ours have; dash
        # would take only numbers of one digit.
        command = f'exec chromium "$@" 3<&{theirs_in} 4>&{theirs_out}'
        options = (*OPTIONS, f"--user-data-dir={profile}")
        with (profile / "stderr.txt").open("wb") as log:
            self._process = subprocess.Popen(
                ["bash", "-c", command, "bash", *options, "about:blank"],
                pass_fds=(theirs_in, theirs_out),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        os.close(theirs_in)
        os.close(theirs_out)
        self._requests, self._answers = ours_out, ours_in
        self._received = b""
        self._asked = 0
        self._session: str | None = None
        (target,) = [
            one for one in self._ask("Target.getTargets")["targetInfos"] if one["type"] == "page"
        ]
        attached = self._ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        self._ask("Page.enable")

    def show(self, svg: Path, width: int, height: int, finer: int) -> None:
        """Open an SVG file on a screen of its size: CSS pixels, each `finer` real ones wide.

        The drawing is stretched to exactly that size. Browsers put a drawing whose own size is no
        whole number of pixels onto whole ones, by which its lower end would be half a pixel off.
        """
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=finer,
            mobile=False,
        )
        opened = self._ask("Page.navigate", url=svg.as_uri())
        assert "errorText" not in opened, opened
        self._until("Page.loadEventFired")
        self._evaluate(
            f"document.documentElement.setAttribute('width', {width});"
            f"document.documentElement.setAttribute('height', {height})"
        )

    def places(self) -> list[tuple[str, float, float]]:
        """Each character of the shown drawing and where its baseline begins, in its units."""
        return [(character, x, y) for character, x, y in self._evaluate(PLACES)]

    def picture(self) -> bytes:
        """A PNG of the shown drawing."""
        taken = self._ask("Page.captureScreenshot", format="png", optimizeForSpeed=True)
        return base64.b64decode(taken["data"])

    def close(self) -> None:
        """End the browser and wait for it."""
        self._session = None
        self._ask("Browser.close")
        self._process.wait(timeout=20)
        os.close(self._requests)
        os.close(self._answers)

    def _evaluate(self, expression: str) -> Any:
        done = self._ask(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._asked += 1
        message = {"id": self._asked, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._send(json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._asked:
            pass
        assert "error" not in answer, (method, answer)
        return dict(answer["result"])

    def _send(self, message: bytes) -> None:
        while message:
            message = message[os.write(self._requests, message) :]

    def _until(self, event: str) -> None:
        while self._next().get("method") != event:
            pass

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._received:
            some = os.read(self._answers, READ_AT_ONCE)
            assert some, "chromium has ended"
            self._received += some
        message, _, self._received = self._received.partition(b"\0")
        return dict(json.loads(message))
