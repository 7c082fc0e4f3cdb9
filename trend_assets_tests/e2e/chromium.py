"""A person at a real browser: headless Chromium over the DevTools protocol, with a mouse, a keyboard and axe.

    with Chromium(folder) as browser:
        browser.go(url)
        browser.click("text=Pick")

Clicks are mouse events at the middle of what is seen, so that a covered or a hidden button cannot be clicked. Waits end
as soon as the condition holds; nothing here asserts how long anything took.
"""

import base64
import json
import shutil
import subprocess
import time
from contextlib import ExitStack
from importlib.resources import files
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

from trend_assets.sources.http_library import httpx

PROGRAM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
PATIENCE = 45.0  # seconds: a loaded machine is slow, a broken page waits for nothing
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-quic",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--remote-debugging-port=0", "--remote-allow-origins=*",
)  # fmt: skip

# the element that a selector means: CSS, or `text=` for the first visible link, button or label of that text
_FIND = """(what) => {
  if (!what.startsWith("text=")) return document.querySelector(what);
  const text = what.slice(5);
  const all = [...document.querySelectorAll("a, button, summary, label, select, input[type=submit]")];
  const fits = (e) => e.checkVisibility() && (e.innerText || e.value || "").trim() === text;
  return all.find(fits) || null;
}"""


class Chromium:
    """One window. `clicks` counts the mouse's; `errors` holds what pages wrote to the console as warnings or errors."""

    def __init__(self, folder: Path, *, width: int = 1400, height: int = 1000) -> None:
        self._folder, self._size = folder, (width, height)
        self.clicks, self.errors = 0, []

    def __enter__(self) -> "Chromium":
        assert PROGRAM
        profile = self._folder / "chromium"
        self._process = subprocess.Popen(
            [PROGRAM, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        port_file = profile / "DevToolsActivePort"
        port = self._until(lambda: port_file.exists() and port_file.read_text().split("\n")[0], "Chromium to start")
        pages = httpx.get(f"http://127.0.0.1:{port}/json/list", trust_env=False, timeout=PATIENCE).json()
        target = next(page for page in pages if page["type"] == "page")
        address = target["webSocketDebuggerUrl"]
        self._held = ExitStack()
        self._socket = self._held.enter_context(connect(address, max_size=None, open_timeout=PATIENCE, proxy=None))
        self._number = 0
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        self.resize(*self._size)
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol, and its result."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(timeout=PATIENCE))
            if message.get("id") == self._number:
                assert "error" not in message, f"{method}: {message['error']}"
                return message["result"]
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        about = message.get("params", {})
        if message.get("method") == "Page.javascriptDialogOpening":
            self.errors.append(f"dialog: {about['message']}")
            self._number += 1
            accept = {"id": self._number, "method": "Page.handleJavaScriptDialog", "params": {"accept": True}}
            self._socket.send(json.dumps(accept))
        elif message.get("method") == "Log.entryAdded" and about["entry"]["level"] == "error":
            if "favicon" in about["entry"].get("url", ""):
                return
            self.errors.append(about["entry"]["text"])
        elif message.get("method") == "Runtime.exceptionThrown":
            self.errors.append(str(about["exceptionDetails"].get("exception", {}).get("description")))

    def resize(self, width: int, height: int) -> None:
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def evaluate(self, script: str) -> Any:
        """The value of an expression on the page; a promise is waited for."""
        done = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def go(self, url: str) -> None:
        """Open an address as if it were typed."""
        self.evaluate("window.left = true")
        self.send("Page.navigate", url=url)
        self.wait("!window.left && document.readyState === 'complete'")

    def wait(self, condition: str) -> None:
        """Wait until an expression on the page is true."""

        def holds() -> bool:
            try:
                return bool(self.evaluate(condition))
            except AssertionError:  # the page is being replaced
                return False

        self._until(holds, condition)

    def _until(self, holds: Any, what: str) -> Any:
        begun = time.monotonic()
        while not (value := holds()):
            assert time.monotonic() - begun < PATIENCE, f"waited for {what}; the console says {self.errors}"
            time.sleep(0.05)
        return value

    def click(self, what: str) -> None:
        """Click with the mouse on what a person sees; a menu of choices has to be chosen from with `choose`."""
        self.wait(f"!!({_FIND})({json.dumps(what)})")
        at = self.evaluate(f"""(() => {{
          const it = ({_FIND})({json.dumps(what)});
          it.scrollIntoView({{block: "center", behavior: "instant"}});
          const box = it.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
          const top = document.elementFromPoint(x, y);
          return {{x, y, hit: !!top && (it.contains(top) || top.contains(it))}};
        }})()""")
        assert at["hit"], f"{what} is covered or outside of the page"
        self.clicks += 1
        self._mouse("mouseMoved", at["x"], at["y"])
        self._mouse("mousePressed", at["x"], at["y"])
        self._mouse("mouseReleased", at["x"], at["y"])

    def drag(self, what: str, onto: str) -> None:
        """Drag with the mouse from the middle of one element to the upper part of another."""
        start, end = (
            self.evaluate(f"""(() => {{
              const box = ({_FIND})({json.dumps(each)}).getBoundingClientRect();
              return [box.x + box.width / 2, box.y + box.height / 2];
            }})()""")
            for each in (what, onto)
        )
        self._mouse("mouseMoved", *start)
        self._mouse("mousePressed", *start)
        steps = 12
        for step in range(1, steps + 1):
            self._mouse(
                "mouseMoved",
                start[0] + (end[0] - start[0]) * step / steps,
                start[1] + (end[1] - 14 - start[1]) * step / steps,
                held=True,
            )
        self._mouse("mouseReleased", end[0], end[1] - 14)

    def _mouse(self, kind: str, x: float, y: float, *, held: bool = False) -> None:
        button = "none" if kind == "mouseMoved" and not held else "left"
        count = 1 if kind != "mouseMoved" else 0
        self.send(
            "Input.dispatchMouseEvent",
            type=kind,
            x=x,
            y=y,
            button=button,
            buttons=int(button == "left"),
            clickCount=count,
        )

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.send("Input.insertText", text=text)

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press one key: a letter, or a name like Enter and Tab."""
        code = {"Enter": 13, "Tab": 9, "Escape": 27}.get(key) or ord(key.upper())
        text = {"text": "\r"} if key == "Enter" else ({"text": key} if len(key) == 1 else {})
        about = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        self.send("Input.dispatchKeyEvent", type="keyDown", **about, **text)
        self.send("Input.dispatchKeyEvent", type="keyUp", **about)

    def text(self) -> str:
        """What a person reads on the page."""
        return str(self.evaluate("document.body.innerText"))

    def picture(self, path: Path) -> Path:
        """A screenshot of what is seen."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"]))
        return path

    def bytes_of_page(self) -> int:
        """How much came over the wire for the page and what it loaded, uncompressed."""
        return int(
            self.evaluate(
                "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
                ".reduce((sum, each) => sum + each.decodedBodySize, 0)"
            )
        )

    def is_wider_than_its_window(self) -> bool:
        return bool(self.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))

    def accessibility(self) -> list[str]:
        """What axe calls serious or critical, a line each."""
        if not self.evaluate("!!window.axe"):
            self.send("Runtime.evaluate", expression=(files("axe_core_python") / "axe.min.js").read_text("utf-8"))
        found = self.evaluate("axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations)")
        return [
            f"{each['id']}: {each['help']} at {[node['html'][:200] for node in each['nodes'][:3]]}"
            for each in found
            if each["impact"] in ("serious", "critical")
        ]
