"""Text of documents, files, questions and answers → text that a page shows literally."""

import html
import re

_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~\t]")
_ENGLISH_HALF = re.compile(r"(?<=[。！？])\s+[\x21-\x7e].*", re.DOTALL)


def plain(text: str) -> str:
    """Replace what cannot be sent as UTF-8 (half of a surrogate pair) or shown (NUL) by question marks."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "?")


def for_html(text: str) -> str:
    """Escape for HTML, inside elements and quoted attributes; white space stays as it is."""
    return html.escape(plain(text), quote=True)


def for_markdown(text: str) -> str:
    """Escape for a Markdown renderer that lets HTML through, as the chat does.

    Every ASCII punctuation mark becomes a character reference, so no Markdown, HTML, link or formula begins anywhere:
    `# [x](y)` → `&#35; &#91;x&#93;&#40;y&#41;`. Line ends become `<br>`: a blank line would end an HTML block.
    """
    escaped = _PUNCTUATION.sub(lambda match: f"&#{ord(match[0])};", plain(text))
    return "<br>".join(re.split(r"\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]", escaped))


def chinese_half(sentence: str) -> str:
    """The Chinese half of an error that says the same twice: `没有索引。 There is no index.` → `没有索引。`."""
    return _ENGLISH_HALF.sub("", sentence, count=1)
