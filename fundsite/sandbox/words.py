"""The words of the payment page: Japanese first, English for sessions that ask for it."""

from fundsite.sandbox.catalogue import JSON

JA = {
    "lang": "ja",
    "banner": "テスト決済 — 実際の請求は行われません",
    "banner_note": "これは動作確認用のページです。本物のカード番号は入力しないでください。",
    "title": "お支払い",
    "back": "← 販売元に戻る",
    "order": "ご注文内容",
    "quantity": "数量",
    "total": "合計",
    "email": "メールアドレス",
    "card": "カードで支払う",
    "card_number": "カード番号",
    "exp": "有効期限 (月 / 年)",
    "cvc": "セキュリティコード",
    "cardholder": "カードの名義人",
    "pay": "支払う",
    "donate": "寄付する",
    "book": "予約する",
    "shortcuts": "テストカードで試す",
    "shortcuts_note": "押すと、そのカードですぐに支払いを試みます。上の欄は空のままでかまいません。",
    "card_4242": "成功",
    "card_3220": "3-D セキュア",
    "card_0002": "拒否",
    "card_9995": "残高不足",
    "card_0069": "期限切れ",
    "problem": "お支払いできませんでした",
    "fix": "入力内容をご確認ください",
    "challenge_title": "本人認証 (3-D セキュア)",
    "challenge_note": "カード会社による本人確認の画面の代わりです。結果を選んでください。",
    "challenge_complete": "認証を完了する",
    "challenge_fail": "認証に失敗する",
    "complete_title": "お支払いは完了しています",
    "complete_note": "このページでの手続きは終わっています。もう一度支払う必要はありません。",
    "complete_link": "販売元のページへ進む",
    "expired_title": "お支払いの期限が切れました",
    "expired_note": "請求は行われていません。お手数ですが、販売元のページからやり直してください。",
    "expired_link": "販売元のページへ戻る",
    "missing_title": "ページが見つかりません",
    "missing_note": "アドレスをご確認ください。",
    "error_email": "メールアドレスを正しく入力してください。",
    "error_card_number": "カード番号が正しくありません。",
    "error_exp": "有効期限が正しくありません。",
    "error_past": "カードの有効期限が過ぎています。",
    "error_cvc": "セキュリティコードが不完全です。",
    "error_cardholder": "名義人を入力してください。",
    "error_outcome": "支払い方法を選んでください。",
    "generic_decline": "カードが拒否されました。別のカードをお試しください。",
    "insufficient_funds": "カードの残高が不足しています。別のカードをお試しください。",
    "expired_card": "カードの有効期限が切れています。別のカードをお試しください。",
    "incorrect_cvc": "カードのセキュリティコードが間違っています。",
    "processing_error": "カードの処理中にエラーが発生しました。しばらくしてからもう一度お試しください。",
    "test_mode_live_card": "カードが拒否されました。テスト決済では、テスト用のカード番号だけが使えます。",
    "authentication_failure": "お支払い方法を認証できませんでした。別のカードで、もう一度お試しください。",
}
EN = {
    "lang": "en",
    "banner": "Test payment — nobody is charged",
    "banner_note": "This page is for trying things out. Do not type a real card number.",
    "title": "Payment",
    "back": "← Back to the seller",
    "order": "Your order",
    "quantity": "Quantity",
    "total": "Total",
    "email": "E-mail",
    "card": "Pay by card",
    "card_number": "Card number",
    "exp": "Expiry (month / year)",
    "cvc": "Security code",
    "cardholder": "Name on card",
    "pay": "Pay",
    "donate": "Donate",
    "book": "Book",
    "shortcuts": "Try a test card",
    "shortcuts_note": "Each button tries to pay with that card at once. The fields above may stay empty.",
    "card_4242": "Success",
    "card_3220": "3-D Secure",
    "card_0002": "Declined",
    "card_9995": "Insufficient funds",
    "card_0069": "Expired card",
    "problem": "The payment did not go through",
    "fix": "Please check what you typed",
    "challenge_title": "Authentication (3-D Secure)",
    "challenge_note": "This stands for the page on which your bank checks who you are. Choose how it ends.",
    "challenge_complete": "Complete authentication",
    "challenge_fail": "Fail authentication",
    "complete_title": "This payment is complete",
    "complete_note": "There is nothing left to do here. You need not pay again.",
    "complete_link": "Go on to the seller",
    "expired_title": "The time to pay has run out",
    "expired_note": "You can no longer pay here, and nothing was charged. Please start again at the seller.",
    "expired_link": "Back to the seller",
    "missing_title": "Page not found",
    "missing_note": "Please check the address.",
    "error_email": "Enter a valid e-mail address.",
    "error_card_number": "Your card number is invalid.",
    "error_exp": "Your card's expiry date is invalid.",
    "error_past": "Your card's expiry date is in the past.",
    "error_cvc": "Your card's security code is incomplete.",
    "error_cardholder": "Enter the name on the card.",
    "error_outcome": "Choose how to pay.",
    "generic_decline": "Your card was declined. Try another card.",
    "insufficient_funds": "Your card has insufficient funds. Try another card.",
    "expired_card": "Your card has expired. Try another card.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "test_mode_live_card": "Your card was declined. Only test card numbers work here.",
    "authentication_failure": "We are unable to authenticate your payment method. Please choose another one.",
}
ZERO_DECIMAL = frozenset({"jpy", "krw", "vnd"})


def words_for(session: JSON | None) -> dict[str, str]:
    """Return English for a session whose locale is English, and Japanese for every other."""
    locale = str((session or {}).get("locale") or "ja")
    return EN if locale.split("-", maxsplit=1)[0] == "en" else JA


def money(amount: int, currency: str, lang: str) -> str:
    """Write an amount as a payer reads it."""
    if currency == "jpy":
        return f"{amount:,}円" if lang == "ja" else f"¥{amount:,}"
    if currency in ZERO_DECIMAL:
        return f"{amount:,} {currency.upper()}"
    whole, rest = divmod(amount, 100)
    return f"{whole:,}.{rest:02} {currency.upper()}"
