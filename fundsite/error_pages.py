"""Pages for what went wrong: calm, in the visitor's language, with a way on, and nothing about our insides."""

import structlog
from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, SecurityError

from fundsite.campaigns.goals import NoSuchGoal
from fundsite.campaigns.service import NoSuchCampaign
from fundsite.i18n import gettext as _
from fundsite.rewards.editing import NoSuchReward
from fundsite.updates.notify import NotStarted
from fundsite.updates.service import NoSuchUpdate

log = structlog.get_logger()


def _words(code: int) -> tuple[str, str]:
    known = {
        403: (_("このページは表示できません"), _("このページをご覧いただく権限がありません。")),
        404: (
            _("ページが見つかりません"),
            _("お探しのページは移動したか、削除された可能性があります。アドレスをご確認ください。"),
        ),
        405: (_("この操作はできません"), _("お手数ですが、前のページに戻ってやり直してください。")),
        413: (_("送信された内容が大きすぎます"), _("内容を短くして、もう一度お試しください。")),
        429: (_("しばらくお待ちください"), _too_often()),
    }
    if code in known:
        return known[code]
    if code < 500:  # noqa: PLR2004 - the border between the visitor's and our own mistakes
        return _("うまく受け取れませんでした"), _("お手数ですが、前のページに戻ってやり直してください。")
    return (
        _("申し訳ありません。エラーが起きました"),
        _("時間をおいて、もう一度お試しください。続く場合は、お手数ですがお問い合わせ先までご連絡ください。"),
    )


def _too_often() -> str:
    """Say what a limit means; of payments only where one was about to begin."""
    if request.blueprint in {"pledges", "promises"}:
        return _(
            "短い時間に操作が集中したため、この操作は受け付けませんでした。この操作によるお支払いは行われていません。少し時間をおいて、もう一度お試しください。"
        )
    return _("短い時間に操作が集中したため、この操作は受け付けませんでした。少し時間をおいて、もう一度お試しください。")


def _page(code: int, title: str, text: str) -> ResponseReturnValue:
    try:
        return render_template("errors/error.html", code=code, title=title, text=text), code
    except SQLAlchemyError:
        return f"{title}\n{text}\n", code, {"Content-Type": "text/plain; charset=utf-8"}


def install(app: Flask) -> None:
    """Answer every failure with a page."""

    @app.errorhandler(SecurityError)
    def foreign_host(_error: SecurityError) -> ResponseReturnValue:
        # Nothing is known of this address, so no page can be built that links to others.
        return "Bad request: this site has another address.\n", 400, {"Content-Type": "text/plain; charset=utf-8"}

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> ResponseReturnValue:
        if error.response is not None or error.code is None or error.code < 400:  # noqa: PLR2004
            return error
        return _page(error.code, *_words(error.code))

    @app.errorhandler(NoSuchCampaign)
    @app.errorhandler(NoSuchGoal)
    @app.errorhandler(NoSuchReward)
    @app.errorhandler(NoSuchUpdate)
    @app.errorhandler(NotStarted)
    def missing(_error: Exception) -> ResponseReturnValue:
        return _page(404, *_words(404))

    @app.errorhandler(CSRFError)
    def stale(_error: CSRFError) -> ResponseReturnValue:
        title = _("ページの有効期限が切れました")
        text = _("お手数ですが、前のページに戻り、再読み込みしてからもう一度お試しください。何も送信されていません。")
        return _page(400, title, text)

    @app.errorhandler(Exception)
    def failed(error: Exception) -> ResponseReturnValue:
        # The message of an error may quote what a supporter typed: only its kind and place are logged.
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
        log.error("failed", endpoint=request.endpoint, kind=type(error).__name__, place=place)
        return _page(500, *_words(500))
