"""Which wordings of the template's sentence state a label."""

from __future__ import annotations

import pytest

from artifact import datasets
from artifact.datasets.stated_label import folded_label, label_reader

SENTENCE = "The order of the first event in question and of the second is:"
LABELS = ("before", "well-before", "AFTER")
read = label_reader(SENTENCE, LABELS)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (f"{SENTENCE} before.", "before"),
        ("The order of first event in the question and of the second is: before.", "before"),
        ("order of a first event in question and of second is: before", "before"),
        (f"{SENTENCE.upper()} BEFORE.", "before"),
        (f"{SENTENCE} After.", "AFTER"),
        (f"{SENTENCE}: before.", "before"),
        (f"{SENTENCE} : before.", "before"),
        (f"{SENTENCE[:-1]} before.", "before"),
        (f"{SENTENCE}before.", "before"),
        (SENTENCE.replace("is:", "is:\n\n") + " before", "before"),
        (SENTENCE.replace(" ", "  ") + "\tbefore.", "before"),
        (SENTENCE.replace("second", "second:") + " before.", "before"),
        (f"{SENTENCE} 'before'.", "before"),
        (f"{SENTENCE} “before”.", "before"),
        (f"{SENTENCE} **before**.", "before"),
        (f"**{SENTENCE}** `before`", "before"),
        (f"{SENTENCE} ['before']", "before"),
        (f"{SENTENCE} \\boxed{{before}}", "before"),
        (f"{SENTENCE} a before.", "before"),
        (f"{SENTENCE} before I need the facts.", "before"),
        (f"{SENTENCE} well-before.", "well-before"),
        (f"{SENTENCE} Well before.", "well-before"),
        (f"{SENTENCE} well_before", "well-before"),
        (f"So. {SENTENCE} before.\nWait. {SENTENCE} after.", "before"),
        (f"{SENTENCE} beforehand.", "beforehand"),
        (f"{SENTENCE} before-after.", "before-after"),
        (f"{SENTENCE} during.", "during"),
        (f"{SENTENCE} not before.", "not"),
        (SENTENCE, None),
        (f"{SENTENCE} .", None),
        ("before.", None),
        ("The order is: before.", None),
        ("The order of the second event in question and of the first is: before.", None),
        (SENTENCE.replace("event", "event.") + " before.", None),
        ("", None),
    ],
)
def test_what_states_a_label(text, label):
    assert read(text) == label


@pytest.mark.parametrize("name", datasets.names())
def test_every_label_of_every_dataset_is_read_back(name):
    dataset = datasets.get(name)
    for label in dataset.labels:
        trace = dataset.template.trace(label, ["A fact."])
        for text in (trace, trace.replace("\n", " "), trace.upper(), trace.replace(".\n", "\n")):
            assert dataset.template.label_of(text) == label


def test_labels_fold_to_one():
    assert folded_label("Well  before ") == folded_label("well_before") == folded_label(LABELS[1])
    assert folded_label("before") != folded_label("well-before")
