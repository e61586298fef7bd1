"""Paragraphs, headings and tables → the text of a document, with the ranges that are known about it."""

from collections.abc import Iterable, Iterator

from rag.errors import ReadError
from rag.readers.extracted import Extracted
from rag.readers.tables import Row, Table, join_broken

# Four thousand pages; merged cells and column names repeat, so a small hostile file could grow without end.
MAX_CHARS = 20_000_000


class Blocks:
    """Collects blocks of text, separated by blank lines; offsets are code points."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._headings: list[tuple[int, int, int]] = []
        self._boilerplate: list[tuple[int, int]] = []
        self._page_starts: list[int] = []
        self._warnings: dict[str, None] = {}

    def add(self, text: str, level: int | None = None, *, boilerplate: bool = False) -> None:
        """Add a paragraph; blank ones are left out.

        Parameters
        ----------
        text
            As found, but for line breaks at its ends.
        level
            From 1 for headings, which are joined to one line.
        boilerplate
            It belongs to no passage (a table of contents).
        """
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        text = text.strip("\n") if level is None else join_broken(text)
        if not text.strip():
            return
        self._separate()
        start = self._length
        self._append(text)
        if level is not None:
            self._headings.append((start, self._length, level))
        if boilerplate:
            self._boilerplate.append((start, self._length))

    def add_lines(self, lines: Iterable[str]) -> None:
        """Add lines that stand one below the other."""
        first = True
        for line in lines:
            if first:
                self._separate()
            self._append(line if first else f"\n{line}")
            first = False

    def add_table(self, table: Table) -> None:
        """Add the captions of a table as paragraphs, and its rows as lines."""
        for caption in table.captions:
            self.add(caption)
        self.add_lines(table.lines())

    def add_rows(self, rows: list[Row]) -> None:
        """Add a table without further knowledge of it."""
        self.add_table(Table.of(rows))

    def start_page(self) -> None:
        """Begin the next page."""
        # The blank line between two pages belongs to the earlier one.
        if not self._page_starts or self._length > self._page_starts[-1]:
            self._separate()
        self._page_starts.append(self._length)

    def warn(self, warning: str) -> None:
        """Note a sentence for the receipt, once."""
        self._warnings[warning] = None

    def finish(self, name: str, encoding: str | None = None) -> Extracted:
        """Put it together.

        Raises
        ------
        ReadError
            There is no text at all.
        """
        text = "".join(self._parts).rstrip("\n")
        if not text.strip():
            raise ReadError(
                "文件里没有文字（空白或只有图片），请补充内容，或另存为 PDF 以便识别。",
                "The file holds no text (blank, or only pictures); fill it, or save it as PDF to have it recognised.",
            )
        starts = [min(start, len(text)) for start in self._page_starts]
        pages = tuple(zip(starts, [*starts[1:], len(text)], strict=False))
        return Extracted(
            text=text,
            format=name,
            encoding=encoding,
            pages=pages,
            headings=tuple(self._headings),
            boilerplate=tuple(self._boilerplate),
            pages_without_text=tuple(
                number for number, (start, end) in enumerate(pages, 1) if not text[start:end].strip()
            ),
            warnings=tuple(self._warnings),
        )

    def _separate(self) -> None:
        if self._parts and self._parts[-1] != "\n\n":
            self._append("\n\n")

    def _append(self, text: str) -> None:
        self._length += len(text)
        if self._length > MAX_CHARS:
            raise _too_long()
        self._parts.append(text)


def bounded(lines: Iterable[str]) -> Iterator[str]:
    """Hand lines on, until they are longer than any text may be."""
    length = 0
    for line in lines:
        length += len(line)
        if length > MAX_CHARS:
            raise _too_long()
        yield line


def _too_long() -> ReadError:
    return ReadError(
        f"文字超过 {MAX_CHARS // 10_000} 万字，请拆分文件。",
        f"The text has more than {MAX_CHARS // 10**6} million characters; split the file.",
    )
