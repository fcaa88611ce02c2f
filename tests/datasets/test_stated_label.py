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
        (f"{SENTENCE} <b>before</b>.", "before"),
        (f"{SENTENCE} <span class='x'>before</span>", "before"),
        (f"<p>{SENTENCE}</p><EM>before</EM>", "before"),
        (SENTENCE.replace(" is:", " <i>is</i>:") + "<br/>before.", "before"),
        (f"{SENTENCE} &quot;before&quot;", "before"),
        (f"{SENTENCE} be\u200bfo\u00adre\u2060.", "before"),
        (SENTENCE.replace("event", "eve\u00adnt") + " \u202abefore\u202c", "before"),
        (f"{SENTENCE} \uff42\uff45\uff46\uff4f\uff52\uff45", "before"),
        (f"{SENTENCE} _before_", "before"),
        (f"{SENTENCE} __before__.", "before"),
        (SENTENCE.replace(" is:", " _is_:") + " before.", "before"),
        (f"{SENTENCE} before—I need the facts.", "before"),
        (f"{SENTENCE} before - I need the facts.", "before"),
        (f"{SENTENCE} **well-before**.", "well-before"),
        (f"{SENTENCE} well\u2011before.", "well-before"),
        (f"{SENTENCE} well\u2010before.", "well-before"),
        (f"{SENTENCE} well–before.", "well-before"),
        (f"{SENTENCE} well\u2212before.", "well-before"),
        (f"{SENTENCE} well\\_before", "well-before"),
        (f"{SENTENCE} \\text{{well\\_before}}", "well-before"),
        (f"{SENTENCE} $\\mathbf{{\\text{{well-before}}}}$", "well-before"),
        (f"{SENTENCE} **well**-before.", "well-before"),
        (f"{SENTENCE} well-*before*.", "well-before"),
        (f"{SENTENCE} <b>well</b>-before.", "well-before"),
        (f"{SENTENCE} `well`_`before`.", "well-before"),
        (f"{SENTENCE} <!-- so --> before.", "before"),
        (f"{SENTENCE}\n1. before", "before"),
        (f"{SENTENCE}\n- before", "before"),
        (f"{SENTENCE} [well-before](#x)", "well-before"),
        (f"{SENTENCE} $well\\text{{-}}before$", "well-before"),
        (f"{SENTENCE} well&ndash;before", "well-before"),
        (f"{SENTENCE} 1950 before", "1950"),
        (f"{SENTENCE} before/AFTER.", "before/AFTER"),
        (f"{SENTENCE} before\u2011after.", "before-after"),
        (f"{SENTENCE} **before**-after.", "before -after"),
        (f"1 <b and {SENTENCE} before.\n2> 1", "before"),
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


@pytest.mark.parametrize(
    "between", [" ", " **", " <b class='x'>", " &#0000000039;", " \\text{", " " * 300]
)
@pytest.mark.parametrize("after", [".", " and" * 200, "</b> &amp; more"])
def test_a_label_is_read_wherever_it_stands(between, after):
    told = f"{SENTENCE}{between}well-before{after}"
    for before in range(0, 700, 7):
        assert read("Hmm, " + "a" * before + f" {told}") == "well-before", before


def test_the_first_of_two_labels_counts_however_far_apart_they_are():
    assert read(f"{SENTENCE} before. {'x ' * 300}{SENTENCE} after.") == "before"
    assert read(f"{SENTENCE}{' ' * 500}before. {SENTENCE} after.") == "before"


@pytest.mark.parametrize("name", datasets.names())
def test_every_label_of_every_dataset_is_read_back(name):
    dataset = datasets.get(name)
    for label in dataset.labels:
        trace = dataset.template.trace(label, ["A fact."])
        for text in (trace, trace.replace("\n", " "), trace.upper(), trace.replace(".\n", "\n")):
            assert dataset.template.label_of(text) == label


def test_labels_fold_to_one():
    assert folded_label("Well  before ") == folded_label("well_before") == folded_label(LABELS[1])
    assert folded_label("<b>well</b>\u2011be\u00adfore") == folded_label("well-before")
    assert folded_label("before") != folded_label("well-before")
