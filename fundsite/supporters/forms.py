"""Forms of the supporter's room. What a parcel needs is asked in the fields and words of the pledge form."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField
from wtforms.fields.choices import SelectChoice

from fundsite.fields import ParsedArea, at_most, needed
from fundsite.i18n import gettext as _
from fundsite.pledges.forms import address_fields, name_field, question_fields, words_fields
from fundsite.rewards.models import Reward

LONGEST_MESSAGE = 1000


def delivery_form(reward: Reward | None, shipping: str, **kwargs: Any) -> FlaskForm:
    """Return the form for what a reward needs to be delivered, as it was promised (`shipping`)."""
    fields = {
        "seen": HiddenField(),
        **name_field(),
        **(address_fields(shipping) if shipping != "none" else {}),
        **question_fields(reward),
    }
    return type("DeliveryForm", (FlaskForm,), fields)(**kwargs)


def words_form(**kwargs: Any) -> FlaskForm:
    """Return the form for a backer's public words."""
    return type("WordsForm", (FlaskForm,), {"seen": HiddenField(), **words_fields()})(**kwargs)


def mails_form(**kwargs: Any) -> FlaskForm:
    """Return the form for which mails a supporter wants."""
    fields = {
        "reports": BooleanField(
            _("このプロジェクトの活動報告が公開されたときに、メールで受け取る"),
        ),
        "newsletter": BooleanField(_("活動の報告やお知らせをメールで受け取る")),
    }
    return type("MailsForm", (FlaskForm,), fields)(**kwargs)


def kinds() -> list[tuple[str, str]]:
    """Return what a supporter may ask about their personal data."""
    return [
        ("disclosure", _("開示: 保管されている情報の内容を知りたい")),
        ("correction", _("訂正: 情報の誤りを直してほしい")),
        ("deletion", _("削除: 情報を消してほしい")),
    ]


def data_form(**kwargs: Any) -> FlaskForm:
    """Return the form by which a supporter asks to see, to correct or to erase what is kept of them."""
    fields = {
        "kind": RadioField(
            _("ご請求の内容"),
            choices=[SelectChoice(value, label) for value, label in kinds()],
            validators=[needed(_("ご請求の内容を選んでください。"))],
            invalid_choice_message=_("ご請求の内容を選んでください。"),
        ),
        "message": ParsedArea(
            _("くわしい内容"),
            description=_("訂正の場合は、どの情報をどのように直すかをお書きください。"),
            validators=[at_most(LONGEST_MESSAGE)],
        ),
    }
    return type("DataForm", (FlaskForm,), fields)(**kwargs)
