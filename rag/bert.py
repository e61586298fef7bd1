"""The network of the default model: texts → vectors with torch alone.

Sentence Transformers gives the same vectors from the same folder, but importing it and setting the model up takes four
times as long, which every update of an index and every start of the page would pay.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class _Linear:
    weight: "Tensor"
    bias: "Tensor"


@dataclass(frozen=True)
class _Layer:
    attention: _Linear
    attended: _Linear
    attended_norm: _Linear
    inner: _Linear
    outer: _Linear
    outer_norm: _Linear


class Bert:
    """A model in memory; may be used from several threads.

    Parameters
    ----------
    folder
        As `rag.e5.convert` writes it.
    prompts
        What stands before a question (`query`) and before a text of a document (`document`).
    max_tokens
        Where the model stops reading.

    Raises
    ------
    OSError, ValueError, LookupError, SafetensorError
        The files are missing or not such a model.
    """

    def __init__(self, folder: Path, prompts: Mapping[str, str], max_tokens: int) -> None:
        import torch
        from safetensors import safe_open
        from tokenizers import Tokenizer

        config = json.loads((folder / "config.json").read_text("utf-8"))
        self.max_tokens = max_tokens
        self._prompts = prompts
        self._heads, self._epsilon = int(config["num_attention_heads"]), float(config["layer_norm_eps"])
        self._pad, self._tokenizer = int(config["pad_token_id"]), Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._device = torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
        with safe_open(folder / "model.safetensors", "pt") as file:
            # The table of words, most of the model, stays mapped from the file: a text needs few of its rows.
            self._words = file.get_tensor("embeddings.word_embeddings.weight").to(self._device)

            def read(name: str) -> "Tensor":
                tensor: Tensor = file.get_tensor(name)
                return tensor.to(self._device, torch.float32)

            def linear(*names: str) -> _Linear:
                weights, biases = ([read(f"{name}.{part}") for name in names] for part in ("weight", "bias"))
                return _Linear(torch.cat(weights), torch.cat(biases))

            self._places = (
                read("embeddings.position_embeddings.weight") + read("embeddings.token_type_embeddings.weight")[0]
            )
            self._norm = linear("embeddings.LayerNorm")
            self._layers = [
                _Layer(
                    linear(*(f"encoder.layer.{number}.attention.self.{part}" for part in ("query", "key", "value"))),
                    *(
                        linear(f"encoder.layer.{number}.{part}")
                        for part in (
                            "attention.output.dense",
                            "attention.output.LayerNorm",
                            "intermediate.dense",
                            "output.dense",
                            "output.LayerNorm",
                        )
                    ),
                )
                for number in range(config["num_hidden_layers"])
            ]

    def count_tokens(self, text: str) -> int:
        """Number of tokens of a document's text with its prompt and what frames it."""
        return len(self._tokenizer.encode(self._prompts["document"] + text).ids)

    def encode(self, texts: Sequence[str], *, query: bool) -> NDArray[np.float32]:
        """Unit vectors of a few texts, questions or of documents, each with its prompt; one row a text.

        A vector is the mean of those of the tokens, scaled to length 1.
        """
        import torch

        prompt = self._prompts["query" if query else "document"]
        tokens = [self._cut(found.ids) for found in self._tokenizer.encode_batch([prompt + text for text in texts])]
        lengths = np.array([len(ids) for ids in tokens])
        padded = np.full((len(tokens), lengths.max()), self._pad)
        for row, ids in zip(padded, tokens, strict=True):
            row[: len(ids)] = ids
        mask = torch.from_numpy(np.arange(lengths.max()) < lengths[:, None]).to(self._device)
        with torch.inference_mode():
            found = self._run(torch.from_numpy(padded).to(self._device), mask)
            weight = mask[:, :, None].to(found.dtype)
            means = (found * weight).sum(1) / weight.sum(1)
            rows: NDArray[np.float32] = torch.nn.functional.normalize(means).cpu().numpy()
        return rows

    def _cut(self, ids: list[int]) -> list[int]:
        """The tokens that the model reads; the last one, which ends every text, stays the last."""
        return ids if len(ids) <= self.max_tokens else [*ids[: self.max_tokens - 1], ids[-1]]

    def _run(self, ids: "Tensor", mask: "Tensor") -> "Tensor":
        """Vectors of all tokens, shape (texts, tokens, dimension); `mask` is False where a text has ended."""
        from torch.nn.functional import embedding, gelu, linear, scaled_dot_product_attention

        count, length = ids.shape
        state = self._normalise(embedding(ids, self._words).float() + self._places[:length], self._norm)
        for layer in self._layers:
            mixed = linear(state, layer.attention.weight, layer.attention.bias)
            # (texts, tokens, 3 · heads · size) → three of (texts, heads, tokens, size)
            query, key, value = mixed.view(count, length, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
            seen = scaled_dot_product_attention(query, key, value, attn_mask=mask[:, None, None, :])
            seen = seen.transpose(1, 2).reshape(state.shape)
            state = self._normalise(
                state + linear(seen, layer.attended.weight, layer.attended.bias), layer.attended_norm
            )
            inner = gelu(linear(state, layer.inner.weight, layer.inner.bias))
            state = self._normalise(state + linear(inner, layer.outer.weight, layer.outer.bias), layer.outer_norm)
        return state

    def _normalise(self, state: "Tensor", norm: _Linear) -> "Tensor":
        from torch.nn.functional import layer_norm

        return layer_norm(state, state.shape[-1:], norm.weight, norm.bias, self._epsilon)
