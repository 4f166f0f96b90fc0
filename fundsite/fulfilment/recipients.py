"""For whom a thing is: as the supporter says now, as the lock kept it, and as staff corrected it for a parcel."""

import json
import re
from hashlib import sha256

from fundsite.db import JsonObject
from fundsite.fulfilment.models import Obligation
from fundsite.pledges.models import Pledge
from fundsite.rewards.models import Reward

# What staff may correct for one parcel.
FIELDS = ("name", "honorific", "phone", "postal_code", "region", "city", "line1", "line2")
_BODY = re.compile(r"(法人|会社|財団|社団|協会|組合|学校|大学|商店|事務所|病院|役所|役場|委員会|実行委|クラブ|の会)")


def honorific_of(name: str) -> str:
    """Return 御中 for what is plainly a body and names no person, else 様."""
    return "御中" if _BODY.search(name) and not re.search(r"[ \u3000]", name) else "様"


def recipient_of(pledge: Pledge, reward: Reward, obligation: Obligation) -> JsonObject:
    """Return what a parcel needs to know of a pledge as it stands now; this is what a lock keeps."""
    said = {name: getattr(pledge, name) for name in (*FIELDS, "kana", "country", "answers") if name != "honorific"}
    goods = {"reward": reward.code, "title": reward.title, "quantity": obligation.quantity}
    return {**said, "honorific": honorific_of(pledge.name), "reference": pledge.reference, **goods}


def corrected(recipient: JsonObject, correction: JsonObject | None) -> JsonObject:
    """Return the recipient with what staff corrected; a correction of what was said before does not hold any more."""
    if correction and correction["of"] == version_of(recipient):
        return {**recipient, **correction["to"]}
    return recipient


def correction_of(recipient: JsonObject, wanted: JsonObject) -> JsonObject | None:
    """Return what must be kept so that `recipient` reads as `wanted`; None where it does already."""
    changed = {name: wanted[name] for name in FIELDS if wanted[name] != recipient[name]}
    return {"of": version_of(recipient), "to": changed} if changed else None


def version_of(recipient: JsonObject) -> str:
    """Mark what a supporter said: it differs once anything of it does."""
    said = json.dumps([recipient[name] for name in (*FIELDS, "kana", "country")], ensure_ascii=False)
    return sha256(said.encode()).hexdigest()[:16]
