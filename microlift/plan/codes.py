"""Discount codes as they are compared: the macro normalise_code, for the plan's own checks."""

from __future__ import annotations

import unicodedata

_PLAIN = str.maketrans(
    # Cyrillic, Greek, full width, a dotted I, dashes; all capitals.
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0405\u0406\u0408\u04ae\u04ba\u0500\u051a\u051c"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
    "\uff21\uff22\uff23\uff24\uff25\uff26\uff27\uff28\uff29\uff2a\uff2b\uff2c\uff2d\uff2e\uff2f\uff30\uff31\uff32\uff33\uff34"
    "\uff35\uff36\uff37\uff38\uff39\uff3a\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff0d\uff3f"
    "\u0130"
    "\u2010\u2011\u2012\u2013\u2014\u2015\u2212",
    "ABEKMHOPCTYXSIJYHDQWABEZHIKMNOPTYXABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_I-------",
)


def compared(code: str) -> str:
    """The code without case, spaces and invisible signs, look-alike letters read as Latin ones."""
    shown = (c for c in unicodedata.normalize("NFC", code) if not _is_unseen(c))
    return "".join(map(_upper, shown)).translate(_PLAIN)


def _is_unseen(letter: str) -> bool:
    kind = unicodedata.category(letter)
    return kind.startswith("Z") or kind in ("Cc", "Cf")


def _upper(letter: str) -> str:
    upper = "\u1e9e" if letter == "ß" else letter.upper()
    return upper if len(upper) == 1 else letter
