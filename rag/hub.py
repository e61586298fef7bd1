"""What the hub's cache on this machine holds."""

import os
from pathlib import Path


def hub_commit(name: str) -> str | None:
    """Give the commit of a model in the hub's cache, None when it is not there."""
    from huggingface_hub import try_to_load_from_cache

    cache = os.environ.get("SENTENCE_TRANSFORMERS_HOME")
    for file in ("modules.json", "config.json"):
        found = try_to_load_from_cache(repository(name), file, cache_dir=cache)
        if isinstance(found, str):
            return Path(found).parent.name
    return None


def repository(name: str) -> str:
    """The full name of a model: Sentence Transformers looks for one without owner under its own."""
    return name if "/" in name else f"sentence-transformers/{name}"
