"""Tables in text files (.csv, .tsv)."""

import csv
import io
from collections import Counter

from rag.errors import ReadError
from rag.read import decode
from rag.readers.archive import only_read_errors
from rag.readers.blocks import Blocks
from rag.readers.extracted import Extracted
from rag.readers.tables import Cell, one_line

_DELIMITERS = (",", "\t", ";")
_SAMPLE = 65_536
_SAMPLE_ROWS = 100
_HINT = "sep="


def read_csv(data: bytes) -> Extracted:
    """Read a table of comma, semicolon or tab separated values.

    Parameters
    ----------
    data
        The file, in any encoding that `rag.read.decode` knows.

    Returns
    -------
    Extracted
        Row by row, with the names of the columns.

    Raises
    ------
    ReadError
        No text, an unknown encoding, or blank.
    """
    with only_read_errors("CSV 文件", "CSV file"):
        decoded = decode(data)
        text = decoded.text
        first, _, rest = text.partition("\n")
        if first.lower().startswith(_HINT) and len(first) == len(_HINT) + 1:
            # Excel's way to name the delimiter.
            delimiter, text = first[-1], rest
        else:
            delimiter = _delimiter(text)
        blocks = Blocks()
        try:
            rows = _rows(text, delimiter, quoted=True)
        except csv.Error:
            # A quotation mark that never ends would swallow the rest of the file.
            rows = _rows(text, delimiter, quoted=False)
            blocks.warn("引号不成对，已按普通字符读取。")
        lengths = Counter(len(row) for row in rows if any(row))
        if len(lengths) > 1:
            usual = lengths.most_common(1)[0][0]
            blocks.warn(f"有 {lengths.total() - lengths[usual]} 行的列数与其他行（{usual} 列）不同，请核对。")
        blocks.add_rows([{at: Cell(value) for at, value in enumerate(row) if value} for row in rows])
        return blocks.finish("csv", decoded.encoding)


def _rows(text: str, delimiter: str, *, quoted: bool) -> list[list[str]]:
    lines = io.StringIO(text, newline="")
    if quoted:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
    else:
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    try:
        return [[one_line(value) for value in row] for row in reader]
    except csv.Error as error:
        if quoted:
            raise
        raise ReadError(
            f"第 {reader.line_num} 行的一个单元格过长，不像表格，请另存为 .txt。",
            f"A cell in line {reader.line_num} is too long for a table; save the file as .txt.",
        ) from error


def _delimiter(text: str) -> str:
    """The sign that cuts most of the first rows into the same number of columns, two or more."""
    sample = text[:_SAMPLE]
    best, best_score = _DELIMITERS[0], (0.0, 0)
    for delimiter in _DELIMITERS:
        lengths: Counter[int] = Counter()
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        try:
            for row in reader:
                lengths[len(row)] += 1
                if lengths.total() == _SAMPLE_ROWS:
                    break
        except csv.Error:
            continue
        several = [(count, length) for length, count in lengths.items() if length > 1]
        if several:
            count, length = max(several)
            score = (count / lengths.total(), length)
            if score > best_score:
                best, best_score = delimiter, score
    return best
