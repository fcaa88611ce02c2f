from __future__ import annotations

from pathlib import Path

import pytest

from artifact.book import offline, pages

BARE = '<html><head></head><body><h1 id="top">A</h1>{}</body></html>'
WHOLE = offline.seal(BARE)


def site(folder: Path, body: str) -> Path:
    files = {
        "index.html": WHOLE.format(body),
        "part/two words.html": WHOLE.format('<p id="end"><a href="../index.html#top">up</a></p>'),
        "_static/theme.css": "body { background: url(paper.png) }",
        "_static/macros.html": '<script src="{{ place }}"></script>',
        "_images/a.png": "",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    "body",
    [
        "",
        '<a href="#top">up</a> <a href="#">here</a>',
        '<a href="part/two%20words.html#end">on</a>',
        '<a href="https://example.org/">out</a> <a href="mailto:a@example.org">mail</a>',
        '<a name="old"></a><a href="#old">an old anchor</a>',
        '<img src="_images/a.png" alt="Accuracy by variant">',
        '<img src="data:image/png;base64,AAAA" alt="A dot">',
        '<link rel="canonical" href="https://example.org/"><link rel="next" href="#top">',
        '<svg role="img" aria-label="Accuracy"></svg><svg></svg>',
        '<button>Copy</button><button aria-label="Search"><svg></svg></button>',
        '<a href="#top"><img src="_images/a.png" alt="Up"></a>',
        '<a href="#top" aria-hidden="true"></a><a id="no-link"></a>',
        '<a href="#run=a&amp;trace=own">x</a>',
        '<label>Seed <input></label><label for="n">N</label><select id="n"></select>',
        '<div role="tab" tabindex="-1">One</div><button onclick="f()">Go</button>',
        '<input type="hidden"><input type="submit"><textarea title="Note"></textarea>',
    ],
)
def test_a_good_page(tmp_path: Path, body: str) -> None:
    assert pages.check(site(tmp_path, body)) == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<script src="https://example.org/a.js"></script>', "loads https://example.org/a.js"),
        ('<script src="//example.org/a.js"></script>', "loads //example.org/a.js from the net"),
        ('<img src="http://example.org/a.png" alt="a">', "loads http://example.org/a.png"),
        ('<iframe src="https://example.org/" title="a"></iframe>', "loads https://example.org/"),
        ('<link rel="stylesheet" href="https://example.org/a.css">', "loads https://"),
        ('<link href="//example.org/f.woff" rel="preload">', "loads //example.org/f.woff"),
        ('<a href="gone.html">x</a>', "gone.html leads nowhere"),
        ('<a href="#nowhere">x</a>', "#nowhere leads nowhere"),
        ('<a href="part/two%20words.html#nowhere">x</a>', "words.html#nowhere leads nowhere"),
        ('<img src="_images/gone.png" alt="Accuracy">', "_images/gone.png leads nowhere"),
        ('<img src="_images/a.png">', "_images/a.png has no text alternative"),
        ('<img src="_images/a.png" alt=" ">', "_images/a.png has no text alternative"),
        ('<img src="_images/a.png" alt="../_images/a.png">', "has no text alternative"),
        ('<svg role="img"></svg>', "an svg has no text alternative"),
        ('<button class="x"><svg></svg></button>', '<button class="x"> has no name to be read out'),
        ('<a href="#top"> </a>', '<a href="#top"> has no name to be read out'),
        ('<label for="n">N</label><input id="m">', '<input id="m"> has no name to be read out'),
        ("<label>N</label><select></select>", "<select> has no name to be read out"),
        ('<div role="button" tabindex="0"><div></div></div>', "has no name to be read out"),
        ('<iframe srcdoc="hi"></iframe>', '<iframe srcdoc="hi"> has no name to be read out'),
        ('<map name="m"><area href="#m"></map>', '<area href="#m"> has no name to be read out'),
        ('<input type="image" src="_images/a.png">', "has no name to be read out"),
        ('<div onclick="f()">Go</div>', '<div onclick="f()"> can\'t be reached with a keyboard'),
        ('<span role="button">Go</span>', "can't be reached with a keyboard"),
    ],
)
def test_a_fault_is_a_line_that_names_the_page(tmp_path: Path, body: str, fault: str) -> None:
    (line,) = pages.check(site(tmp_path, body))
    assert line.startswith("index.html: ")
    assert fault in line


@pytest.mark.parametrize(
    "style",
    [
        "@import url(https://example.org/a.css);",
        '@import "//example.org/a.css";',
        "@font-face { src: url('https://example.org/f.woff') }",
    ],
)
def test_a_style_sheet_that_loads_from_the_net(tmp_path: Path, style: str) -> None:
    (site(tmp_path, "") / "_static" / "theme.css").write_text(style)
    (line,) = pages.check(tmp_path)
    assert line.startswith("_static/theme.css: loads ")
    assert "example.org" in line


def test_a_picture_that_loads_from_the_net(tmp_path: Path) -> None:
    drawn = '<svg xmlns="http://www.w3.org/2000/svg"><image xlink:href="//example.org/a"/></svg>'
    (site(tmp_path, "") / "_images" / "a.svg").write_text(drawn)
    assert pages.check(tmp_path) == ["_images/a.svg: loads //example.org/a from the net"]


@pytest.mark.parametrize("page", [BARE, BARE.replace("</head>", f"<base>{offline.META}</head>")])
def test_a_page_that_does_not_open_with_the_policy(tmp_path: Path, page: str) -> None:
    (site(tmp_path, "") / "index.html").write_text(page)
    (line,) = pages.check(tmp_path)
    assert line.startswith("index.html: does not open with the policy")
