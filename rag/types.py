"""The data that travels between the steps. All offsets are code points of `Document.text`, `[start, end)`."""

from bisect import bisect_right
from dataclasses import dataclass, field

from rag.why import AnswerExplanation


@dataclass(frozen=True)
class Header:
    """What a document says about itself; unknown fields are None, dates are ISO 8601 as precise as the source.

    `as_of` (资料截至) and `nature` (性质, e.g. 编写资料，非官方文本) are those of compiled material.
    """

    title: str | None = None
    doc_number: str | None = None
    issuer: str | None = None
    issued: str | None = None
    published: str | None = None
    effective: str | None = None
    source: str | None = None
    author: str | None = None
    validity: str | None = None
    as_of: str | None = None
    nature: str | None = None
    recipients: str | None = None


FRONT_AND_BACK = frozenset({"header", "contents", "signature"})
"""Kinds of sections that say what a document is, not what it says."""

ASIDE = FRONT_AND_BACK | {"heading"}
"""Kinds of sentences that answer no question about what a document says."""


@dataclass(frozen=True)
class Section:
    """A leaf of the outline: a range under one heading or clause; `path` are the headings down to its own.

    Sections are in order, do not overlap and together cover the text; what stands below a heading of its own is in
    other sections.

    Attributes
    ----------
    kind
        "header": title and header lines; "contents": a table of contents; "attachments": the list of attachments
        (附件：…); "signature": who signed and when, and what is printed below; "boilerplate": running headers and
        footers, which belong to no passage; else "body".
    heading_end
        End of the heading at the start of the section: of its line, or of the label and title in front of running text;
        `start` or less where there is none.
    label
        Number as written, `第三条`, `（二）`, `第二款`; "" for headings without one and for continuations.
    level
        Depth in the outline: 1 for the outermost headings, 0 for text above them.
    """

    start: int
    end: int
    path: tuple[str, ...]
    kind: str = "body"
    heading_end: int = 0
    label: str = ""
    level: int = 0


@dataclass(frozen=True)
class Document:
    """One readable file: its text and what was recognised in it.

    `ocr_pages` are the numbers of pages whose text was recognised from a picture, and may hold errors.
    """

    path: str
    text: str
    header: Header
    sections: tuple[Section, ...]
    pages: tuple[tuple[int, int], ...] = ()
    encoding: str | None = "utf-8"
    ocr_pages: tuple[int, ...] = ()

    @property
    def title(self) -> str:
        """The title of the header, else the file's name without its ending."""
        return self.header.title or self.path.rsplit("/", 1)[-1].rsplit(".", 1)[0]

    def section_at(self, offset: int) -> Section:
        """The section that a character of the text belongs to.

        Raises
        ------
        IndexError
            The text has no such character.
        """
        place = bisect_right(self.sections, offset, key=lambda section: section.start) - 1
        if place < 0 or offset >= self.sections[place].end:
            raise IndexError(f"offset {offset} lies in no section")
        return self.sections[place]


@dataclass(frozen=True)
class Chunk:
    """A range of one document, the unit that is embedded and found.

    `section` is the heading path and `kind` the kind of the section at `start`.
    """

    document: str
    start: int
    end: int
    text: str
    section: tuple[str, ...]
    kind: str = "body"


@dataclass(frozen=True)
class Sentence:
    """A range of one document, the unit that is quoted; `chunk` is the position of its chunk in the index.

    `kind` is that of its section, or "heading".
    """

    document: str
    start: int
    end: int
    text: str
    chunk: int
    kind: str = "body"


@dataclass(frozen=True)
class Duplicate:
    """Another place where a found passage stands in nearly the same words."""

    document: str
    title: str
    page: int | None
    start: int
    end: int


@dataclass(frozen=True)
class Explanation:
    """Why a passage stands at its rank.

    Attributes
    ----------
    reason
        One sentence in Chinese.
    parts
        For each part of retrieval its `weight`, the passage's `score` in [0, 1], their product `share`, and the `rank`
        by this part alone; None where the part gives the passage nothing.
    cosine, sentence_cosine
        Cosine of the question with the passage and with its best sentence; None where it is not among the nearest.
    words
        Words of the question that the passage holds, the rarest first.
    """

    reason: str
    parts: dict[str, dict[str, float | int | None]]
    cosine: float | None
    sentence_cosine: float | None
    words: tuple[str, ...]


@dataclass(frozen=True)
class Passage:
    """A found chunk. `text` is exactly the document's `[start:end]`; `page` is None where the format has none.

    `duplicates` are other passages in nearly the same words, which the ranking found further down; `explanation` is
    there where it was asked for; `note` says that the document is not in force.
    """

    rank: int
    score: float
    document: str
    title: str
    section: str
    page: int | None
    start: int
    end: int
    text: str
    duplicates: tuple[Duplicate, ...] = ()
    explanation: Explanation | None = None
    note: str | None = None


@dataclass(frozen=True)
class Citation:
    """A verbatim quote: `quote` is exactly the document's `[start:end]`.

    `header` is that of the document, for display; `note` warns about the kind of source (编写资料，非官方文本; text
    recognised from a picture).
    """

    number: int
    document: str
    title: str
    section: str
    page: int | None
    start: int
    end: int
    quote: str
    header: Header = field(default_factory=Header)
    note: str | None = None


@dataclass(frozen=True)
class AnswerSentence:
    """One sentence of an answer, the numbers of the citations it rests on, and what in it they do not support.

    `note` says that its document is no longer, or not yet, in force; `emphasis` are the ranges of `text` with the value
    that is asked for.
    """

    text: str
    citations: tuple[int, ...]
    unsupported: tuple[str, ...] = ()
    note: str | None = None
    emphasis: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Cell:
    """A cell of a table of an answer; without citations it is a label, or says that the documents do not tell."""

    text: str
    citations: tuple[int, ...] = ()


@dataclass(frozen=True)
class Table:
    """What a comparison found: a row for each thing compared, after its label a cell for each thing asked."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Answer:
    """An answer, or a refusal (`refused`, then `citations` is empty and `passages` are what is nearest).

    `confidence` in [0, 1] is the estimated probability that the documents answer the question. `notes` say as of which
    day was answered, which documents stood back for others that were in force then, and why a language model's answer
    does not stand. `written_by` is "extract" (sentences of the documents) or "model" (a language model's, checked).
    `table` holds a comparison, whose sentences are also in `answer`; `explanation` is there where it was asked for.
    """

    question: str
    understood: str
    answer: str
    refused: bool
    confidence: float
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    elapsed_ms: float
    notes: tuple[str, ...] = ()
    written_by: str = "extract"
    table: Table | None = None
    explanation: AnswerExplanation | None = None


@dataclass(frozen=True)
class Standing:
    """From when until when a document is in force, as the documents say; dates ISO 8601, None unknown.

    Attributes
    ----------
    since
        From when: 施行日期, else 成文日期.
    until
        The last day.
    ended
        How it ends: "废止" (another repeals it), "失效" (its own term), "修订" (a revised text takes its place), or
        None. With `until` None it has ended on an unknown day.
    successor
        Path of the document that takes its place or repeals it.
    amended_by
        Paths of documents that change parts of it.
    evidence
        Where that stands: path and `[start, end)` of that document's text; None where titles and dates tell it.
    """

    since: str | None = None
    until: str | None = None
    ended: str | None = None
    successor: str | None = None
    amended_by: tuple[str, ...] = ()
    evidence: tuple[str, int, int] | None = None
