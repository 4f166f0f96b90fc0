"""The editor in a real browser: Japanese input, dropped photographs, autosave, a colleague who was faster."""

import re

import pytest
from playwright.sync_api import expect
from updates.conftest import PASSWORD, photo
from updates.test_editing import write

from fundsite.updates.revisions import Text
from support import chromium

PASTE = """([box, html, text]) => {
  const data = new DataTransfer();
  data.setData("text/html", html);
  data.setData("text/plain", text);
  box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def page(browser, address, draft):
    """The editor, signed in as hanako; its console stays silent."""
    watched = chromium.Watched(browser, address)
    editor = watched.page
    editor.goto(f"/staff/sign-in?next=/staff/reports/{draft}/edit")
    editor.fill("#email", "hanako@example.jp")
    editor.fill("#password", PASSWORD)
    editor.get_by_role("button", name="サインイン", exact=True).click()
    expect(editor.locator(".toolbar")).to_be_visible()
    yield editor
    said = [text for text in watched.complaints if "409" not in text]
    watched.close()
    assert said == []


def test_japanese_typed_through_an_input_method_arrives_whole(page, draft, row):
    box = page.locator("#body")
    box.fill("")
    box.focus()
    chromium.compose(page, ("と", "とう", "とうじ", "とうじつ", "当日"), "当日の")
    chromium.compose(page, ("よ", "よう", "ようす"), "ようす")
    expect(box).to_have_value("当日のようす")
    expect(page.locator("[data-status]")).to_have_text("保存しました", timeout=15_000)
    assert row(draft).body == "当日のようす"
    expect(page.locator("#preview-page .prose")).to_have_text("当日のようす")


def test_two_dropped_photographs_are_described_and_shown(page, draft, row):
    box = page.locator("#body")
    photos = [(f"{colour}.jpg", photo(colour)) for colour in ("teal", "coral")]
    chromium.drop(box, photos)
    for words in ("庭のようす", "夕ごはん"):
        dialog = page.locator("dialog[data-describe][open]")
        expect(dialog.locator("img")).to_have_js_property("complete", value=True)
        dialog.locator("input").fill(words)
        dialog.get_by_role("button").click()
        expect(box).to_have_value(re.compile(words))
    expect(page.locator("#preview-page img")).to_have_count(2)
    page.get_by_role("button", name="保存").click()
    page.wait_for_url("**done=saved")
    html = row(draft).body_html
    assert 'alt="庭のようす"' in html
    assert 'alt="夕ごはん"' in html


def test_the_toolbar_shapes_the_chosen_words_and_undo_takes_it_back(page):
    box = page.locator("#body")
    box.fill("大切なところ")
    box.select_text()
    page.get_by_role("button", name="太字").click()
    expect(box).to_have_value("**大切なところ**")
    page.keyboard.press("Control+z")
    expect(box).to_have_value("大切なところ")


def test_what_is_pasted_from_word_comes_in_clean(page):
    box = page.locator("#body")
    box.fill("")
    html = "<h1>題</h1><p style='mso-list:l0 level1 lfo1'>・<span>&nbsp; </span>⽀援</p>"
    box.evaluate(f"(box, said) => ({PASTE})([box, ...said])", [html, "題 支援"])
    expect(box).to_have_value("# 題\n\n- 支援")


def test_whom_a_colleague_overtook_is_told_and_keeps_the_text(page, site, draft, taro, row):
    with site.inside():
        write(draft, "太郎の本文", 1, taro.writer("other"))
    page.locator("#body").fill("花子の本文")
    expect(page.locator("[data-trouble]")).to_contain_text("太郎さんが先に保存しました", timeout=15_000)
    page.get_by_role("button", name="保存").click()
    expect(page.locator("[data-conflict]")).to_contain_text("太郎の本文")
    expect(page.locator("#body")).to_have_value("花子の本文")
    assert row(draft).body == "太郎の本文"
    assert Text(row(draft).title, row(draft).body) == Text("題", "太郎の本文")
