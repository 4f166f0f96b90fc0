"""Fictional supporters, drawn from the lists of `demo.toml`."""

import random
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Person:
    """A supporter who does not exist."""

    name: str
    kana: str
    display_name: str
    email: str
    phone: str
    address: dict[str, str]


class People:
    """Draws one person after another; the same seed draws the same ones."""

    def __init__(self, lists: dict[str, Any], addresses: dict[str, Any], dice: random.Random) -> None:
        """Nothing is drawn yet."""
        self._lists, self._addresses, self._dice = lists, addresses, dice

    def draw(self, number: int, shipping: str) -> Person:
        """Return a person; `shipping` says whether and where they live."""
        if self._dice.random() < 0.02:  # noqa: PLR2004 - a few names are written as one
            name, kana = self._one("whole_names")
        else:
            family, given = self._one("family_names"), self._one("given_names")
            name, kana = f"{family[0]} {given[0]}", f"{family[1]} {given[1]}"
        nickname = self._dice.choice(self._lists["nicknames"])
        return Person(
            name=name,
            kana=kana,
            display_name=self._dice.choice([name, name, name.split(" ")[0], nickname, nickname, ""]),
            email=f"backer{number:04}@example.jp",
            phone=f"0{self._dice.randrange(3, 10)}-0000-{number % 10000:04}" if shipping != "none" else "",
            address=self._address(shipping),
        )

    def _one(self, name: str) -> tuple[str, str]:
        entry = self._dice.choice(self._lists[name])
        return entry["name"], entry["kana"]

    def _address(self, shipping: str) -> dict[str, str]:
        if shipping == "none":
            return {}
        if shipping == "worldwide" and self._dice.random() < 0.04:  # noqa: PLR2004 - few live abroad
            place = self._dice.choice(self._addresses["abroad"])
            kept = {key: place[key] for key in ("country", "postal_code", "city", "line1")}
            return {**kept, "region": "", "line2": ""}
        place = self._dice.choice(self._addresses["places"])
        return {
            **place,
            "line1": self._dice.choice(self._addresses["numbers"]),
            "line2": self._dice.choice(self._addresses["buildings"]),
            "country": "JP",
        }
