"""Text → the places and organisations it names, in a normal form."""

import re
from collections.abc import Iterator
from functools import lru_cache

from rag.facts import Fact
from rag.slots import find_regions
from rag.words import normalise

_ORGANISATION_ENDS = (
    "领导小组办公室|领导小组|办公厅|办公室|委员会|发展改革委|改革委|组织部|宣传部|统战部|财政部|教育部|商务部|总工会|基金会|联合会|工商联|"
    "政府|党委|省委|市委|县委|区委|总局|公司|集团|大学|学院|医院|银行|学校|中学|法院|检察院|研究院|研究所|部|委|局|厅|署|院|办|会|协会"
)
_ENDS = re.compile(rf"(?:{_ORGANISATION_ENDS})$")
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_NOUNS = ("n", "ns", "nt", "nz", "nr", "j", "vn", "i", "l", "f", "b")
_PLACE_END = re.compile(r"(?:壮族自治区|回族自治区|维吾尔自治区|自治区|自治州|自治县|特别行政区|省|市|县|区|州|盟|旗)$")
# Tagged as places by the dictionary, but directions and not names.
_NO_PLACE = re.compile(
    "东部|西部|中部|东西部|东西|中西部|北部|南部|东北|西北|西南|东南|中国|我国|全国|国家|祖国|中华|东三省|长度|长约"
)
_SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈卫蒋沈韩杨朱秦许何吕施张孔曹严魏陶姜谢邹章苏潘葛范彭鲁马方任袁柳史唐费薛贺倪汤罗郝毕安常傅齐康伍余顾孟黄"
    "萧尹姚邵汪祁毛戴宋庞熊纪舒屈项祝董梁杜阮蓝季贾江颜郭梅林徐邱高夏蔡田樊胡霍万柯管卢莫丁邓洪石崔龚程邢裴陆翁段侯谭廖文欧申"
)
_SHORT_NAME = 2
_NO_ORGANISATION = re.compile(
    "机会|社会|大会|协会|会|部|委|局|厅|院|办|学会|全部|部|内部|外部|干部|东部|西部|中部|总部|北部|南部|东西部"
)


@lru_cache(maxsize=4096)
def find_names(text: str) -> tuple[Fact, ...]:
    """Places and organisations of a text, in reading order of each kind.

    >>> [(fact.kind, fact.keys[0]) for fact in find_names("福建省厦门市财政局帮扶宁夏")]
    [('place', '福建'), ('place', '厦门'), ('place', '宁夏'), ('organisation', '福建省厦门市财政局')]
    """
    import rjieba

    tagged: list[tuple[str, str]] = rjieba.tag(normalise(text))
    return (*_places(tagged), *_organisations(tagged))


def _places(tagged: list[tuple[str, str]]) -> Iterator[Fact]:
    position = 0
    after_region = False
    for place, (word, tag) in enumerate(tagged):
        regions = find_regions(word)
        stem = _PLACE_END.sub("", word) if len(word) > 2 else word
        if not regions and len(stem) > 1 and not _NO_PLACE.fullmatch(word) and not _in_person(tagged, place):
            # 青海玉树: a name behind that of a province is one of a place, though persons are called so.
            named = tag == "ns" or (tag == "nr" and after_region and len(word) == _SHORT_NAME)
            regions = {stem} if named and _in_dictionary(word) else set()
        for region in sorted(regions):
            yield Fact("place", word, (region,), position, position + len(word))
        after_region = bool(find_regions(word))
        position += len(word)


def _in_person(tagged: list[tuple[str, str]], place: int) -> bool:
    """Tell whether a word is a part of the name of a person: 费尔德海斯, 林永康 where a clause begins."""
    beside = [tagged[i] for i in (place - 1, place + 1) if 0 <= i < len(tagged)]
    if tagged[place][1] == "ns" and any(tag.startswith("nr") and not find_regions(word) for word, tag in beside):
        return True
    begins = place == 1 or (place > 1 and tagged[place - 2][1] == "x")
    return begins and tagged[place - 1][0] in _SURNAMES


def _in_dictionary(word: str) -> bool:
    """Tell whether a word is one by itself, and not what the tagger guesses from its characters (新拉来)."""
    import rjieba

    return len(rjieba.cut(word, False)) == 1


def holds_name(text: str, fact: Fact) -> bool:
    """Tell whether a normalised text holds a place or organisation; provinces also by their abbreviation (闽宁)."""
    if fact.surface in text or fact.keys[0] in text:
        return True
    return fact.kind == "place" and fact.keys[0] in find_regions(text)


def _organisations(tagged: list[tuple[str, str]]) -> Iterator[Fact]:
    """Runs of nouns that end as organisations are named."""
    run, position = "", 0
    for word, tag in tagged:
        position += len(word)
        if tag not in _NOUNS or not _CHINESE.fullmatch(word):
            run = ""
            continue
        run += word
        if _ENDS.search(word) and len(run) > 2 and not _NO_ORGANISATION.fullmatch(word):
            yield Fact("organisation", run, (run,), position - len(run), position)
