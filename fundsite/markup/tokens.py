"""The grammar of words within a block, as one pattern.

No alternative looks further than its bounds, so that hostile text takes no longer than a novel. The name of
the last group that an alternative closes says which one it was: `Reader` has a method for each.
"""

import re

from fundsite.markup.pasted import TYPED_ELEMENTS

_TYPED = "|".join(TYPED_ELEMENTS)
_TARGET = r"""\(\s*(?P<{0}>(?:[^()\n"“<>]|\([^()\n]{{0,200}}\)){{1,1000}})
              (?:["“](?P<{0}_title>[^"”\n]{{0,500}})["”]\s*)?\)"""
_IN_URL = r"[A-Za-z0-9\-._~:/?\#@!$&'()+,;=%]"

TOKEN = re.compile(
    rf"""(?P<ticks>`{{1,3}})(?!`)(?P<code>[^`\n]{{1,1000}})(?P=ticks)(?!`)
    |\\(?P<escaped>[\\`*_\[\]\#\-.>|!])
    |!\[(?P<alt>[^\[\]\n]{{0,500}})\]{_TARGET.format("picture")}
    |\[\^(?P<note>[^\[\]\s]{{1,40}})\]
    |\[(?P<label>(?:[^\[\]\n]|\[[^\[\]\n]{{0,200}}\]){{1,500}})\]{_TARGET.format("target")}
    |<(?P<angle>https?://[^<>\s]{{1,2000}})>
    |(?<![A-Za-z0-9])(?P<url>https?://{_IN_URL}{{1,2000}})
    |(?<![A-Za-z0-9._%+\-])(?P<mail>[A-Za-z0-9._%+\-]{{1,64}}@[A-Za-z0-9\-]{{1,63}}(?:\.[A-Za-z0-9\-]{{1,63}}){{1,8}})
    |<(?P<element>{_TYPED})>(?P<inner>.{{0,500}}?)</(?P=element)>
    |(?P<stray></?(?:{_TYPED})>)
    |<a\s[^<>]{{0,500}}?href\s*=\s*["']?(?P<pasted>[^"'<>\s]{{1,2000}})["']?[^<>]{{0,500}}>(?P<words>[^<>]{{0,500}})</a>
    |(?P<anchor></?a(?:\s[^<>]{{0,4000}})?>)
    |(?P<br><br\s?/?>)
    |(?P<entity>&(?:\#[0-9]{{1,7}}|\#[xX][0-9a-fA-F]{{1,6}}|[A-Za-z][A-Za-z0-9]{{1,31}});)
    |\*\*\*(?=[^\s*])(?P<both>[^*]{{1,1000}})(?<=\S)\*\*\*
    |\*\*(?=[^\s*])(?P<strong>(?:[^*]|\*(?!\*)){{1,1000}}?)(?<=\S)\*\*
    |(?<![A-Za-z0-9*])\*(?=[^\s*])(?P<em>[^*]{{1,1000}})(?<=\S)\*(?![A-Za-z0-9*])
    |(?<!\w)__(?=[^\s_])(?P<dunder>[^_]{{1,1000}})(?<=\S)__(?!\w|\.\w)
    |(?<!\w)_(?=[^\s_])(?P<under>[^_]{{1,1000}})(?<=\S)_(?!\w)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
