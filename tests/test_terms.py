"""From when and for how long a document is in force, by its own words, computed where the day it counts from is known."""

import pytest

from rag.header import parse_header
from rag.types import Document, Header
from rag.validity import find_standings

NOTICE = "某州人民政府关于做好工作的通知\n某府发〔2021〕1号\n\n各县人民政府：\n\n现将有关事项通知如下。\n\n{}\n"
SIGNED = NOTICE.format("{}\n\n某州人民政府\n2021年3月5日")
"""Issued on 2021-03-05; the day on which it was made public is not said."""
POSTED = "发布日期：2021-04-01\n" + SIGNED
"""The same on a web page, made public on 2021-04-01."""


def header_of(text: str) -> Header:
    return parse_header(text)[0]


@pytest.mark.parametrize(
    ("clause", "signed", "posted"),
    [
        ("本办法自发布之日起30日后施行。", "2021-04-04", "2021-05-01"),
        ("本办法自公布之日起三十日后施行。", "2021-04-04", "2021-05-01"),
        ("本办法自公布之日起３０日后起施行。", "2021-04-04", "2021-05-01"),
        ("本办法自公布之日起 60 天后正式施行。", "2021-05-04", "2021-05-31"),
        ("本办法自公布30日后施行。", "2021-04-04", "2021-05-01"),
        ("本办法自印发之日起30日后施行。", "2021-04-04", "2021-04-04"),
        ("本办法自印发之日起满30日施行。", "2021-04-04", "2021-04-04"),
        ("本办法自印发之日起，30日后执行。", "2021-04-04", "2021-04-04"),
        ("本办法自发布之日起满三个月施行。", "2021-06-05", "2021-07-01"),
        ("本办法自发布之日起三个月后生效。", "2021-06-05", "2021-07-01"),
        ("本办法自颁布之日起满1年后实施。", "2022-03-05", "2022-04-01"),
        ("本办法自发布之日起半年后施行。", "2021-09-05", "2021-10-01"),
        ("本办法自印发之次日起施行。", "2021-03-06", "2021-03-06"),
        ("本办法自发布次日起施行。", "2021-03-06", "2021-04-02"),
        ("本办法自2021年5月1日起30日后施行。", "2021-05-31", "2021-05-31"),
        ("本协议自甲、乙双方代表签字并加盖公章之日起生效。", "2021-03-05", "2021-03-05"),
        ("第九条　自印发之日起30日后施行。", "2021-04-04", "2021-04-04"),
        ("本办法自发布之日起30个工作日后施行。", None, None),
        ("本办法自发布之日起第30日起施行。", None, None),
        ("该办法自发布之日起30日后施行。", None, None),
        ("本办法自发布之日起30日后施行的《某办法》废止。", None, None),
    ],
)
def test_the_day_of_entry_into_force_is_counted_from_the_day_that_it_names(
    clause: str, signed: str | None, posted: str | None
) -> None:
    assert header_of(SIGNED.format(clause)).effective == signed
    assert header_of(POSTED.format(clause)).effective == posted


@pytest.mark.parametrize("clause", ["本办法自发布之日起30日后施行。", "本办法自印发之日起满三个月施行。"])
def test_without_the_day_to_count_from_it_stays_unknown(clause: str) -> None:
    assert header_of(NOTICE.format(clause)).effective is None


def test_a_month_is_counted_from_as_far_as_it_goes() -> None:
    signed = NOTICE.format("{}\n\n成文日期：2021年3月")
    assert header_of(signed.format("本办法自印发之日起满三个月施行。")).effective == "2021-06"
    assert header_of(signed.format("本办法自印发之日起30日后施行。")).effective is None


def test_a_document_that_begins_on_an_unknown_day_is_not_in_force_from_its_issue() -> None:
    text = SIGNED.format("本办法自发布之日起30个工作日后施行。")
    assert find_standings([Document("a", text, header_of(text), ())])[0].since is None


@pytest.mark.parametrize(
    ("clause", "until"),
    [
        ("本办法自2021年5月1日起施行，有效期至2025年12月31日。", "2025-12-31"),
        ("本办法自2021年5月1日起施行，有效期至2025年底。", "2025-12-31"),
        ("本办法自2021年5月1日起施行，有效期截至2025年6月30日止。", "2025-06-30"),
        ("本办法自2021年5月1日起施行，有效期到二〇二五年六月三十日。", "2025-06-30"),
        ("本办法自2021年5月1日起施行，至2025年12月31日止。", "2025-12-31"),
        ("本办法自2021年5月1日起施行，有效期限为2021年5月1日至2024年4月30日。", "2024-04-30"),
        ("本办法有效期自2021年5月1日起至2024年4月30日止。", "2024-04-30"),
        ("本办法自2021年5月1日起施行，有效期5年。", "2026-04-30"),
        ("本办法自2021年5月1日起施行，有效期为 ５ 年。", "2026-04-30"),
        ("本办法自2021年5月1日起施行，有效期限暂定两年。", "2023-04-30"),
        ("本办法自2021年5月1日起施行，有效期：十八个月。", "2022-10-31"),
        ("本办法自2021年5月1日起施行，有效期90天。", "2021-07-29"),
        ("本办法自2021年5月1日起施行，有效期半年。", "2021-10-31"),
        ("本办法自2021年5月1日起施行。有效期5年。", "2026-04-30"),
        ("本办法自2021年5月1日起试行两年，试行期为2年。", "2023-04-30"),
        ("本办法自发布之日起施行，有效期5年。", "2026-03-04"),
        ("本办法自发布之日起30日后施行，有效期5年。", "2026-04-03"),
        ("本办法自印发之日起施行，有效期自印发之日起5年。", "2026-03-04"),
        ("本办法自2021年5月1日起施行，有效期自2022年1月1日起三年。", "2024-12-31"),
        ("本办法自发布之日起5年内有效。", "2026-03-04"),
        ("本办法自2021年5月1日起施行，自施行之日起满两年自动失效。", "2023-04-30"),
        ("本办法自2021年5月1日起施行，2025年12月31日自动失效。", "2025-12-31"),
        ("本规划期限为2021年至2025年。", "2025-12-31"),
        ("本协议合作期限为三年，自2022年5月1日起至2025年4月30日止。", "2025-04-30"),
        ("本协议合作期限为三年（2022年5月1日至2025年4月30日）。", "2025-04-30"),
        ("本规划期为2021—2025年。", "2025-12-31"),
        ("本办法自2021年5月1日起施行，有效期自2021年5月1日起计算。", None),
        ("本办法自发布之日起30个工作日后施行，有效期自施行之日起5年。", None),
        ("本办法自2021年5月1日起施行，有效期三十个工作日。", None),
        ("本办法自2021年5月1日起施行，《旧办法》自2021年9月1日起废止。", None),
        ("本办法自2021年5月1日起施行。食品有效期5年。", None),
        ("该办法有效期5年。", None),
    ],
)
def test_the_last_day_is_computed_where_the_day_it_counts_from_is_known(clause: str, until: str | None) -> None:
    text = SIGNED.format(clause)
    standing = find_standings([Document("a", text, header_of(text), ())])[0]
    assert (standing.until, standing.ended) == (until, "失效" if until else None)


def test_a_term_without_a_day_to_count_from_ends_on_an_unknown_day() -> None:
    text = NOTICE.format("本办法自发布之日起施行，有效期5年。")
    assert header_of(text).validity == "有效期5年"
    assert find_standings([Document("a", text, header_of(text), ())])[0].until is None


@pytest.mark.parametrize(
    ("field", "validity", "until", "ended"),
    [
        ("有效期：5年", "5年", "2026-03-04", "失效"),
        ("有效期：至2025年12月31日", "至2025年12月31日", "2025-12-31", "失效"),
        ("有效期：2025年12月31日", "2025年12月31日", "2025-12-31", "失效"),
        ("有效期：2021年5月1日至2024年4月30日", "2021年5月1日至2024年4月30日", "2024-04-30", "失效"),
        ("有效期：长期", "长期", None, None),
        ("失效日期：2025-12-31", "2025-12-31失效", "2025-12-30", "失效"),
        ("废止日期：2024年1月1日", "2024年1月1日废止", "2023-12-31", "废止"),
        ("废止日期：无", None, None, None),
        ("效力状态：全文废止", "全文废止", None, "废止"),
        ("效力状态：现行有效", "现行有效", None, None),
        ("时效性：部分失效", "部分失效", None, None),
    ],
)
def test_the_term_in_a_field_of_the_header(
    field: str, validity: str | None, until: str | None, ended: str | None
) -> None:
    text = f"{field}\n" + SIGNED.format("请认真贯彻执行。")
    header = header_of(text)
    standing = find_standings([Document("a", text, header, ())])[0]
    assert (header.validity, standing.until, standing.ended) == (validity, until, ended)
