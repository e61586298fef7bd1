"""Questions about several things are split into one for each; names that hold a conjunction are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.question_parts import MOST_PARTS, question_parts


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("对口支援和对口合作有什么不同？", ("对口支援有什么不同？", "对口合作有什么不同？")),
        ("东西部协作与定点帮扶相比，差在哪？", ("东西部协作差在哪？", "定点帮扶差在哪？")),
        ("广东和浙江分别投入多少？", ("广东投入多少？", "浙江投入多少？")),
        ("廣東與浙江分別投入多少？", ("广东投入多少？", "浙江投入多少？")),
        ("對口支援和對口合作有什麼區別？", ("对口支援有什么区别？", "对口合作有什么区别？")),
        ("北京、天津和上海分别帮谁？", ("北京帮谁？", "天津帮谁？", "上海帮谁？")),
        ("内蒙古、重庆各有多少个县？", ("内蒙古有多少个县？", "重庆有多少个县？")),
        ("2019年和2020年各减贫多少人？", ("2019年减贫多少人？", "2020年减贫多少人？")),
        ("2023、2024两年互派干部各有几人", ("2023年互派干部有几人", "2024年互派干部有几人")),
        ("二〇一九年与二〇二〇年分别投入多少", ("二〇一九年投入多少", "二〇二〇年投入多少")),
        ("闽宁和苏陕哪个多", ("闽宁哪个多", "苏陕哪个多")),
        ("从2016到2020年援助资金怎么变化？", ("2016年援助资金怎么变化？", "2020年援助资金怎么变化？")),
        ("苏陕2021年跟2024年比，是多了还是少了？", ("苏陕2021年，是多了还是少了？", "苏陕2024年，是多了还是少了？")),
        ("国发〔2021〕12号第三条和第四条有何区别", ("国发〔2021〕12号第三条有何区别", "国发〔2021〕12号第四条有何区别")),
        ("《甲和乙办法》与《丙意见》有什么不同", ("《甲和乙办法》有什么不同", "《丙意见》有什么不同")),
        ("江苏给陕西、天津给甘肃，哪边出钱多？", ("江苏给陕西，哪边出钱多？", "天津给甘肃，哪边出钱多？")),
        ("男子和女子的平均年收入分别是多少？", ("男子的平均年收入是多少？", "女子的平均年收入是多少？")),
        ("东门木桥和西门石桥的限重分别是多少吨？", ("东门木桥的限重是多少吨？", "西门石桥的限重是多少吨？")),
        ("浙江给海西和给四川分别投了多少？", ("浙江给海西投了多少？", "浙江给四川投了多少？")),
        ("援藏派了多少干部人才？佛山往黔东南派了多少人？", ("援藏派了多少干部人才？", "佛山往黔东南派了多少人？")),
        (
            "江苏和青海的协作与浙江和四川的协作，哪个资金多？",
            ("江苏和青海的协作，哪个资金多？", "浙江和四川的协作，哪个资金多？"),
        ),
    ],
)  # fmt: skip
def test_each_part_is_the_question_about_one_of_the_items(question: str, parts: tuple[str, ...]) -> None:
    assert question_parts(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "东西部协作和定点帮扶工作现场会在哪里开？",
        "东西部扶贫协作和对口支援工作有什么不同？",
        "《东西部协作和定点帮扶考核办法》有什么变化？",
        "中共中央办公厅、国务院办公厅分别印发了什么？",
        "人力资源和社会保障部的职责有哪些不同？",
        "江苏和青海的协作哪年开始？",
        "黑龙江和广东的对口合作，到2024年一共签约多少亿元？",
        "和田与2016年的4个县归谁帮？",
        "2021、2022两年的资金加起来是多少？",
        "东北三省分别跟哪个省合作？",
        "消费扶贫是什么？为什么要改名？",
        "从1996到2014年，引来的投资有多大？",
        "同年各省有什么不同？",
        "第三条说了什么？",
        "",
    ],
)
def test_a_question_of_one_thing_stays_whole(question: str) -> None:
    assert question_parts(question) == ()


PIECES = ["广东", "浙江", "和", "、", "2019年", "2020年", "分别", "各", "多少", "，", "？", "的", "《甲》", "比", "（", "哪个多", "不同", "第三条"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=30))
def test_any_text_gives_no_part_or_several_different_ones(question: str) -> None:
    parts = question_parts(question)
    assert len(parts) != 1
    assert len(parts) <= MOST_PARTS
    assert len(set(parts)) == len(parts)
    assert all(part.strip() for part in parts)
