"""What an answer may be wrapped in, and what belongs to it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact import datasets
from artifact.decomposition.wrapping import EXAMPLE, WRAPPINGS, answer_set, unwrap

TEMPLATES = {name: datasets.get(name).template for name in datasets.names()}


@pytest.mark.parametrize("name", datasets.names())
@pytest.mark.parametrize("wrapping", WRAPPINGS, ids=lambda wrapping: wrapping.name)
def test_every_wrapping_of_the_rule_comes_off_on_every_dataset(wrapping, name):
    assert wrapping.example != EXAMPLE
    assert unwrap(wrapping.example) == EXAMPLE
    assert answer_set(wrapping.example, TEMPLATES[name]) == {EXAMPLE}


@pytest.mark.parametrize("name", datasets.names())
@pytest.mark.parametrize(
    "wrapped",
    [
        "```\nattic\n```",
        "```json\n['attic']\n```",
        "```attic```",
        "```\nattic",
        "`attic`.",
        "***attic***",
        "_attic_",
        "__*attic*__",
        "**attic.**",
        "**attic**.",
        "**'attic'**",
        "~~**attic**~~",
        "<strong>attic</strong>",
        "<b><i>attic</i></b>",
        r"\boxed{attic}",
        r"$\boxed{\text{attic}}$",
        r"\(\boxed{attic}\)",
        r"\[ \boxed{attic} \]",
        r"$$\boxed{attic}$$.",
        '"attic"',
        "'attic.'",
        "«attic»",
        "„attic“",
        "‘attic’",
        "['attic']",
        '["attic"]',
        "[‘attic’]",
        "[attic]",
        "('attic',)",
        "{'attic'}",
        "['**attic**']",
        "**['attic']**",
        "'attic',",
        "\ufeffattic\u200b",
        "\u2009attic\u3000",
        "at\u00adtic",
        "\n attic \n",
        "<B>attic</B>",
        "<Strong>attic</sTRONG>",
        '<span class="answer">attic</span>',
        "<p><mark>attic</mark></p>",
        "「attic」",
        "『attic』",
        "＂attic＂",
        "＇attic＇",
        "〝attic〟",
        "《attic》",
        "❝attic❞",
        "′attic′",
        "［attic］",
        "【'attic'】",
        "attic。",
        "attic．",
        "\u202aattic\u202c",
        "\u2066attic\u2069",
        "\u061cattic\u200f",
        "at\ufe0ftic",
        "\\Boxed{attic}",
        "〈attic〉",
        "❮attic❯",
        "⟨attic⟩",
        "〔attic〕",
        "&quot;attic&quot;",
        "&lt;b&gt;attic&lt;/b&gt;",
        "<br/>attic<br>",
        "- attic",
        "> **attic**",
        "### attic",
        "attic,",
        "**attic**,",
        "attic;",
    ],
)
def test_wrappings_come_off_one_after_another(wrapped, name):
    assert answer_set(wrapped, TEMPLATES[name]) == {"attic"}


@pytest.mark.parametrize("name", ["cotempqa", "babi"])
@pytest.mark.parametrize(
    "wrapped",
    [
        "['pear', 'plum']",
        '["pear","plum"]',
        "[“pear”, “plum”]",
        "'plum', 'pear'",
        "```python\n['pear', 'plum']\n```",
        "**['pear', 'plum']**.",
        r"\boxed{['pear', 'plum']}",
        "['`pear`', '**plum.**']",
        "('pear', 'plum')",
        "{'pear', 'plum'}",
        "['pear',\n 'plum',]",
        "**pear**, **plum**",
        "**pear**; **plum**.",
        "**pear** and **plum**",
        "*pear*, and *plum*",
        "**pear**\n**plum**",
        "`pear`, `plum`",
        "__pear__ & __plum__",
        r"\boxed{pear}, \boxed{plum}",
        r"\boxed{\text{pear}},\boxed{\text{plum}}.",
        r"$\boxed{pear}, \boxed{plum}$",
        "$pear$, $plum$",
        r"\(pear\), \(plum\)",
        "<b>pear</b>, <B>plum</B>",
        "<b>pear</b><br><b>plum</b>",
        "<ul>\n<li>pear</li>\n<li>plum</li>\n</ul>",
        "```\n**pear**, **plum**\n```",
        "[**pear**, **plum**]",
        "'pear' and \"plum\"",
        "「pear」、「plum」",
        "［＂pear＂，＂plum＂］",
        "- pear\n- plum",
        "1. **pear**\n2. **plum**",
        "* 'pear'\n\n* 'plum'",
        "+ pear\n+ plum",
        "a) pear\nb) plum",
        "(1) pear\n(2) plum",
        "['pear'], ['plum']",
        "[**pear**], [**plum**]",
        "'pear'\n'plum'",
        "['pear' 'plum']",
        "<ol><li>pear</li><li>plum</li></ol>",
        "&#39;pear&#39;, &#39;plum&#39;",
    ],
)
def test_a_list_gives_its_items(wrapped, name):
    assert answer_set(wrapped, TEMPLATES[name]) == {"pear", "plum"}


@pytest.mark.parametrize(
    ("stated", "answers"),
    [
        ("**Oslo, Norway**, **Paris**", {"Oslo, Norway", "Paris"}),
        ("**Pear and Plum**", {"Pear and Plum"}),
        ("`Bed & Co`; `Plum`", {"Bed & Co", "Plum"}),
        ("'O'Hara', 'Lee'", {"O'Hara", "Lee"}),
        ("**Ivo** Brandt, **Mara**", {"Ivo** Brandt, **Mara"}),
        ("**Ivo** **Brandt**", {"Ivo** **Brandt"}),
        ("**Pear**, plum", {"**Pear**, plum"}),
        ("1. FC Tamm", {"1. FC Tamm"}),
        ("**Pear** or **plum**", {"Pear** or **plum"}),
        ("R&D", {"R&D"}),
        ("**,** **,**", {",** **"}),
        (", ".join(["**a**"] * 300), {"a**" + ", **a**" * 298 + ", **a"}),
    ],
)
def test_what_is_one_answer_stays_one(stated, answers):
    assert answer_set(stated, TEMPLATES["cotempqa"]) == answers


def test_a_word_list_in_brackets_is_one_still():
    assert answer_set("[pear, plum]", TEMPLATES["babi"]) == {"pear", "plum"}
    assert answer_set("**pear,plum**.", TEMPLATES["babi"]) == {"pear", "plum"}


@pytest.mark.parametrize(
    ("stated", "gold"),
    [
        ("attic room", "attic"),
        ("the attic", "attic"),
        ("Answer: attic", "attic"),
        ("attic, I think", "attic"),
        ("at-tic", "attic"),
        ("Zoe", "Zoë"),
        ("O'Hill's", "O'Hill"),
        ("1,200", "1200"),
        ("$5", "5"),
        ("A*B", "AB"),
        ("[]", "attic"),
        ("", "attic"),
        ("**", "attic"),
    ],
)
def test_content_stays(stated, gold):
    for template in TEMPLATES.values():
        assert answer_set(stated, template) != answer_set(gold, template)


@pytest.mark.parametrize(
    "answer",
    ["'", "..", '"Big" Al', "Jr.", "f(x)", "[12]", "C*", "snake_case", "_", "$5 to $6", "«»"],
)
def test_marks_of_an_answers_own_never_leave_it_empty(answer):
    template = TEMPLATES["marco"]
    assert "" not in answer_set(answer, template)
    assert answer_set(answer, template) == answer_set(f"**{answer}**", template)


@pytest.mark.parametrize("mark", ["*", "`", "_"])
def test_a_text_of_marks_alone_stays_as_it_is(mark):
    assert unwrap(mark * 5000) == mark * 5000
    assert unwrap(mark * 5000 + "a" + mark * 5000) == "a"


@given(st.lists(st.text(min_size=1).map(str.strip).filter(bool), min_size=1, max_size=3))
def test_gold_answers_are_read_alike_however_their_letters_are_composed(answers):
    template = TEMPLATES["cotempqa"]
    text = template.answer(answers)
    taken_apart = template.answer([unicodedata.normalize("NFD", answer) for answer in answers])
    assert answer_set(text, template) == answer_set(taken_apart, template)


@pytest.mark.parametrize("name", datasets.names())
@given(st.one_of(st.text(), st.text("[](){}'\"*_`.$\\ ab,")))
def test_any_text_is_read(name, text):
    assert "" not in answer_set(text, TEMPLATES[name])
    assert unwrap(unwrap(text)) == unwrap(text)
