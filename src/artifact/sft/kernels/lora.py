"""LoRA on a bfloat16 model without upcasts: master weights in float32, products in bfloat16.

PEFT casts each activation to the adapter's dtype, so float32 adapters make every product slow, and
bfloat16 ones lose updates that are smaller than a 256th of a weight. Casting the small matrices
instead of the activations avoids both.
"""

from __future__ import annotations

import json
import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.lora import layer as peft_lora
from peft.utils import CONFIG_NAME, SAFETENSORS_WEIGHTS_NAME
from torch import nn
from transformers import PreTrainedModel

from artifact.common import paths
from artifact.common.errors import InputError, one_line
from artifact.common.files import check_fetched
from artifact.sft.models import families
from artifact.sft.spec import PROJECTIONS, Lora

SHOWN = 160
"""Characters of a library's complaint about an adapter; some list every weight."""


class MixedLinear(peft_lora.Linear):
    """PEFT's LoRA layer over `nn.Linear`, computed in the activations' dtype.

    y = x W' + s drop(x) A' B', with one adapter, unmerged: what training needs and nothing else.
    """

    def forward(self, x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        """Shapes (..., in) -> (..., out)."""
        if self.merged or self.disable_adapters or isinstance(self.base_layer, peft_lora.LoraLayer):
            return super().forward(x, *args, **kwargs)
        (name,) = self.active_adapters
        base_layer, first, second = (
            cast(nn.Linear, layer)
            for layer in (self.base_layer, self.lora_A[name], self.lora_B[name])
        )
        rows = x.reshape(-1, x.shape[-1])
        base = F.linear(rows, base_layer.weight, base_layer.bias)
        down = F.linear(self.lora_dropout[name](rows), first.weight.to(x.dtype))
        up = second.weight.to(x.dtype)
        out = torch.addmm(base, down, up.T, alpha=self.scaling[name])
        return out.view(*x.shape[:-1], -1)


def adapted(model: PreTrainedModel, lora: Lora) -> PeftModel:
    """`model` frozen, with new adapters in float32 drawn from torch's generator.

    Raises:
        InputError: if the model has no such linear layers.
    """
    config = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=_targets(model, lora),
        task_type="CAUSAL_LM",
    )
    if not lora.quantise:
        config._register_custom_module({nn.Linear: MixedLinear})
    with _no_word_of_old_names():
        peft_model: PeftModel = get_peft_model(model, config)
    return peft_model


def save(model: PeftModel, base: str, folder: Path) -> None:
    """Write the adapters of `model`; equal ones give equal files, wherever they are written.

    PEFT lists the adapted layers in no order, names the folder of the weights, and adds a model
    card whose every field is to be filled in.

    Args:
        base: name of the model that was adapted.
    """
    model.save_pretrained(str(folder))
    path = folder / CONFIG_NAME
    fields = json.loads(path.read_text(encoding="utf-8"))
    fields["base_model_name_or_path"] = paths.portable(base)
    fields["target_modules"].sort()
    path.write_text(json.dumps(fields, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    (folder / "README.md").unlink(missing_ok=True)


def _targets(model: PreTrainedModel, lora: Lora) -> list[str]:
    """Names of the layers that get an adapter."""
    has = families.linear_layers(model)
    if lora.projections == PROJECTIONS and not set(PROJECTIONS) <= set(has):
        return list(has)
    for name in lora.projections:
        if name not in has:
            cure = f"choose one of {', '.join(has)}"
            fault = f"the model has no linear layer '{name}'"
            raise InputError(fault, field="lora.projections", cure=cure)
    return list(lora.projections)


def reloaded(model: PreTrainedModel, folder: Path) -> PeftModel:
    """`model` with the adapters that were saved in `folder`, as PEFT's own layers.

    Raises:
        InputError: if none were, or its files are not what PEFT saves: pointers of Git LFS, broken
            off, of another model.
    """
    cure = "train the run's spec here"
    files = [folder / CONFIG_NAME, folder / SAFETENSORS_WEIGHTS_NAME]
    if not files[0].is_file():
        raise InputError("holds no adapter", path=folder, cure=cure)
    check_fetched(*files)
    try:
        with _no_word_of_old_names():
            return PeftModel.from_pretrained(model, str(folder), local_files_only=True)
    except torch.OutOfMemoryError:
        raise
    # What PEFT, safetensors and torch raise for damaged files shares no base class.
    except Exception as error:
        why = textwrap.shorten(one_line(error), SHOWN, placeholder=" …")
        raise InputError(
            f"is not an adapter of this model ({why})", path=folder, cure=cure
        ) from error


@contextmanager
def _no_word_of_old_names() -> Iterator[None]:
    """PEFT uses a name that transformers calls deprecated; no reader can fix that."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
        yield
