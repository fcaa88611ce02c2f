"""The code that made a run: one hash of all that training, answering and forcing traces import.

It is recorded but is not part of a run's identity, because most code changes change no result; when
one does, `run_folder.METHOD` goes up and the runs are made again. So runs of other code stay, and
the page that shows them says which they are.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence

from artifact.common.code_dependencies import modules_reached
from artifact.sft.run_folder import Record

ENTRANCES = ("artifact.sft.train", "artifact.sft.generate", "artifact.sft.forcing")


def training_code() -> str:
    """The hash of today's code."""
    modules = modules_reached([f"import {name}" for name in ENTRANCES])
    return hashlib.sha256(json.dumps(modules, sort_keys=True).encode()).hexdigest()


def of_other_code(records: Sequence[Record]) -> str:
    """A sentence that names the runs made by other code than today's; "" if there are none."""
    today = training_code() if records else ""
    other = [it.run for it in records if it.code != today]
    if not other:
        return ""
    return (
        f"Trained with earlier code than the rest of this page: {', '.join(other)} "
        f"(of {len(records)} made here); to train one again, remove its folder."
    )


def commits(records: Sequence[Record]) -> str:
    """A sentence that says at which commits runs were trained; "" if there are none."""
    if not records:
        return ""
    states = [it.provenance.git for it in records]
    names = Counter(it.revision[:7] if it else "an unknown one" for it in states)
    listed = ", ".join(f"{name} ({count})" for name, count in names.most_common())
    return f"Reference runs were trained by the code of commit {listed}, not by that of today."
