"""Whether a proposed question reads as a question, and can be understood without the text around its sentence."""

import re
from functools import lru_cache

from rag.proposals.draft import balanced
from rag.slots import find_slots
from rag.words import nouns_and_names

DATE = r"(?:19|20)\d\d年(?:\d{1,2}月(?:\d{1,2}日)?)?"
"""A date with its year: 2021年, 2021年3月, 2021年3月5日."""

_DAY = r"\d{1,2}月\d{1,2}日(?:[上下]午)?"
_SPAN = r"(?:19|20)\d\d年?[—–-](?:19|20)\d\d年"
LEAD = re.compile(
    rf"((?:截至|至|到)?(?:{_SPAN}|{DATE}|{_DAY})(?:[初底末]|以来|上半年|下半年|[上中下]旬)?(?:（[^）]{{1,12}}）)?)[，：]?|"
    r"(按[^，：]{4,28}，)"
)
"""The time at the head of a sentence."""

_PART_OF_TIME = re.compile("[上中下]旬|[上下]半|[初底末以前后]")
_SHORTEST, _LONGEST = 9, 50
# Words that point outside the sentence: who reads the question alone cannot know what they mean.
_POINTS_AWAY = re.compile(
    r"该|此[次项外前后时地类举]|这|那[个次些里]|本[次届报市省县区轮月周年]|上述|前述|同[日年月期]|当[地天日年时]|今[年天日后]|"
    r"去年|明年|昨[天日]|前天|日前|近日|近期|近年|目前|现在|如今|此前|随后|我[们国市省县区镇村校院]?|咱|他|她|它|你|您|笔者|自己|"
    r"其(?!他|它)|还[将有会要]|类似|双方|两地|两省|全[市省县区镇村州校]|据[^此]|一文"
)
_OPENS_BADLY = re.compile(
    r"但|而|并|也|又|还|则|且|因|所以|如|若|当|只|仅|即|另|首先|其次|再次|最后|同时|其中|通过|随着|为了|为|在|从|自|由|向|对(?!口)|把|将|以|按|"
    r"与|和|及|或|于|给|让|使|被|就|经|不|是|有|要|应|会|能|可|需|须|共|累计|先后|陆续|已|曾|正|都|均|约|近|超|达|每|几|首轮|首批|新一轮|上一轮|前者|后者|两者|到处|截止|可|第|一是|二是|三是|以及|"
    r"包括|除|这|那|来自|相关|积极|着眼|发挥|强化|线上|线下|一[个些位名]|很多|许多|不少|部分|各|除|凭|靠|受|依托|围绕|聚焦|推进|推动|加强|坚持|引进|投入|落实|实现|完成|开展|组织|帮助|支持|促进|建设|建成|发放|举办|设立|"
    r"签约|到位|落地|总投资|新增|选派|活动|项目|公司|企业|团队|会议|仪式|学校|学生|村里|书中|专家"
)
_YEARLESS = re.compile(r"(?<!年)(?<!\d)\d{1,2}月(?!\d{1,2}日)|(?<!月)(?<!\d)\d{1,2}日")
_BODY = re.compile(
    "国务院|中央|全国|东部(?=\\d|的)|东西部?(?:扶贫)?协作|国家[\u4e00-\u9fff]{2,8}?[局委部办]|[\u4e00-\u9fff]{2}(?:委员会|领导小组|办公厅)"
)
_IN_BRACKETS = re.compile("（[^）]*）")
_YEAR_OF = re.compile(rf"{DATE}[^，]{{0,8}}的")
_BROKEN = re.compile(r"[—\-~～至][（）？，]|[、，和与及]？|[,;](?!\d)|（）|的的")


def split_time(text: str) -> tuple[str, str]:
    """Cut the time off the head of a sentence.

    >>> split_time("2021年，四川考核68个县"), split_time("四川考核68个县")
    (('2021年', '四川考核68个县'), ('', '四川考核68个县'))
    """
    match = LEAD.match(text)
    if (
        not match
        or text[match.end() : match.end() + 1] in "的—-~～至到、和（与起"
        or _PART_OF_TIME.match(text, match.end())
    ):
        return "", text
    return match.group(1) or match.group(2), text[match.end() :]


def opens_well(subject: str) -> bool:
    """Whether a clause begins with who or what it is about."""
    return (
        len(subject) >= 2
        and not _OPENS_BADLY.match(subject)
        and (_YEAR_OF.match(subject) is not None or not subject[0].isdigit())
        and subject[0] != "（"
    )


@lru_cache(maxsize=8192)
def names_something(text: str) -> bool:
    """Whether a text names a region, a title, a quoted term or another proper name, so that it is about one thing."""
    if _BODY.search(text) or any(not slot[0].isdigit() for slot in find_slots(text)) or "“" in text:
        return True
    return bool(nouns_and_names(text)[1])


def reads_well(question: str) -> bool:
    """Whether a question has a fitting length, is whole, and does not point to what stands around its sentence."""
    return (
        _SHORTEST <= len(question) <= _LONGEST
        and balanced(question)
        and question.count("？") == 1
        and "：" not in question
        and question.endswith("？")
        and not _BROKEN.search(question)
        and not _POINTS_AWAY.search(question)
        and not _YEARLESS.search(_IN_BRACKETS.sub("", question))
    )
