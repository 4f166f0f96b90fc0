"""Text as people paste it: characters that look right and are wrong."""

import re
import unicodedata

# Kangxi radicals, which PDF readers hand out in place of ordinary characters; NFKC knows them all.
_KANGXI = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)}

# Of the radicals supplement NFKC knows only two, so those with a plain Japanese counterpart are listed.
_SUPPLEMENT = dict(
    zip(
        map(ord, "⺒⺓⺝⺟⺠⺩⺬⺮⺶⻁⻄⻆⻑⻘⻝⻣⻤⻨⻩⻫⻭⻯⻲"),
        "巳幺月母民王示竹羊虎西角長青食骨鬼麦黄斉歯竜亀",
        strict=True,
    )
)

_LOOKALIKES = _KANGXI | _SUPPLEMENT
_SPLIT_KANA = re.compile("[\u3041-\u30fe][\u3099\u309a]")


def repair_lookalikes(text: str) -> str:
    """Turn radicals into the characters they stand for, and split voiced kana into whole ones.

    Nothing else changes: NFKC over prose would turn ① into 1, ㈱ into (株), and names into other spellings.
    """
    joined = _SPLIT_KANA.sub(lambda match: unicodedata.normalize("NFC", match[0]), text)
    return joined.translate(_LOOKALIKES)
