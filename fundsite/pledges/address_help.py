"""From the postal code to the address, within a form: by a button, with or without JavaScript.

What was typed stays: only empty fields are filled, and none where what stands in the others says another place.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_wtf import FlaskForm

from fundsite.i18n import gettext as _
from fundsite.postal import Address, addresses

FIND, CHOSEN = "find_address", "found_address"  # the button's name, and that of the choices


@dataclass(frozen=True)
class AddressHelp:
    """What came of the button: words, and the addresses to choose from where the code means several."""

    said: str
    choices: tuple[str, ...] = ()


def is_asked(typed: Mapping[str, str]) -> bool:
    """Whether a form was sent for the sake of its address."""
    return FIND in typed


def help_with_address(form: FlaskForm, chosen: str = "") -> AddressHelp:
    """Fill what is empty of an address by its postal code; return what to say. The form is not checked.

    Where a code means several addresses they are offered first; `chosen` is the one that was chosen of them.
    """
    abroad = "country" in form and form["country"].data != "JP"
    found = [] if abroad or "postal_code" not in form else addresses(form["postal_code"].data or "")
    if not found:
        return AddressHelp(
            _("この郵便番号の住所は見つかりませんでした。番号をお確かめになるか、住所を直接ご入力ください。")
        )
    picked = found if len(found) == 1 else [one for one in found if written(one) == chosen]
    if not picked:
        choices = tuple(dict.fromkeys(map(written, found)))
        return AddressHelp(_("この郵便番号には複数の住所があります。ひとつ選んでください。"), choices)
    return AddressHelp(_filled(form, picked[0]))


def written(address: Address) -> str:
    """Return an address in one line, the office last."""
    place = f"{address.region}{address.city}{address.town}"
    return f"{place} {address.office}" if address.office else place


def _filled(form: FlaskForm, address: Address) -> str:
    place = {"region": address.region, "city": address.city}
    said = {"address": written(address)}
    if any(form[name].data not in {"", None, value} for name, value in place.items()):
        return _("入力済みの住所を、そのままにしました。この郵便番号の住所は「%(address)s」です。") % said
    rest = {**place, "line1": address.town, "line2": address.office}
    empty = [name for name, value in rest.items() if value and not form[name].data]
    for name in empty:
        form[name].data = rest[name]
    if not empty:
        return _("住所はすでに入力されています。この郵便番号の住所は「%(address)s」です。") % said
    return _("「%(address)s」を入力しました。続けて番地などをご入力ください。") % said
