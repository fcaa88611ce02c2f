"""Generation with vLLM, for a run's adapter on a GPU: an extra, imported only when asked for.

It was written against vLLM's documented interface (0.33) and has not been run: no machine with a
GPU and vLLM was at hand. Its tests check what is asked of vLLM and how its answers are read, with
a stand-in for the library.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from typing import Any

import torch
from transformers import PreTrainedTokenizerBase

from artifact.common.errors import InputError
from artifact.sft.models import loading
from artifact.sft.run_folder import Run

BATCH = 512
"""Prompts handed over at once. vLLM schedules them itself; a restart repeats no more than these."""

RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""Adapter ranks that vLLM can make room for."""


def require() -> None:
    """Return if vLLM can be used here.

    Raises:
        InputError: if there is no CUDA GPU, or no vLLM.
    """
    cure = "leave --backend out"
    if not torch.cuda.is_available():
        raise InputError("vLLM needs a CUDA GPU", field="backend", cure=cure)
    if importlib.util.find_spec("vllm") is None:
        cure = f"pip install '.[vllm]' in an environment of its own, or {cure}"
        raise InputError("vLLM is not installed", field="backend", cure=cure)


class Engine:
    """vLLM with a run's model and adapter.

    The adapter is applied beside the weights, not merged, and a run that was trained on 4-bit
    weights answers from 4-bit ones that vLLM makes with bitsandbytes.

    Args:
        run: trained.
        tokenizer: the run's.
        longest: tokens of the longest prompt, for which room is kept with its answer.

    Raises:
        InputError: as `require`, if no room can be made for the adapter's rank, or it isn't here.
        CheckError: if the adapter is not the one that was trained.
    """

    def __init__(self, run: Run, tokenizer: PreTrainedTokenizerBase, longest: int) -> None:
        require()
        import vllm
        from vllm.lora.request import LoRARequest

        record = run.record
        spec = record.spec
        room = [rank for rank in RANKS if rank >= spec.lora.rank]
        if not room:
            raise InputError(f"vLLM takes adapters up to rank {RANKS[-1]}", field="lora.rank")
        self._end: Any = tokenizer.eos_token_id
        self._adapter = LoRARequest(record.run, 1, str(run.adapter.absolute()))
        self._sampling = vllm.SamplingParams(
            temperature=spec.decoding.temperature,
            top_p=spec.decoding.top_p,
            max_tokens=spec.decoding.max_new_tokens,
            stop_token_ids=[self._end],
            seed=spec.seed,
            detokenize=False,
        )
        self._llm = vllm.LLM(
            model=loading.weights(spec.model).path,
            dtype=record.numerics.dtype,
            quantization="bitsandbytes" if spec.lora.quantise else None,
            enable_lora=True,
            max_lora_rank=room[0],
            max_model_len=longest + spec.decoding.max_new_tokens,
            generation_config="vllm",  # the spec's sampling, not the model's own
            seed=spec.seed,
        )

    def complete(self, prompts: Sequence[Sequence[int]]) -> list[list[int]]:
        """Token ids generated after each of `prompts`, with the end token where one came."""
        asked = [{"prompt_token_ids": list(prompt)} for prompt in prompts]
        answers = self._llm.generate(asked, self._sampling, lora_request=self._adapter)
        return [self._tokens(answer.outputs[0]) for answer in answers]

    def _tokens(self, output: Any) -> list[int]:
        """Versions differ in whether the token that ended an answer is among its tokens."""
        tokens = list(output.token_ids)
        ended = output.finish_reason == "stop" and self._end not in tokens
        return [*tokens, self._end] if ended else tokens
