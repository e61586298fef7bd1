"""Document → chunks → sentences, all as exact ranges of the text, and what is embedded of each."""

import unicodedata
from collections.abc import Callable, Iterator

from rag.lines import without_space
from rag.normalise import simplified
from rag.passages import passages
from rag.sentences import cut, sentence_ranges, table_head
from rag.types import Chunk, Document, Sentence

__all__ = [
    "SPLITTER_VERSION", "embedding_text", "matching_text", "sentence_ranges", "split_document", "split_sentences",
    "table_head",
]  # fmt: skip

SPLITTER_VERSION = 4
_OPENING, _MAX_TITLE, _MAX_CONTEXT, _SMALLEST = 160, 100, 150, 20
_MAX_ROW = 450
"""A head and a row of more characters may be more than an embedding model reads: the head gives way, not the row."""


def split_document(document: Document, chunk_size: int, fits: Callable[[str], bool] | None = None) -> list[Chunk]:
    """Cut a document into chunks of at most `chunk_size` characters, along its outline (`rag.passages`).

    A chunk never cuts inside a sentence, unless one sentence is longer than a chunk. Headings stand in the chunk of the
    text below them; those further above are its context, `Chunk.section`. White space between chunks belongs to none.

    Parameters
    ----------
    document
        Text and sections.
    chunk_size
        Most characters of a chunk.
    fits
        Tells whether the embedding model reads the whole of a text; chunks whose `embedding_text` it would cut short
        are made smaller.
    """
    ranges = passages(document, chunk_size)
    return [chunk for start, end in ranges for chunk in _fitting(document, start, end, chunk_size, fits)]


def embedding_text(document: Document, chunk: Chunk) -> str:
    """What is embedded and word-indexed of a passage, in simplified characters: title and headings, then its text.

    Headings that begin the text are not repeated; a context longer than 150 characters loses its outermost headings.
    """
    if chunk.kind == "header":
        return simplified(chunk.text)
    opening = without_space(chunk.text[:_OPENING])
    headings = [heading for heading in chunk.section if without_space(heading) not in opening]
    title = (document.header.title or "")[:_MAX_TITLE]
    while headings and len(title) + sum(len(heading) + 1 for heading in headings) > _MAX_CONTEXT:
        headings.pop(0)
    context = " ".join(part for part in (title, *headings) if part)
    return simplified(f"{context}\n{chunk.text}" if context else chunk.text)


def split_sentences(document: Document, chunk: Chunk, position: int) -> list[Sentence]:
    """Cut a chunk into sentences; list marks, table rules, table heads and white space around them belong to none.

    Parameters
    ----------
    document
        Text and sections; a sentence that is all heading is of kind "heading".
    chunk
        The chunk to cut.
    position
        The chunk's number in the index, kept in each sentence.
    """
    sentences: list[Sentence] = []
    text = document.text
    for relative_start, relative_end in sentence_ranges(chunk.text):
        start, end = chunk.start + relative_start, chunk.start + relative_end
        if table_head(text, start) != (start, end):
            kind = "heading" if end <= document.section_at(start).heading_end else chunk.kind
            sentences.append(Sentence(chunk.document, start, end, text[start:end], position, kind))
    return sentences


def matching_text(document: Document, sentence: Sentence) -> str:
    """What is embedded and compared of a sentence, in simplified characters; a table row with its head row.

    Of a long head only as much is taken as row and head together have 450 characters.
    """
    place = table_head(document.text, sentence.start)
    head = document.text[place[0] : place[1]] if place else ""
    room = max(0, _MAX_ROW - len(unicodedata.normalize("NFKC", sentence.text)))
    wide = unicodedata.normalize("NFKC", head)
    head = head if len(wide) <= room else wide[:room]
    return simplified(f"{head}\n{sentence.text}" if head else sentence.text)


def _fitting(
    document: Document, start: int, end: int, size: int, fits: Callable[[str], bool] | None
) -> Iterator[Chunk]:
    """The chunk of a range, or several where the model would not read it whole."""
    section = document.section_at(start)
    chunk = Chunk(document.path, start, end, document.text[start:end], section.path, section.kind)
    if fits is None or end - start <= _SMALLEST or fits(embedding_text(document, chunk)):
        yield chunk
        return
    size = max(min(size, end - start) // 2, _SMALLEST)
    for first, last in cut(document.text, start, end, size):
        yield from _fitting(document, first, last, size, fits)
