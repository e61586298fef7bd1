"""Which blocks of a web page are its content: trafilatura judges, and loses nothing that reads like a paragraph."""

import logging
import re

from lxml import etree
from lxml.html import HtmlElement

from rag.readers.html_blocks import Block

MIN_SHARE = 0.6
_MAX_CHARS = 600_000
_MAX_DEPTH = 200
_MIN_PROSE = 15
_SENTENCE = re.compile(r"[。；！？]|[.!?](?:\s|$)")
_WORD = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[A-Za-z0-9]+")
_ATTACHMENT = re.compile(r"附\s*[件表录]")


def choose_main(blocks: list[Block], tree: HtmlElement, text: str) -> tuple[list[bool], float | None]:
    """Judge for each block whether it is content.

    Kept are the blocks from the first to the last paragraph that trafilatura found, those in the same containers, and
    wherever they stand: paragraphs, table rows and lists of annexes. Only short lines elsewhere (menus, links to
    other pages, imprint) are left out.

    Parameters
    ----------
    text
        The source of the page; very long ones are kept whole, and those nested deeper than any writer nests, with
        which trafilatura takes a time cubic in the depth.

    Returns
    -------
    keep, share
        `share` is the part of the words of all paragraphs that trafilatura found; None where it was not asked. Below
        `MIN_SHARE` everything is kept.
    """
    prose = [index for index, block in enumerate(blocks) if is_prose(block)]
    if not prose or len(text) > _MAX_CHARS or _depth(tree) > _MAX_DEPTH:
        return [True] * len(blocks), None
    found = _extract(tree)
    lines = set(found.split("\n"))
    anchors = [index for index in prose if (key := _compact(blocks[index].text)) in lines or key in found]
    words = {index: len(_WORD.findall(blocks[index].text)) for index in prose}
    share = sum(words[index] for index in anchors) / max(1, sum(words.values()))
    if share < MIN_SHARE:
        return [True] * len(blocks), share
    containers = {blocks[index].container for index in anchors}
    keep = [
        anchors[0] <= index <= anchors[-1]
        or block.kind == "row"
        or block.container in containers
        or is_prose(block)
        or _ATTACHMENT.match(block.text) is not None
        for index, block in enumerate(blocks)
    ]
    return keep, share


def is_prose(block: Block) -> bool:
    """Tell a paragraph from a line of a menu."""
    return (
        block.kind != "row"
        and not block.level
        and len(block.text) >= _MIN_PROSE
        and _SENTENCE.search(block.text) is not None
    )


def _depth(tree: HtmlElement) -> int:
    depth = deepest = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def _extract(tree: HtmlElement) -> str:
    """Ask trafilatura; its text, a line a paragraph, without white space."""
    from copy import deepcopy

    import trafilatura

    # It warns on stderr of pages that it finds nothing in.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL + 1)
    logging.getLogger("htmldate").setLevel(logging.CRITICAL + 1)
    try:
        found = trafilatura.extract(deepcopy(tree), fast=True, favor_recall=True, include_comments=False)
    except (etree.LxmlError, ValueError, TypeError, AttributeError, LookupError, AssertionError, RecursionError):
        # It only judges; without a judgement everything is kept.
        return ""
    return "\n".join(_compact(line) for line in (found or "").split("\n"))


def _compact(text: str) -> str:
    return "".join(text.split())
