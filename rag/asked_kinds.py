"""Question → the kinds of answer that it asks for: a person, a city, a day, a reason …, as far as its words tell.

`rag.held_kinds` tells whether a sentence holds an answer of a kind.
"""

import re

from rag.normalise import matching_copy

AMOUNT = re.compile(
    "多少个?[万亿]*亿(?![人次个名家户亩吨斤])|多少(?:万|亿|万亿)?(?:[日美港欧]?[元圆]|[\u4e00-\u9fff]{0,4}?(?:资金|经费|钱)|资金|经费|投资|补贴|工资|财政|援助)|"
    "(?:资金|投资|金额|补贴|工资|收入|财政|款|援助|钱|销(?!量)|值|赚|挣|投)[^，,。？?]{0,6}(?:多少|多大|多高|几何)(?![一-龥]?[个人名家项次])"
)
"""What asks for an amount of money."""
SHARE = re.compile("百分之几|百分之多少|百分比|比例|占比|增长率|增速|(?:占|增长|提高|下降)了?多少$")
"""What asks for a share or a rate."""
COUNT = re.compile(
    "(?:多少|(?<![哪这那好头前后])几)(个|名(?!额)|人|家(?!庭)|户(?!籍)|项|次|县(?![委长])|市(?!民)|省|区(?!域)|村(?![民支])|镇|所|对|亩|天|条|期|届|"
    "座|辆|场|种|批|吨|公里|平方公里|岁|年|位|类|支(?![教医])|份|倍|套|台|只|头)"
)
"""What asks for a count; the group is the unit."""
UNTIL = re.compile("[到至](?:哪一?年|什么时候|几时|何时)|哪年(?:结束|到期|为止|截止)|期限")
"""What asks for the end of a time, not its beginning."""

_ASKS = re.compile("什么|多少|几|哪|谁|何|啥|怎|咋")
_CLAUSE = re.compile("[,，;；?？]")
# 哪年多, 学校和医院哪个多: the answer is one of what the question names, told by what is compared.
_COMPARES = re.compile(
    "(?:哪一?[个边头方年省家]?|谁)[^,，。?？]{0,14}?(?:更(?P<more>[多大高早少小长快])|(?P<much>[多大高早少])(?=$|[,，?？])|在?先)"
)
_SEVERAL = r"(?:一|几|[两三四五六七八九十\d]+)?"
_NOT_COUNTED = "[号月时点条路天日届]|个?[面方]面"
_KINDS = tuple(
    (kind, re.compile(asks))
    for kind, asks in (
        # 被称为什么 asks for a name; so does what ends in 为什么 (更名为什么).
        (
            "reason",
            "(?<![称名誉算作叫当视译之])为(?:什么|何|啥)(?![?？。]?$)|因为什么|凭什么|怎么(?:没|不|就|会)|原因|何故|何以|(?:出于|基于)(?:什么|何|哪)",
        ),
        ("meaning", "什么意思|啥意思|指什么|指的?是什么|指啥|啥叫|什么叫|怎么理解|何谓|含义|定义|什么是"),
        ("basis", "(?:什么|啥|何种|哪些)(?:标准|条件)|[按照据守循持](?:什么|啥|何种|哪些)原则"),
        ("occasion", "(?:什么|啥|哪[个种])场合|(?:什么|哪[次个])会(?:议)?上"),
        ("number", "文号|发文字号|几号文|第几号"),
        (
            "paper",
            "(?:哪|什么|何)一?[个份部项]?(?:文件|办法|意见|通知|规定|法律|依据|方案|规划)|依据(?:是|的)?(?:什么|哪)",
        ),
        (
            "person",
            "哪一?[位名]|何人|姓什么|(?:人|[队长书])叫什么|(?:[组团队局部厅省市县州处院校会]长|书记|主席|总理|主任|领队|领导|代表|负责人|"
            "作者)(?:是|叫|由)?谁|谁(?:作|做|讲|说|提|主持|带队|当|担任|出席|参加|倡)",
        ),
        ("organ", rf"哪{_SEVERAL}[个些]?(?:部门|单位|机构|机关|部委)|(?:什么|何)(?:部门|单位|机构)"),
        ("city", rf"(?:哪{_SEVERAL}[个座些]?|什么)(?:城市|市(?![州县]))"),
        ("province", rf"(?:哪{_SEVERAL}[个些]?|什么)(?:省|自治区)"),
        ("county", rf"哪{_SEVERAL}[个些]?(?:区?县|市[州县]|区|旗|州|乡|镇|村)"),
        ("who", "谁"),
        (
            "place",
            "在哪[里儿]?(?:召|举|开|办|成立|签|设)|(?:哪一?个|什么)地方|(?<!如)何[地处]|哪个地区|地点|(?:位于|放在|设在|建在)哪",
        ),
        (
            "when",
            "(?:周|星期|礼拜)几|什么(?:时候|时间|日子)|何时|哪[一几]?[年月天日]|哪个月|几[月时]|几号(?!文)|啥时候?|日期|何[年月]",
        ),
        (
            "count",
            f"多少|(?<![哪这那好头前后第十几周期拜])几(?!几|年[^，,]{{0,3}}一[次回]|{_NOT_COUNTED})|多[大高长]|(?:数量|数目|人数|户数|金额)(?:$|[?？是为])",
        ),
        (
            "list",
            r"哪些|哪几(?![天日年月])|都有谁|哪[两三四五六七八九十\d]+[个项条种件类对]|分别是(?:什么|啥|哪)|是哪\d|包括什么|"
            r"(?:清单|名单)(?:是|有|里有)|[个些项对种]\w{1,6}(?:都|各|分别)?叫(?:什么|啥)",
        ),
    )
)
# A question asks for one of these kinds: who it is, is not where it is.
_ALTERNATIVES = (
    ("number", "paper"),
    ("number", "count"),
    ("person", "organ", "city", "province", "county", "who", "place"),
)
# 有几种，分别为: the items are the answer, and may not be counted.
_TOLD_ONE_BY_ONE = re.compile("几[种类项条个].{0,12}(?:分别(?:为|是|有|叫)?$|(?:都是|都有|分别是|是)(?:啥|什么|哪))")
_NAMES_THEM = frozenset({"person", "organ"})


def asked_kinds(question: str) -> tuple[str, ...]:
    """The kinds of answer that a question asks for; none where its words do not tell, or it compares.

    >>> asked_kinds("哪年成立的，组长是谁？"), asked_kinds("投了多少钱"), asked_kinds("主要做法是什么")
    (('person', 'when'), ('count',), ())
    >>> asked_kinds("310家单位里，央企有几家？"), asked_kinds("哪年投得更多")
    (('count',), ('compared',))
    """
    asked = asking_clauses(matching_copy(question))
    compared = _COMPARES.search(asked)
    if compared:
        return ("compared",) if "早" not in compared[0] and "先" not in compared[0] else ()
    found = [kind for kind, asks in _KINDS if asks.search(asked)]
    for group in _ALTERNATIVES:
        of_group = [kind for kind in found if kind in group]
        found = [kind for kind in found if kind not in of_group[1:]]
    if "count" in found and _TOLD_ONE_BY_ONE.search(asked):
        found[found.index("count") :] = ["list"]
    if "list" in found and _NAMES_THEM & set(found):
        found.remove("list")
    return tuple(found)


def asking_clauses(question: str) -> str:
    """The clauses of a question from the first that asks on: without what only sets the scene."""
    clauses = [clause for clause in _CLAUSE.split(question) if clause]
    first = next((place for place, clause in enumerate(clauses) if _ASKS.search(clause)), 0)
    return ",".join(clauses[first:])
