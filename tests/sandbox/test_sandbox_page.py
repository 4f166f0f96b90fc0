"""The payment page, walked through by plain HTTP as a browser without scripts does."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

TYPED = {
    "outcome": "pay",
    "email": "hanako@example.org",
    "card_number": "4242 4242 4242 4242",
    "exp": "12 / 34",
    "cvc": "123",
    "cardholder": "山田 花子",
}


@pytest.fixture
def sandbox(shared):
    return shared


@pytest.fixture
def charges(client):
    """List what was charged for one session."""

    def charges(session):
        intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent
        return client.v1.charges.list({"payment_intent": intent}).data if intent else []

    return charges


def post(url, **fields):
    return requests.post(url, data=fields, allow_redirects=False, timeout=5)


def test_the_page_says_that_it_is_a_test_and_what_is_paid(opened):
    page = requests.get(opened().url, timeout=5)
    for words in (
        "テスト決済 — 実際の請求は行われません",
        "リターンA",
        "3,000円",
        "支払う",
        "https://example.org/back",
    ):
        assert words in page.text
    assert 'lang="ja"' in page.text
    assert "script" not in page.text
    assert "Set-Cookie" not in page.headers
    assert "style-src 'self'" in page.headers["Content-Security-Policy"]


def test_the_page_speaks_english_for_an_english_session(opened):
    page = requests.get(opened(locale="en").url, timeout=5)
    assert 'lang="en"' in page.text
    assert "¥3,000" in page.text


def test_the_seller_s_words_are_shown_and_not_run(opened, order):
    lines = order()["line_items"]
    lines[0]["price_data"]["product_data"]["name"] = "<script>alert(1)</script>"
    assert "&lt;script&gt;" in requests.get(opened(line_items=lines).url, timeout=5).text


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"card_number": "４２４２　４２４２　４２４２　４２４２", "exp": "１２/３４", "cvc": "１２３"},
        {"card_number": "4242-4242-4242-4242", "exp": "1234"},
    ],
)
def test_a_typed_card_pays_and_leads_back_to_the_seller(typed, opened, charges):
    session = opened()
    reply = post(session.url, **(TYPED | typed))
    assert reply.status_code == 303
    assert reply.headers["Location"] == f"https://example.org/thanks?session={session.id}"
    charge = charges(session)[0]
    assert (charge.billing_details.email, charge.billing_details.name) == ("hanako@example.org", "山田 花子")
    assert charge.payment_method_details.card.exp_year == 2034


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"card_number": "4242 4242 4242 4241"}, "カード番号が正しくありません。"),
        ({"exp": "13/34"}, "有効期限が正しくありません。"),
        ({"exp": "01/20"}, "カードの有効期限が過ぎています。"),
        ({"cvc": "12"}, "セキュリティコードが不完全です。"),
        ({"cardholder": " "}, "名義人を入力してください。"),
        ({"email": "hanako"}, "メールアドレスを正しく入力してください。"),
        ({"outcome": "other"}, "支払い方法を選んでください。"),
    ],
)
def test_what_is_typed_wrongly_is_said_and_the_rest_is_kept(typed, words, opened, client):
    session = opened()
    reply = post(session.url, **(TYPED | typed))
    assert reply.status_code == 422
    assert words in reply.text
    assert typed.get("email", "hanako@example.org") in reply.text
    assert client.v1.checkout.sessions.retrieve(session.id).payment_intent is None


@pytest.mark.parametrize(
    ("button", "words"),
    [
        ("card_0002", "カードが拒否されました。"),
        ("card_9995", "カードの残高が不足しています。"),
        ("card_0069", "カードの有効期限が切れています。"),
    ],
)
def test_a_declined_card_is_said_and_another_one_pays(button, words, opened, client):
    session = opened()
    declined = post(session.url, outcome=button)
    assert declined.status_code == 402
    assert words in declined.text
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert post(session.url, outcome="card_4242").status_code == 303


@pytest.mark.parametrize(("choice", "status"), [("complete", 303), ("fail", 402)])
def test_authentication_has_a_page_of_its_own(choice, status, opened, client):
    session = opened()
    challenge = post(session.url, outcome="card_3220").headers["Location"]
    assert challenge == f"/c/pay/{session.id}/challenge"
    url = f"{session.url}/challenge"
    assert "認証を完了する" in requests.get(url, timeout=5).text
    reply = post(url, outcome=choice)
    assert reply.status_code == status
    paid = client.v1.checkout.sessions.retrieve(session.id).payment_status
    assert paid == ("paid" if choice == "complete" else "unpaid")


def test_authentication_that_nobody_asked_for_leads_back_to_the_form(opened, charges):
    session = opened()
    for reply in (
        requests.get(f"{session.url}/challenge", allow_redirects=False, timeout=5),
        post(f"{session.url}/challenge", outcome="complete"),
    ):
        assert (reply.status_code, reply.headers["Location"]) == (303, f"/c/pay/{session.id}")
    assert charges(session) == []


def test_a_form_sent_twice_charges_once_and_leads_on_both_times(opened, charges):
    session = opened()
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda _: post(session.url, **TYPED), range(2)))
    assert {(reply.status_code, reply.headers["Location"]) for reply in replies} == {
        (303, f"https://example.org/thanks?session={session.id}")
    }
    assert len(charges(session)) == 1


def test_a_page_whose_session_is_over_says_so(opened, client, charges):
    paid, expired = opened(), opened()
    post(paid.url, outcome="card_4242")
    client.v1.checkout.sessions.expire(expired.id)
    done, gone = requests.get(paid.url, timeout=5), requests.get(expired.url, timeout=5)
    assert "お支払いは完了しています" in done.text
    assert f"https://example.org/thanks?session={paid.id}" in done.text
    assert (gone.status_code, "お支払いの期限が切れました" in gone.text) == (410, True)
    assert post(expired.url, outcome="card_4242").status_code == 410
    assert (len(charges(paid)), charges(expired)) == (1, [])


def test_a_page_of_no_session_is_a_404(sandbox):
    assert requests.get(f"{sandbox.url}/c/pay/cs_test_none", timeout=5).status_code == 404


def test_the_seller_s_address_for_the_payer_cannot_be_changed(opened, client):
    session = opened(customer_email="taro@example.org")
    assert 'name="email"' not in requests.get(session.url, timeout=5).text
    post(session.url, **TYPED)
    assert client.v1.checkout.sessions.retrieve(session.id).customer_details.email == "taro@example.org"
