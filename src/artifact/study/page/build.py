"""Builds the page: jsPsych, this project's scripts, and one study, as static files.

The page requests nothing from other hosts.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection
from dataclasses import asdict
from html import escape
from pathlib import Path
from string import Template
from typing import Literal, get_args

from artifact.common.errors import InputError
from artifact.common.files import located, write_atomically
from artifact.common.intake import Intake
from artifact.datasets.sources import Source
from artifact.study.instrument.completion import OWN_CODES, Completion
from artifact.study.instrument.design import (
    Origin,
    Study,
    choose_stimuli,
    one_of_designs,
    plan_study,
)
from artifact.study.instrument.items import DEFAULT_ITEMS, load_items
from artifact.study.instrument.manifest import MANIFEST
from artifact.study.instrument.stimuli import read_stimuli
from artifact.study.instrument.texts import DEFAULT_TEXTS, Option, Texts, load_texts
from artifact.study.page import vendor

Post = Literal["server", "jatos", "file"]
POSTS: tuple[Post, ...] = get_args(Post)

SITE = Path(__file__).with_name("site")
SCRIPTS = (
    "session.js",
    "dom.js",
    "posts.js",
    "delivery.js",
    "away.js",
    "screens.js",
    "frame.js",
    "screen-plugin.js",
    "main.js",
)
"""This project's scripts, in the order in which they build on each other."""

PROBLEMS = 10
"""Problems that each participant rates, besides the practice problem."""


def build_page(
    out: Path,
    *,
    dataset: str = "cotempqa",
    source: str = "lookalike",
    seed: int = 0,
    problems: int = PROBLEMS,
    design: str = "between",
    answer_only: bool = False,
    per_group: int = 25,
    options: Collection[Option] = (),
    items: Path = DEFAULT_ITEMS,
    texts: Path = DEFAULT_TEXTS,
    post: str = "server",
    completion: Completion = OWN_CODES,
    intake: Intake | None = None,
) -> Path:
    """Write the experiment to `out` and give the path of its `index.html`.

    Args:
        out: a new or empty folder, or one with an earlier page, which is replaced.
        dataset, source, seed: where the problems come from (`stimuli.read_stimuli`).
        problems: problems that each participant rates; one more is drawn for practice.
        design: "between" shows a person one trace type, "within" all of them in turn.
        answer_only: adds an arm that sees no trace.
        per_group: participants wanted in each group.
        options: what is asked or stored besides the ratings.
        items: the questionnaire.
        texts: information, consent and instructions, completed by the researcher.
        post: where answers go: "server" (`artifact study serve`), "jatos", or a "file" for each
            session.
        completion: the code and the link back that the page itself carries; with a server, the
            server has them.
        intake: what happens to records that cannot be used; by default the first one is an error.

    Raises:
        InputError: an input cannot be used, `out` holds other files, or npm is missing.
    """
    _check_folder(out)
    destination = _one_of_posts(post)
    try:
        wording = load_texts(texts).for_page(options)
    except InputError as fault:
        raise located(fault, path=texts) from None
    if destination == "server" and completion != OWN_CODES:
        raise InputError(
            "would be readable in the page, while the server keeps it until the end",
            field="completion code or return link",
            cure="give it to `artifact study serve`",
        )
    stimuli = read_stimuli(dataset, source, seed=seed, intake=intake or Intake())
    if "comprehension" in options:
        stimuli = [stimulus for stimulus in stimuli if stimulus.choices]
    study = plan_study(
        choose_stimuli(stimuli, problems + 1, seed=seed),
        load_items(items),
        Origin(dataset=dataset, source=_without_folders(source), seed=seed),
        design=one_of_designs(design),
        answer_only=answer_only,
        per_group=per_group,
        options=options,
        open_places=wording.open_places,
    )
    packages = vendor.packages()
    (out / "vendor").mkdir(parents=True, exist_ok=True)
    write_atomically(out / "vendor" / "jspsych.js", vendor.jspsych(packages))
    write_atomically(out / "vendor" / "notices.txt", vendor.notices(packages))
    for name in ("page.css", *SCRIPTS):
        shutil.copyfile(SITE / name, out / name)
    write_atomically(out / "study.js", _study_script(study, wording, destination, completion))
    write_atomically(out / "index.html", _index(wording, destination))
    write_atomically(out / MANIFEST, study.model_dump_json(indent=1) + "\n")
    return out / "index.html"


def _one_of_posts(name: str) -> Post:
    for post in POSTS:
        if post == name:
            return post
    raise InputError(f"is '{name}'", field="post", cure=f"choose one of {', '.join(POSTS)}")


def _without_folders(source: str) -> str:
    """The source without the folders of this machine, which need not be published."""
    parsed = Source.parse(source)
    return f"{parsed.kind}:{parsed.path.name}" if parsed.kind in ("file", "release") else source


def _check_folder(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise InputError("is not a folder", path=out)
    if out.is_dir() and any(out.iterdir()) and not (out / MANIFEST).is_file():
        raise InputError(
            "holds files other than a page of this study", path=out, cure="choose a new folder"
        )


def _study_script(study: Study, texts: Texts, post: Post, completion: Completion) -> str:
    """All that is shown, as a script, because a page opened from disk cannot fetch data."""
    shown = study.model_dump(mode="json") | {
        "texts": texts.model_dump(mode="json"),
        "post": post,
        "completion": asdict(completion),
    }
    return f'"use strict";\nconst STUDY = {json.dumps(shown, ensure_ascii=False, indent=1)};\n'


def _index(texts: Texts, post: Post) -> str:
    # JATOS itself serves its script beside the study's files.
    first = ["jatos.js"] if post == "jatos" else []
    scripts = [*first, "vendor/jspsych.js", "study.js", *SCRIPTS]
    page = Template((SITE / "index.html").read_text(encoding="utf-8"))
    return page.substitute(
        title=escape(texts.title),
        scripts="\n".join(f'<script src="{name}" defer></script>' for name in scripts),
    )
