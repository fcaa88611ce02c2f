"""The speed page: our training and generation against what the libraries do by themselves."""

from __future__ import annotations

from pathlib import Path

from artifact.book.measurements.sft_speed import Generation, SpeedRun, Training, read_run
from artifact.book.tables import show
from artifact.common.files import write_atomically
from artifact.workflow.results import Scalar, Table

PAGE = "speed.md"

FASTER_TRAINING, FASTER_GENERATION, SHARE, MEMORY_GB = 2.0, 6.0, 0.5, 4.0
"""What is asked of the figures: at least, at least, at least, and less than."""


def write_page(folder: Path) -> None:
    """Write ``speed.md``, which the book's page of that name includes."""
    write_atomically(folder / PAGE, as_markdown(read_run()))


def as_markdown(run: SpeedRun | None) -> str:
    """The stored run: its table, what was set, and the command that makes it again."""
    if run is None:
        return "No run is stored; `make bench ARGS=--store` makes one.\n"
    hardware = run.provenance.hardware
    libraries = ", ".join(f"{name} {it}" for name, it in run.provenance.libraries.items())
    settings = ", ".join(f"`{name}={value}`" for name, value in run.training.plain.items())
    caption = f"{run.model} on {hardware.cpu}, {run.threads} threads, {run.products.dtype}"
    return "\n\n".join(
        [
            show(as_table(run), caption=caption).markup,
            f"```bash\n{run.command}\n```",
            f"Set for the plain trainer, all else being its default: {settings}.",
            f"With {libraries}.\n",
        ]
    )


def as_table(run: SpeedRun) -> Table:
    """Every figure, with what is asked of it where something is."""
    memory = run.memory
    whole = (
        f"Peak memory, GB: {memory.examples} examples of kind {memory.variant}, the longest of "
        f"{memory.longest} tokens; passes: {memory.epochs}"
    )
    rows: list[list[Scalar]] = [
        *_training(run.training),
        *_products(run),
        *_generation(run.generation),
        _memory(whole, memory.peak_bytes),
    ]
    columns = ["what", "figure", "asked for", "met"]
    return Table(columns=columns, rows=rows, evidence="lookalike")


def _row(what: str, figure: str, asked: str | None = None, met: bool | None = None) -> list[Scalar]:
    return [what, figure, asked, met]


def _memory(what: str, peak_bytes: int) -> list[Scalar]:
    peak = peak_bytes / 1e9
    return _row(what, f"{peak:.2f}", f"less than {MEMORY_GB:g}", peak < MEMORY_GB)


def _training(training: Training) -> list[list[Scalar]]:
    plain, unchecked = (training.faster_than(name) for name in ("plain", "unchecked"))
    apart, chance = training.losses_apart(), training.chance_apart()
    steps = len(training.of("ours")[0].seconds)
    timed = f"{len(training.of('ours'))} x {steps} steps of {training.batch}"
    return [
        _row(f"LoRA tokens/s, ours ({timed})", f"{training.pace('ours'):.0f}"),
        _row("LoRA tokens/s, plain SFTTrainer", f"{training.pace('plain'):.0f}"),
        _row(
            "Ours, times the plain trainer",
            f"{plain.value:.2f} ({plain.low:.2f} to {plain.high:.2f})",
            f"at least {FASTER_TRAINING:g}",
            plain.value >= FASTER_TRAINING,
        ),
        _row(
            "Ours, times the plain trainer without gradient checkpointing",
            f"{unchecked.value:.2f} ({unchecked.low:.2f} to {unchecked.high:.2f})",
        ),
        _row(
            "Losses apart, nats per step: ours and plain",
            f"{apart:.4f}",
            f"at most {chance.value:.4f}",
            apart <= chance.value,
        ),
        _row(
            f"Losses apart, nats per step: plain with {len(training.seeds())} seeds of the adapter",
            f"{chance.value:.4f} ({chance.low:.4f} to {chance.high:.4f})",
        ),
        _row("Padding in the order that both had", f"{training.padding['bucketed']:.0%}"),
        _row("Padding in the plain trainer's own order", f"{training.padding['random']:.0%}"),
    ]


def _products(run: SpeedRun) -> list[list[Scalar]]:
    share = run.reached / run.products.square
    return [
        _row("Matrix products of 2048 x 2048, TFLOP/s", f"{run.products.square:.3f}"),
        _row(
            f"A layer's products on {run.products.rows} positions, TFLOP/s",
            f"{run.products.layer:.3f}",
        ),
        _row("Needed by our training, TFLOP/s", f"{run.reached:.3f}"),
        _row("Share of the square products' rate", f"{share:.0%}", f"{SHARE:.0%}", share >= SHARE),
        _row("Share of a layer's rate", f"{run.reached / run.products.layer:.0%}"),
    ]


def _generation(generation: Generation) -> list[list[Scalar]]:
    batched = f"{generation.problems} problems in batches of up to {generation.batch}"
    single = f"{generation.single_problems} of them one by one"
    return [
        _row(f"Tokens/s generated, {batched}", f"{generation.tokens / generation.seconds:.0f}"),
        _row(
            f"Tokens/s generated, {single}",
            f"{generation.single_tokens / generation.single_seconds:.0f}",
        ),
        _row(
            "Batched, times one by one",
            f"{generation.faster:.1f}",
            f"at least {FASTER_GENERATION:g}",
            generation.faster >= FASTER_GENERATION,
        ),
        _row("Answered word for word alike", f"{generation.same} of {generation.single_problems}"),
        _memory(
            f"Peak memory, GB: {batched}, at most {generation.max_new_tokens} tokens each",
            generation.peak_bytes,
        ),
    ]
