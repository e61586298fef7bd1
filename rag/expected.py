"""What kind of answer a question asks for, and whether a text holds anything of that kind."""

import re

from rag.normalise import matching_copy

_NUMERAL = r"[\d一二三四五六七八九十百千万亿两几数]"
_AMOUNT = rf"{_NUMERAL}[\d.多余万亿千百十]*(?:人次|万|亿)?\s*"
_UNITS = (
    "(?:亿|万)?元|个|名|人|家|户|项|次|县|市|省|区|村|镇|平方公里|公里|平方米|米|岁|批|对|所|亩|天|条|期|届|支|座|辆|部|集|"
    "首|张|种|层|位|分钟|小时|年|月|周|吨|公斤|场|份|章|篇"
)
_STRICT = frozenset(["元", "万元", "亿元", "年", "月", "岁", "公里", "米", "吨"])
_ASKED_UNIT = re.compile(rf"(?:多少|(?<![哪这那好头前后])几)(?:个|来)?({_UNITS})")

_ASKS_WHEN = "什么时候|何时|哪年|哪一年|哪天|哪一天|哪个月|几月|几号|什么时间|什么日子|啥时候"
_ASKS_DAY = "哪一?天|几号|几月几[日号]|哪月哪[日号]|哪一?日"
_HOLDS_DATE = r"\d\s*[年月日]|\d世纪|年代|(?:19|20)\d\d|[〇○一二三四五六七八九]{4}年|年间|朝|期间|前夕|初|末|时期"
_KINDS = tuple(
    # what asks for it, what an answer must hold
    (re.compile(asks), re.compile(holds))
    for asks, holds in (
        (
            "(?:多少|几)个?亿|多少.{0,5}(?:钱|资金|经费|投资|补贴|工资|财政)|"
            "(?:资金|投资|金额|补贴|工资|收入|财政援助).{0,6}(?:多少|多大|多高)",
            rf"{_AMOUNT}(?:元|美元|港元|日元|英镑|块)",
        ),
        ("百分之几|百分之多少|比例|占比|增长率|增速|就业率", r"\d\s*%|百分之|成|倍|个百分点|分之"),
        (_ASKS_DAY, r"\d{1,2}月\d{1,2}[日号—-]|\d-\d{1,2}-\d"),
        (_ASKS_WHEN, _HOLDS_DATE),
        ("最[多大高少低]的?(?:是|有|为)|排第?几|排名|第几[名位]", "最|居首|第一|首位|排名|前列|位居|领先"),
        ("(?<!电视)电话(?!会)|联系方式|手机号", r"\d{7,}|\d{3,4}-\d{7}"),
        ("邮箱|网址|网站是", r"@|www|http|\.cn|\.com"),
        ("多久|多长时间|待多久|几年时间", rf"{_AMOUNT}(?:年|个月|月|天|日|周|小时|分钟|秒)|半年|长期|一直"),
        (f"多少|(?<![哪这那好头前后])几(?={_UNITS})", _NUMERAL),
    )
)


def lacks_expected(question: str, text: str) -> bool:
    """Tell whether a question asks for an amount, a date, a span or a share, and the text has none.

    >>> lacks_expected("稳岗补贴能领多少钱", "发放稳岗补贴，增强信心。")
    True
    >>> lacks_expected("投入多少钱", "投入3.5亿元。"), lacks_expected("谁印发的", "中办印发。")
    (False, False)
    """
    asked, held = matching_copy(question), matching_copy(text)
    unit = _ASKED_UNIT.search(asked)
    if unit is not None and not re.search(rf"{_AMOUNT}(?:多|余)?{unit.group(1)}", held):
        # 几个 and 多少家 are loose: any number of things will do; 几年 and 多少元 are not.
        return unit.group(1) in _STRICT or not re.search(_NUMERAL, held)
    return any(asks.search(asked) and not answers.search(held) for asks, answers in _KINDS)
