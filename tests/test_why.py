"""Why an answer is what it is: passages, sentences, confidence and checks, as data, in the terminal and on the page."""

import json
import re

import pytest
from place import CommandLine, Place
from scripted_model import scripted
from test_ui import HOSTILE, Text

from rag.answer import answer_question
from rag.chat_model import ChatModel
from rag.evidence import SENTENCE_FEATURES
from rag.explain_answer import FACTOR_NAMES
from rag.printing import print_passages
from rag.settings import Tuning
from rag.types import Answer, AnswerSentence, Explanation, Passage
from rag.ui.why_view import why_view
from rag.verify import look_up
from rag.weights import CONFIDENCE_FEATURES
from rag.why import AnswerExplanation, Candidate, Factor, LookedUp, SentenceCheck
from rag.why_text import check_text, confidence_text

QUESTION = "2024年投入资金多少万元？"


def explained(place: Place, threshold: float = 0.0, writer: ChatModel | None = None) -> Answer:
    return answer_question(
        place.library(), place.embedder, QUESTION, tuning=Tuning(threshold=threshold), writer=writer, explained=True
    )


def test_what_was_weighed_adds_up_to_its_score_and_the_cited_sentences_are_marked(built_once: Place) -> None:
    answer = explained(built_once)
    why = answer.explanation
    assert why is not None and why.threshold == 0.0 and why.confidence == answer.confidence == why.estimated
    logit = sum(factor.share for factor in why.factors)
    assert 1 / (1 + 2.718281828**-logit) == pytest.approx(why.confidence, abs=2e-3)
    assert [factor.name for factor in why.factors] == ["bias", *CONFIDENCE_FEATURES]
    quotes = {(citation.document, citation.start) for citation in answer.citations}
    chosen = [one for one in why.candidates if one.chosen]
    assert {(one.document, one.start) for one in chosen} == quotes
    assert [one.score for one in why.candidates] == sorted((one.score for one in why.candidates), reverse=True)
    library = built_once.library()
    for one in why.candidates:
        assert one.score == pytest.approx(sum(factor.share for factor in one.factors), abs=2e-3)
        assert library.document(one.document).text[one.start : one.end] == one.text
    assert all(passage.explanation is not None for passage in answer.passages)


def test_without_asking_there_is_no_explanation(built_once: Place) -> None:
    answer = answer_question(built_once.library(), built_once.embedder, QUESTION, tuning=Tuning(threshold=0.0))
    assert answer.explanation is None and all(passage.explanation is None for passage in answer.passages)


def test_a_refusal_is_explained_by_its_confidence(built_once: Place) -> None:
    answer = explained(built_once, threshold=1.0)
    why = answer.explanation
    assert answer.refused and why is not None and why.checks == () and not any(one.chosen for one in why.candidates)
    assert "阈值 1.00：低于阈值，不回答" in confidence_text(why, refused=True)


def test_a_refusal_of_a_model_is_not_explained_as_an_answer(built_once: Place) -> None:
    with scripted("文件未载明。") as endpoint:
        answer = explained(built_once, writer=ChatModel(endpoint.url, "m"))
    why = answer.explanation
    assert answer.refused and why is not None and why.confidence >= why.threshold
    text = confidence_text(why, refused=answer.refused)
    assert "不低于阈值，但语言模型没有在段落中找到回答" in text and "予以回答" not in text


def test_a_lie_of_a_model_shows_what_was_found_and_what_was_not(built_once: Place) -> None:
    with scripted("2024年福建投入资金1200万元。[1][2][3][99]") as endpoint:
        answer = explained(built_once, writer=ChatModel(endpoint.url, "m"))
    why = answer.explanation
    assert answer.written_by == "model" and why is not None
    (check,) = why.checks
    found = {one.text: (one.kind, one.found) for one in check.looked_up}
    assert found == {"2024年": ("day", True), "福建": ("place", False), "1200万元": ("quantity", True)}
    holding = next(one.citations for one in check.looked_up if one.text == "1200万元")
    assert [citation.number for citation in answer.citations if "1200万元" in citation.quote] == list(holding)
    text = check_text(check)
    assert "没有找到：福建（地名）" in text and f"在 {''.join(f'[{n}]' for n in holding)} 中找到：" in text


@pytest.mark.parametrize(
    ("sentence", "cited", "expected"),
    [
        (
            AnswerSentence("按国发〔2021〕12号，第三条规定补助3000万元。", (1, 2), ("3000万元",)),
            [(1, "国发[2021]12号"), (2, "第3条 补助。")],
            [("number", True, (1,)), ("ordinal", True, (2,)), ("quantity", False, ())],
        ),
        (AnswerSentence("共5项。", (), ("未找到依据",)), [], [("quantity", False, ())]),
        (AnswerSentence("这里没有数字。", (1,)), [(1, "这里没有数字。")], []),
    ],
)
def test_what_was_looked_up_says_which_citation_holds_it(
    sentence: AnswerSentence, cited: list[tuple[int, str]], expected: list[tuple[str, bool, tuple[int, ...]]]
) -> None:
    assert [(one.kind, one.found, one.citations) for one in look_up(sentence, cited)] == expected


def test_a_comparison_is_explained_by_its_parts(place: Place) -> None:
    place.write("甲.txt", "资金安排\n\n2023年青河县投入资金700万元。\n\n2024年青河县投入资金1200万元。\n")
    place.build()
    answer = answer_question(
        place.library(), place.embedder, "青河县2023年和2024年投入资金分别是多少？",
        tuning=Tuning(threshold=0.0), explained=True,
    )  # fmt: skip
    why = answer.explanation
    assert why is not None and len(why.parts) == 2
    assert ["2023" in part.question for part in why.parts] == [True, False]
    assert {one.text for one in why.candidates if one.chosen} >= {citation.quote for citation in answer.citations}
    assert len({(one.document, one.start) for one in why.candidates}) == len(why.candidates)
    assert "；分开问：“" in confidence_text(why, refused=False)


def test_every_factor_has_a_name_on_the_screen() -> None:
    assert {*SENTENCE_FEATURES, *CONFIDENCE_FEATURES, "bias"} <= set(FACTOR_NAMES)


def test_the_command_line_explains_in_words_and_in_added_fields(
    built_cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_THRESHOLD", "0")
    plain = json.loads(built_cli("ask", QUESTION, "--json").out)
    full = json.loads(built_cli("ask", QUESTION, "--json", "--explain").out)
    assert set(full) - set(plain) == {"explanation"} and set(plain) <= set(full)
    assert full["explanation"]["checks"][0]["looked_up"][0]["found"] is True
    assert "explanation" in full["passages"][0] and "explanation" not in plain["passages"][0]
    out = built_cli("ask", QUESTION, "--explain").out
    for part in ("依据：置信度", "阈值 0.00", "核对：", "✓ ", "检索到的段落，最前的：", "中找到：2024年、1200万元"):
        assert part in out


def test_escape_sequences_of_a_document_do_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_passages(
        [Passage(1, 0.5, "a.pdf", "题\x9b2J", "", None, 0, 1, "共\x1b]8;;http://evil.example\x07五项\n\t完")]
    )
    out = capsys.readouterr().out
    assert "五项\n\t完" in out and not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", out)


def test_nothing_of_an_explanation_becomes_markup_on_the_page() -> None:
    factors = (Factor(HOSTILE, 1.0, 1.0, 1.0),)
    why = AnswerExplanation(
        0.9, 0.5, 0.9, factors, (Candidate(HOSTILE, HOSTILE, HOSTILE, 0, 1, HOSTILE, 1.0, True, factors),),
        (SentenceCheck(HOSTILE, (1,), 0.5, (LookedUp(HOSTILE, "place", False, ()),), (HOSTILE, "其他")),),
    )  # fmt: skip
    parts: dict[str, dict[str, float | int | None]] = {"dense": {"weight": 1.0, "score": 0.5, "share": 0.5, "rank": 1}}
    passage = Passage(
        1, 0.5, HOSTILE, HOSTILE, HOSTILE, None, 0, 1, "x",
        explanation=Explanation(HOSTILE, parts, None, None, (HOSTILE,)),
    )  # fmt: skip
    answer = Answer("问", "问", "答", False, 0.9, (), (), (passage,), 1.0, explanation=why)
    view = why_view(answer, 3)
    shown = Text(view)
    assert "\n" not in view and HOSTILE.split("\n")[0][:20] in shown.text
    assert set(shown.tags) <= {"details", "summary", "p", "div", "ul", "li", "span", "a", "br"}
    links = [value or "" for name, value in shown.attributes if name == "href"]
    assert links and all(re.fullmatch(r"#near-3-\d+", link) for link in links)
    assert why_view(Answer("问", "问", "答", False, 0.9, (), (), (), 1.0), 1) == ""
