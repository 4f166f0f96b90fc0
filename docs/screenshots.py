"""Take the pictures of docs/images: starts the demo in a new folder, pledges in Chromium at three widths, and stops.

Run it from anywhere with the development extras and Chromium: `python docs/screenshots.py`.
"""

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
CAMPAIGN = "/c/yuuge-no-ie/"
WIDTHS = {390: 2400, 768: 2000, 1280: 1800}  # and how much of a page is shown, from its top
COLOURS = 160
LARGEST_SET = 4 * 1024 * 1024
READY_SECONDS = 120
TYPED = {
    "name": "見本 花子",
    "email": "hanako@example.jp",
    "display_name": "はなこ",
    "comment": "灯りがともる日を楽しみにしています。",
}
CARD = {"card_number": "4242 4242 4242 4242", "exp": "12 / 34", "cvc": "123", "cardholder": "HANAKO MIHON"}
SCROLL = """async () => {
  for (let y = 0; y < document.body.scrollHeight; y += 600) {
    scrollTo(0, y);
    await new Promise((go) => setTimeout(go, 30));
  }
  scrollTo(0, 0);
  await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
}"""


def main() -> None:
    """Take every picture, and refuse a set that is too large for a repository."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        sys.exit("Chromium is missing: apt-get install chromium fonts-noto-cjk, or set CHROMIUM to the program of one")
    IMAGES.mkdir(exist_ok=True)
    with demo() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for width, height in WIDTHS.items():
            pledge(browser, url, width, height)
        browser.close()
    total = sum(path.stat().st_size for path in IMAGES.glob("*.png"))
    print(f"{total / 1024:.0f} kB in {IMAGES.relative_to(ROOT)}")
    if total > LARGEST_SET:
        sys.exit("the set is larger than 4 MB: use fewer colours or show less of each page")


@contextmanager
def demo() -> Iterator[str]:
    """Run the demo in a folder of its own until the pictures are taken."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="fundsite-screenshots-") as folder:
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        words = [sys.executable, "-m", "fundsite", "demo", "--port", str(port), "--data-dir", folder]
        process = subprocess.Popen(words, env=environment, cwd=folder, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
        try:
            wait_until_ready(f"http://localhost:{port}/readyz", process)
            yield f"http://localhost:{port}"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def free_port() -> int:
    """Return the first of four free ports in a row."""
    while True:
        port = random.randrange(12_000, 30_000)  # noqa: S311 - any will do
        if not any(is_taken(port + offset) for offset in range(4)):
            return port


def is_taken(port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait for the site; stop where the demo has stopped."""
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(url, timeout=2):  # noqa: S310 - our own address
                return
        except (URLError, OSError):
            time.sleep(0.2)
    sys.exit("the demo did not start")


def pledge(browser: Browser, url: str, width: int, height: int) -> None:
    """Go from the home page to the thanks, as a supporter does, and keep what is seen."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": 844},
        locale="ja-JP",
        timezone_id="Asia/Tokyo",
        reduced_motion="reduce",
    )
    page = context.new_page()

    def keep(name: str) -> None:
        keep_picture(page, IMAGES / f"{name}-{width}.png", height)

    for name, path in {"home": "/", "campaign": CAMPAIGN, "report": f"{CAMPAIGN}updates/1/"}.items():
        page.goto(path)
        keep(name)
    page.goto(CAMPAIGN)
    page.locator('a[href*="pledge?reward=A"]').first.click()
    fill(page, TYPED)
    keep("details")
    page.locator('input[type="checkbox"][name="consent"]').check()
    press(page, "確認画面へ進む")
    page.get_by_role("heading", name="内容のご確認").wait_for()
    keep("confirmation")
    press(page, "お支払いへ進む")
    page.wait_for_url("**/c/pay/**")
    fill(page, CARD)
    press(page, "支払う")
    page.wait_for_url("**/thanks")
    keep("thanks")
    context.close()


def fill(page: Page, values: dict[str, str]) -> None:
    """Type into fields by their names."""
    for name, value in values.items():
        page.locator(f'[name="{name}"]:not([type="hidden"])').fill(value)


def press(page: Page, words: str) -> None:
    """Press the button that begins with these words."""
    page.get_by_role("button", name=re.compile(f"^{words}")).click()


def keep_picture(page: Page, path: Path, height: int) -> None:
    """Save the page from its top, with few colours and no more height than shows what it is."""
    page.evaluate(SCROLL)
    page.evaluate("document.activeElement?.blur()")
    whole = Image.open(BytesIO(page.screenshot(full_page=True))).convert("RGB")
    shown = whole.crop((0, 0, whole.width, min(whole.height, height)))
    shown.quantize(COLOURS, method=Image.Quantize.MEDIANCUT).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    main()
