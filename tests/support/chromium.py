"""A real Chromium, as a person on a telephone has it."""

import base64
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

HOW_TO_GET = "apt-get install chromium fonts-noto-cjk, or set CHROMIUM to the program of one"
PHONE = {"width": 390, "height": 844}
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

DROP = """async ([box, photos]) => {
  const data = new DataTransfer();
  for (const [name, bytes] of photos) {
    const raw = Uint8Array.from(atob(bytes), (sign) => sign.charCodeAt(0));
    data.items.add(new File([raw], name, { type: "image/jpeg" }));
  }
  box.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


def program():
    """Return the path of Chromium, or None."""
    named = os.environ.get("CHROMIUM")
    if named and Path(named).exists():
        return named
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def browser():
    """Run Chromium without a window."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program(), args=["--no-sandbox"])
        yield running
        running.close()


class Watched:
    """A page of its own visitor, and everything that its console said against us."""

    def __init__(self, chromium, base_url, *, javascript=True):
        self.context = chromium.new_context(
            base_url=base_url,
            viewport=PHONE,
            locale="ja-JP",
            timezone_id="Asia/Tokyo",
            java_script_enabled=javascript,
            has_touch=True,
        )
        self.context.set_default_timeout(15_000)
        self.complaints = []
        self.context.on("console", self._said)
        self.context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        self.page = self.context.new_page()

    def _said(self, message):
        # A page that answers 4xx on purpose makes Chromium say so; what a page loads must not.
        of_the_page = message.text.startswith("Failed to load resource") and message.location["url"] == message.page.url
        if message.type in {"error", "warning"} and not of_the_page:
            self.complaints.append(f"{message.type}: {message.text} ({message.location['url']})")

    def close(self):
        self.context.close()


def drop(box, photos):
    """Drop photographs, as names and bytes, onto an element."""
    box.evaluate(
        f"(box, photos) => ({DROP})([box, photos])",
        [(name, base64.b64encode(data).decode()) for name, data in photos],
    )


def compose(page, steps, decided):
    """Type through an input method: what it shows before anything is decided, then what was decided on."""
    keyboard = page.context.new_cdp_session(page)
    for so_far in steps:
        end = len(so_far)
        keyboard.send("Input.imeSetComposition", {"text": so_far, "selectionStart": end, "selectionEnd": end})
    keyboard.send("Input.insertText", {"text": decided})
    keyboard.detach()
