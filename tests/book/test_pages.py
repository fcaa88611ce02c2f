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
        "book/explorer.html": WHOLE.format(""),
        "_static/explorer/runs.js": 'explorerData("runs",{"runs":[{"id":"a"}]});\n',
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
        '<svg role="img" aria-label="Accuracy"><svg></svg></svg><svg aria-hidden="true"></svg>',
        '<p id="l">A</p><svg role="img" aria-labelledby="l"></svg>',
        '<span aria-hidden="true"><span></span><svg></svg></span><i role="img" aria-label="A"></i>',
        '<button>Copy</button><button aria-label="Search"><svg aria-hidden="true"></svg></button>',
        '<a href="#top"><img src="_images/a.png" alt="Up"></a>',
        '<a href="#top" aria-hidden="true"></a><a id="no-link"></a>',
        '<a href="book/explorer.html#run=a&amp;trace=own">x</a>',
        '<map name="m"><area href="#m" alt="M"></map>',
        '<img srcset="_images/a.png 2x, _images/a.png, data:image/png;base64,AA 3x" alt="A">',
        "<p style=\"background: url('_images/a.png') url(data:image/png;base64,AA)\">A</p>",
        '<b id="a=b"></b><a href="#a=b">a place</a>',
        '<a onclick="f()" tabindex="0">Go</a><label onclick="f()">Go</label>',
        '<label>Seed <input></label><label for="n">N</label><select id="n"></select>',
        '<div role="tab" tabindex="0">A</div><div role="tab" tabindex="-1">One</div>',
        '<button onclick="f()">Go</button>',
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
        ('<svg role="img" aria-label=" "></svg>', "an svg has no text alternative"),
        ('<svg aria-label="Accuracy"></svg>', "an svg has no text alternative"),
        ("<svg><svg></svg></svg>", "an svg has no text alternative"),
        ('<p aria-hidden="true"></p><svg></svg>', "an svg has no text alternative"),
        ('<i aria-hidden="true"></i><svg></svg>', "an svg has no text alternative"),
        ('<i role="img" class="x"></i>', '<i role="img" class="x"> has no text alternative'),
        (
            '<button class="x"><svg aria-hidden="true"></svg></button>',
            '<button class="x"> has no name for screen readers',
        ),
        ('<a href="#top"> </a>', '<a href="#top"> has no name for screen readers'),
        ('<label for="n">N</label><input id="m">', '<input id="m"> has no name for screen readers'),
        ("<label>N</label><select></select>", "<select> has no name for screen readers"),
        ('<div role="button" tabindex="0"><div></div></div>', "has no name for screen readers"),
        ('<iframe srcdoc="hi"></iframe>', '<iframe srcdoc="hi"> has no name for screen readers'),
        ('<map name="m"><area href="#m"></map>', '<area href="#m"> has no name for screen readers'),
        ('<input type="image" src="_images/a.png">', "has no name for screen readers"),
        ('<div onclick="f()">Go</div>', '<div onclick="f()"> can\'t be reached with a keyboard'),
        ('<span role="button">Go</span>', "can't be reached with a keyboard"),
        ('<i role="button" tabindex="-1" onclick="f()">Go</i>', "can't be reached with a keyboard"),
        ('<i role="button" tabindex="no">Go</i>', "can't be reached with a keyboard"),
        ('<button tabindex="-1">Go</button>', "can't be reached with a keyboard"),
        ('<a onclick="f()">Go</a>', "can't be reached with a keyboard"),
        ('<p onpointerdown="f()">Go</p>', "can't be reached with a keyboard"),
        ('<i role="tab" tabindex="-1">A</i>', "can't be reached with a keyboard"),
        ('<a href="#run=a">x</a>', "#run=a asks for what only the explorer shows"),
        (
            '<a href="book/explorer.html#run=gone">x</a>',
            "the explorer for the run 'gone', which it",
        ),
        ('<a href="book/explorer.html#x=1">x</a>', "asks the explorer for 'x', which it does not"),
        ('<a href="file:///etc/passwd">x</a>', "file:///etc/passwd leads neither to a web page"),
        ('<a href="javascript:f()">x</a>', "javascript:f() leads neither to a web page"),
        ('<a href="//example.org/">x</a>', "//example.org/ leads neither to a web page"),
        ('<a href="/etc/passwd">x</a>', "/etc/passwd leads out of this book to a file"),
        ('<map name="m"><area href="gone.html" alt="M"></map>', "gone.html leads nowhere"),
        ('<img srcset="_images/a.png 1x, gone.png 2x" alt="A">', "gone.png leads nowhere"),
        ('<img srcset="gone.png, _images/a.png 2x" alt="A">', "gone.png leads nowhere"),
        ('<p style="background: url(gone.png)">A</p>', "gone.png leads nowhere"),
        ("<style>p { background: url('gone.png') }</style>", "gone.png leads nowhere"),
        ('<video poster="gone.png"></video>', "gone.png leads nowhere"),
    ],
)
def test_a_fault_is_a_line_that_names_the_page(tmp_path: Path, body: str, fault: str) -> None:
    (line,) = pages.check(site(tmp_path, body))
    assert line.startswith("index.html: ")
    assert fault in line


def test_without_its_list_the_explorer_has_no_run(tmp_path: Path) -> None:
    folder = site(tmp_path, '<a href="book/explorer.html#run=a">x</a>')
    (folder / "_static" / "explorer" / "runs.js").unlink()
    (line,) = pages.check(folder)
    assert "asks the explorer for the run 'a', which it does not have" in line


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
    assert line.startswith("index.html: does not begin with the policy")
