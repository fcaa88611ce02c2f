"""Faults of the release's training and decoding, F11 to F13: each on an example, and its reach.

Sources: the release's training scripts pass `TrainingArguments` to trl 0.16.1's SFTTrainer, whose
default truncates at 1,024 tokens from the right and computes the loss over the whole conversation;
its generation scripts call ``generate(max_new_tokens=500)`` without a generation prompt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean

from artifact import datasets
from artifact.datasets.release_records import R1_VARIANTS, StoredOutput
from artifact.decomposition.parse import END_THINK, THINK
from artifact.evaluation.answers import TRACELESS, exact_set
from artifact.evaluation.faults.examples import (
    ANSWER,
    Example,
    invented_output,
    invented_problem,
    say_right,
)
from artifact.evaluation.faults.reach import Counts, Stored, named
from artifact.evaluation.released import answer_right, score_answers

MAX_TOKENS = 1024
"""Tokens after which training truncates a conversation, from the right."""

CHARACTERS_PER_TOKEN = 3.1
"""Of the release's CoTemp QA conversations with SmolLM2's tokenizer: 3.05 to 3.19 by category and
variant. Used where no tokenizer is available."""


def cut_conversation() -> Example:
    """F11: a long conversation loses its end, and with it the answer."""
    others = tuple(
        f"Runa Tolv holds the position of reeve of ward {number} of Tamm from 1910 to 1912."
        for number in range(1, 51)
    )
    problem = invented_problem()
    problem = replace(problem, context=(*problem.context, *others))
    template = datasets.get("cotempqa").template
    trace = template.trace("during", problem.supporting_facts)
    answer = f"<think>{trace}</think> <answer>{template.answer(problem.answers)}</answer>"
    whole = template.user_turn(problem) + answer
    kept = whole[: round(MAX_TOKENS * CHARACTERS_PER_TOKEN)]
    return Example(
        went_in=f"a conversation about {len(problem.context)} facts, {len(whole):,} characters or "
        f"about {len(whole) / CHARACTERS_PER_TOKEN:,.0f} tokens, which ends in {answer}",
        came_out=f"trained on: the first {MAX_TOKENS:,} tokens, up to “…{kept[-40:]}”",
        would_be_right="trained on to its end, or left out and counted: in a cut row the answer is "
        "never trained",
        shown="<answer>" in whole and "<answer>" not in kept,
    )


def loss_on_prompt() -> Example:
    """F12: most of what the loss counts was written by the user."""
    problem, template = invented_problem(), datasets.get("cotempqa").template
    asked, answered = template.user_turn(problem), template.answer(problem.answers)
    share = len(answered) / (len(asked) + len(answered))
    return Example(
        went_in=f"{asked} | {answered}",
        came_out=f"the loss is taken over all {len(asked) + len(answered)} characters, of which "
        f"the assistant wrote {100 * share:.0f} %",
        would_be_right=f"over the {len(answered)} characters of the answer, which is what is asked "
        "of the model",
        shown=share < 0.5,
    )


def decoding_stops() -> Example:
    """F13: a long trace ends before its answer, and with F4 is scored as if it were one."""
    context = " ".join(invented_problem().context)
    output = invented_output(f"<think>Let me go through the facts. {context} Now I compare the")
    released = answer_right("cotempqa", output)
    exact = exact_set(datasets.get("cotempqa"), output, "verbose")
    return Example(
        went_in=f"{output.prediction} | gold: ['{ANSWER}']; a trace that names all of the context "
        "and stops at 500 tokens",
        came_out=f"answer {say_right(released)}",
        would_be_right=f"answer {say_right(exact)}: none is reached",
        shown=released and not exact,
    )


def cut_rows(release: Mapping[str, Stored]) -> Counts:
    """F11: stored conversations of more than 1,024 tokens, by an available tokenizer."""
    # Imported where it is needed, because transformers takes seconds.
    from artifact.sft.models.token_counts import conversation_lengths, tokenizer_at_hand

    tokenizer = tokenizer_at_hand()
    unit = (
        f"estimated at {CHARACTERS_PER_TOKEN} characters a token"
        if tokenizer is None
        else "tokens of SmolLM2-135M-Instruct"
    )
    counts: Counts = {}
    for variant, conversations in release["cotempqa"].conversations.items():
        turns = [(asked, answered) for _, asked, answered in conversations]
        lengths: list[float] = (
            [len(asked + answered) / CHARACTERS_PER_TOKEN for asked, answered in turns]
            if tokenizer is None
            else [*conversation_lengths(tokenizer, turns)]
        )
        of_category: dict[str, list[bool]] = {}
        for (category, _, _), length in zip(conversations, lengths, strict=True):
            of_category.setdefault(category, []).append(length > MAX_TOKENS)
        for category, cut in of_category.items():
            counts[f"{variant}, {category}: stored rows"] = len(cut)
            counts[f"{variant}, {category}: rows cut ({unit})"] = sum(cut)
    return counts


def assistants_share(release: Mapping[str, Stored]) -> Counts:
    """F12: how much of a stored conversation's text the assistant wrote, by variant."""
    return {
        f"{variant}: the assistant's share of a conversation's characters, mean": fmean(
            len(answered) / len(asked + answered) for _, asked, answered in conversations
        )
        for variant, conversations in release["cotempqa"].conversations.items()
    }


def unfinished_traces(release: Mapping[str, Stored]) -> Counts:
    """F13: outputs that open a trace and never close it; runs of the R1 subset one by one."""
    stored = release["cotempqa"]
    template = [o for run in stored.runs("correct", "incorrect") for o in stored.outputs(run)]
    if not template:
        return {}
    counts = _unfinished(stored, "correct and incorrect, all models", template)
    for run in stored.runs(*(name for name in R1_VARIANTS.values() if name not in TRACELESS)):
        counts |= _unfinished(stored, named(run), stored.outputs(run))
    return counts


def _unfinished(stored: Stored, name: str, outputs: Sequence[StoredOutput]) -> Counts:
    open_ended = [
        output
        for output in outputs
        if THINK in output.prediction and END_THINK not in output.prediction
    ]
    return {
        f"{name}: outputs": len(outputs),
        f"{name}: outputs whose trace is not closed": len(open_ended),
        f"{name}: of these scored right": sum(
            score.right for score in score_answers(stored.dataset, open_ended)
        ),
    }
