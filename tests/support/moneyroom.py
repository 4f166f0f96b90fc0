"""What the money room's tests do again and again."""

from support.site import hidden_fields


def sent(browser, page, address=None, **typed):
    """Load a page and send its form, what it carries unseen included; return the answer."""
    carried = hidden_fields(browser.get(page).text)
    return browser.post(address or page, data={**carried, **typed})


def refunded(browser, reference, *, amount, reason="ご要望により", **typed):
    """Give money back through the form and its confirmation; return the last answer."""
    page = f"/staff/money/pledges/{reference}/refund"
    confirmation = sent(browser, page, amount=amount, reason=reason, **typed)
    assert confirmation.status_code == 200, confirmation.text
    return browser.post(page, data={**hidden_fields(confirmation.text), "confirmed": "y"})
