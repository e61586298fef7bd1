"""What an embedding model is, known without loading it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class ModelIdentity(NamedTuple):
    """An embedding model, as far as it decides the vectors of an index.

    Attributes
    ----------
    name
        Shown to users.
    fingerprint
        Hash of weights, tokenizer and prompts; vectors of different fingerprints must not be compared.
    dimension
        Length of the vectors; None where it is known only when the model is loaded.
    query_prompt, document_prompt
        What stands before a question, and before a text of a document; None where that is not known.
    """

    name: str
    fingerprint: str
    dimension: int | None = None
    query_prompt: str | None = None
    document_prompt: str | None = None

    @property
    def prompts(self) -> dict[str, str] | None:
        """Both prompts, by what they are for; None where they are not known."""
        if self.query_prompt is None or self.document_prompt is None:
            return None
        return {"query": self.query_prompt, "document": self.document_prompt}


Identity = ModelIdentity | tuple[str, str]
"""Name and fingerprint alone where no more is known."""


def document_prompt(prompts: Mapping[str, str]) -> str:
    """The prompt for texts of documents, whatever a model of Sentence Transformers calls it."""
    # Every model gets an empty "document" prompt, also one that has a "passage" prompt.
    found = (prompts.get(name) for name in ("document", "passage", "corpus"))
    return next((prompt for prompt in found if prompt), "")


def prompts_of(folder: Path) -> tuple[str, str]:
    """Prompts for questions and for documents in a folder of Sentence Transformers; both empty where it has none."""
    try:
        config = json.loads((folder / "config_sentence_transformers.json").read_text("utf-8"))
        prompts = {str(name): str(prompt or "") for name, prompt in config["prompts"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return "", ""
    return prompts.get("query", ""), document_prompt(prompts)
