"""What a refusal says: that the documents do not answer, and what is nearest, without figures."""

import re
from collections.abc import Sequence

from rag.types import Passage


def refusal(passages: Sequence[Passage]) -> str:
    """Say that the documents do not answer, and name what is nearest, without figures."""
    if not passages:
        return "文档中没有找到可以回答这个问题的内容：索引中还没有文档。请先在文档文件夹放入文件并更新索引。"
    nearest = passages[0]
    place = f"《{_without_figures(nearest.title)}》"
    if nearest.section:
        place += f"的“{_without_figures(nearest.section)}”"
    advice = "可点开核对；也可以换一种问法，或补充相关文档后更新索引。"
    return f"文档中没有找到可以回答这个问题的内容。最接近的是{place}，{advice}"


def _without_figures(text: str) -> str:
    return re.sub(r"\d+(?:[.,]\d+)*", "…", text)
