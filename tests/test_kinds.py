"""Which kinds of answer a question asks for, and whether a sentence holds one that the question does not name itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.asked_kinds import asked_kinds, asking_clauses
from rag.held_kinds import kinds_lacking


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("领导小组的组长是谁？", ("person",)),
        ("哪位领导去讲的话", ("person",)),
        ("是哪个部门牵头的？", ("organ",)),
        ("八个部门都有谁", ("who", "list")),
        ("会议在哪个城市开的？", ("city",)),
        ("青海由哪个省帮？", ("province",)),
        ("结对宁夏哪些县？", ("county", "list")),
        ("第27次会议什么时候在哪里召开？", ("place", "when")),
        ("名单几号公布的", ("when",)),
        ("文号是多少？", ("number",)),
        ("依据哪份文件？", ("paper",)),
        ("为什么改名？", ("reason",)),
        ("2016年更名为什么？", ()),
        ("“双百”是什么意思？", ("meaning",)),
        ("有哪几条路子？", ("list",)),
        ("310家单位里，央企有多少家？", ("count",)),
        ("哪几年的会议，签了几个项目", ("when", "count")),
        ("人才支援的方式有几种，分别为", ("list",)),
        ("几年考核一次？", ()),
        ("办法的发文字号", ("number",)),
        ("入驻企业数量", ("count",)),
        ("出于什么考虑？", ("reason",)),
        ("学校和医院哪个多？", ("compared",)),
        ("11年跟12年，哪一年资金涨得更快？", ("compared",)),
        ("闽宁和苏陕谁先结对？", ()),
        ("那10个旗县叫什么名字？", ("list",)),
        ("主要帮哪几个市州？", ("county", "list")),
        ("介绍一下协作机制", ()),
    ],
)
def test_the_words_of_a_question_tell_the_kinds_of_answer(question: str, kinds: tuple[str, ...]) -> None:
    assert asked_kinds(question) == kinds


def test_clauses_that_only_set_the_scene_ask_nothing() -> None:
    assert asking_clauses("2021年到当地落户的97家企业,一共投了多少钱?") == "一共投了多少钱"
    assert asking_clauses("协作机制") == "协作机制"


@pytest.mark.parametrize(
    ("question", "text", "lacking"),
    [
        ("组长是谁？", "领导小组有19个部门参加。", 1.0),
        ("组长是谁？", "组长王小明。", 0.0),
        ("王小明的组长是谁？", "组长和王小明到会。", 1.0),
        ("哪个部门牵头？", "由农业农村部印发。", 0.0),
        ("哪个部门牵头？", "2021年印发。", 1.0),
        ("农业农村部和哪个部门一起发的？", "农业农村部发了通知。", 1.0),
        ("会议在哪个城市开的？", "会议在福州召开。", 0.0),
        ("会议在哪个城市开的？", "会议在宁夏召开。", 1.0),
        ("沪滇会议在哪个城市开的？", "会上，上海安排资金1亿元。", 1.0),
        ("青海由哪个省帮？", "江苏帮扶青海。", 0.0),
        ("青海由哪个省帮？", "青海有15个县。", 1.0),
        ("2021年的会是几月几号开的？", "会议2021年7月召开。", 1.0),
        ("2021年的会是几月几号开的？", "会议2021年7月8日召开。", 0.0),
        ("联盟是哪年成立的？", "组建联盟，据某报2023年口径，培训4万人。", 1.0),
        ("联盟是哪年成立的？", "2019年组建联盟。", 0.0),
        ("2013年的意见要求帮到哪一年？", "2013年印发，2016年起实施。", 1.0),
        ("2013年的意见要求帮到哪一年？", "期限为2013—2020年。", 0.0),
        ("办法的文号是多少？", "印发了《办法》。", 1.0),
        ("办法的文号是多少？", "国办发〔2017〕22号。", 0.0),
        ("为什么改名？", "“陇上行”改名“共振兴”。", 1.0),
        ("为什么改名？", "因扩大范围改名。", 0.0),
        ("“双百”是什么意思？", "“双百行动”有145个项目落地。", 1.0),
        ("“双百”是什么意思？", "“双百”指百家企业、百个村。", 0.0),
        ("五年输转的15万人里，多少人去了青岛？", "五年输转15.04万人。", 1.0),
        ("五年输转的15万人里，多少人去了青岛？", "五年输转15.04万人，其中去青岛3万人。", 0.0),
        ("给陕西的20.63亿里，引进的占多少？", "37家单位帮扶50个县，资金20.63亿元。", 1.0),
        ("给陕西的20.63亿里，引进的占多少？", "资金20.63亿元，引进8.1亿元。", 0.0),
        ("共建园区多少个？", "共建园区741个。", 0.0),
        ("多少家企业落户？", "97户企业落户。", 0.0),
        ("多少家企业落户？", "引导投资12亿元。", 1.0),
        ("派了多少名教师？", "选派教师120人。", 0.0),
        ("派了多少名教师？", "50个县开展帮扶。", 1.0),
        ("投了多少资金？", "2021年派出37人。", 1.0),
        ("增长率是多少？", "增长21.8%。", 0.0),
        ("有哪四项工程？", "实施“粤菜师傅”“广东技工”“南粤家政”“乡村工匠”四项工程。", 0.0),
        ("和田的4个县是哪4个？", "北京帮4个县，天津帮3个。", 1.0),
        ("有哪几对？", "浙江金华对四川巴中。", 1.0),
        ("纺织园是浙江哪个县建的？", "纺织园由浙江建设，2021年开园。", 0.8),
        ("学校和医院哪个多？", "援建学校214所。", 0.0),
        ("学校和医院哪个多？", "援建学校和医院。", 1.0),
        ("平均到每个县是多少？", "共231.9亿元。", 1.0),
        ("平均到每个县是多少？", "县均5187万元。", 0.0),
        ("81.5万人里，脱贫劳动力有多少？", "帮助81.5万农村劳动力就业。", 1.0),
        ("常住的有多少人？", "有6个村，常住人口6.6万。", 0.0),
        ("有多少人就业？", "帮助81.5万农村劳动力就业。", 0.0),
        ("多少个县来对口？", "由53县结对。", 0.0),
        ("有多少个区结对？", "引进97家企业，共建园区51个。", 0.7),
        ("哪些农户要盯住？", "盯住有返贫风险的农户。", 0.0),
        ("有几家骑士团？", "他是甲骑士团、乙骑士团和丙骑士团的团长。", 0.0),
        ("有多少病人死亡？", "一半以上病人死亡。", 0.0),
        ("什么时候成为冠军？", "十八岁成为冠军。", 0.0),
        ("哪年成为冠军？", "十八岁成为冠军。", 1.0),
        ("县对县各是多少比多少？", "21县帮扶33县。", 0.0),
        ("一共花了多少？", "花费12.64亿元。", 0.0),
        ("入驻企业数量", "投资14亿元。", 1.0),
        ("文号是多少？", "未见文号。", 0.0),
        ("电话是多少", "请来信咨询。", 1.0),
        ("协作机制怎么样", "建立机制。", 0.0),
    ],
)
def test_a_sentence_holds_an_answer_of_the_kind_or_not(question: str, text: str, lacking: float) -> None:
    assert kinds_lacking(question, text) == lacking


def test_a_count_is_the_less_certain_the_further_it_stands_from_what_is_counted() -> None:
    question = "310家中央单位里，央企有多少家？"
    beside = kinds_lacking(question, "310家中央单位承担任务，其中央企90户。")
    elsewhere = kinds_lacking(question, "310家中央单位承担任务，覆盖127家。")
    assert 0.0 <= beside < elsewhere < 1.0


def test_a_count_is_less_certain_where_what_is_counted_is_not_named() -> None:
    named = kinds_lacking("派去的人才里有多少医生？", "派出医生183人次。")
    alike = kinds_lacking("派去的人才里有多少老师？", "派出教师183人次。")
    other = kinds_lacking("派去的人才里有多少医生？", "派出人才183人次。")
    assert 0.0 == named < alike < other < 1.0


def test_money_of_one_kind_is_none_of_another() -> None:
    assert kinds_lacking("拨了多少财政资金？", "到位投资50.2亿元。") > 0.5
    assert kinds_lacking("拨了多少财政资金？", "财政援助50.2亿元。") == 0.0
    assert kinds_lacking("投了多少资金？", "资金50.2亿元。") == 0.0


def test_the_head_of_a_table_tells_what_its_rows_count() -> None:
    question = "重庆有几个国家乡村振兴重点帮扶县？"
    assert kinds_lacking(question, "| 重庆 | 4个 |", "国家乡村振兴重点帮扶县") == 0.0
    assert kinds_lacking(question, "| 重庆 | 4个 |", "园区") > 0.0


def test_a_name_behind_that_of_a_province_may_be_a_county() -> None:
    assert 0.0 < kinds_lacking("纺织园是浙江哪个县建的？", "由浙江海盐建设。") < 0.5


@given(st.text(max_size=60), st.text(max_size=80))
def test_any_texts_can_be_compared(question: str, text: str) -> None:
    assert 0.0 <= kinds_lacking(question, text) <= 1.0
