from __future__ import annotations

import pytest

from artifact.book import offline

LOADS = [
    # Elements and attributes
    '<script src="https://e.org/a"></script>',
    '<script src="HTTPS://e.org/a"></script>',
    '<script src="//e.org/a"></script>',
    '<script src="https://e.org/a(1)"></script>',
    '<script src=" https://e.org/a"></script>',
    '<script src="ht\ntps://e.org/a"></script>',
    '<script src="https:e.org/a"></script>',
    r'<script src="\\e.org/a"></script>',
    r'<script src="/\e.org/a"></script>',
    '<script src="&#104;ttps://e.org/a"></script>',
    "<SCRIPT SRC=https://e.org/a></SCRIPT>",
    '<img src="https://e.org/a" alt="A">',
    '<img srcset="a.png 1x, https://e.org/a 2x" alt="A">',
    '<img srcset="a.png 1x,//e.org/a 2x" alt="A">',
    '<img longdesc="https://e.org/a" alt="A">',
    '<picture><source srcset="https://e.org/a"></picture>',
    '<source src="https://e.org/a">',
    '<video src="https://e.org/a"></video>',
    '<video poster="https://e.org/a"></video>',
    '<audio src="https://e.org/a"></audio>',
    '<track src="https://e.org/a">',
    '<iframe src="https://e.org/"></iframe>',
    '<iframe srcdoc="&lt;img src=https://e.org/a&gt;"></iframe>',
    '<iframe src="data:text/html,<img src=//e.org/a>"></iframe>',
    '<frame src="https://e.org/">',
    '<object data="https://e.org/a"></object>',
    '<object codebase="https://e.org/"></object>',
    '<object archive="a https://e.org/a"></object>',
    '<embed src="https://e.org/a">',
    '<applet code="https://e.org/a">',
    '<input type="image" src="https://e.org/a">',
    '<button formaction="https://e.org/">x</button>',
    '<form action="https://e.org/"></form>',
    '<body background="https://e.org/a">',
    '<html manifest="https://e.org/a">',
    '<base href="https://e.org/">',
    '<a href="#x" ping="https://e.org/">x</a>',
    '<portal src="https://e.org/"></portal>',
    '<blink unheard-of="https://e.org/">x</blink>',
    '<meta http-equiv="refresh" content="0; url=https://e.org/">',
    '<meta http-equiv="REFRESH" content="0;URL=\'//e.org/\'">',
    '<meta http-equiv="refresh" content="0, https://e.org/">',
    # Links
    '<link rel="stylesheet" href="https://e.org/a">',
    '<link rel="alternate stylesheet" href="https://e.org/a">',
    '<link rel="Shortcut Icon" href="https://e.org/a">',
    '<link rel="preload" as="image" imagesrcset="https://e.org/a 1x">',
    '<link rel="modulepreload" href="https://e.org/a">',
    '<link rel="prefetch" href="https://e.org/a">',
    '<link rel="prerender" href="https://e.org/a">',
    '<link rel="preconnect" href="https://e.org/">',
    '<link rel="dns-prefetch" href="//e.org">',
    '<link rel="manifest" href="https://e.org/a">',
    '<link rel="mask-icon" href="https://e.org/a">',
    '<link href="https://e.org/a">',
    # SVG and MathML
    '<svg><image href="https://e.org/a"/></svg>',
    '<svg><image xlink:href="https://e.org/a"/></svg>',
    '<svg><use xlink:href="//e.org/a#b"/></svg>',
    '<svg><feImage href="https://e.org/a"/></svg>',
    '<svg><script href="https://e.org/a"/></svg>',
    '<svg><rect fill="url(https://e.org/a#b)"/></svg>',
    "<svg><rect filter=\"url('//e.org/a#b')\"/></svg>",
    '<svg><set attributeName="href" to="https://e.org/a"/></svg>',
    '<svg><animate attributeName="href" values="a;https://e.org/a"/></svg>',
    '<svg><style>@import "//e.org/a";</style></svg>',
    '<?xml-stylesheet href="https://e.org/a"?><svg></svg>',
    # Styles
    '<style>@import "https://e.org/a";</style>',
    "<style>@import'//e.org/a';</style>",
    "<style>@IMPORT URL(HTTPS://e.org/a);</style>",
    '<style>@import/**/"//e.org/a";</style>',
    "<style>p { background: url(//e.org/a) }</style>",
    '<style>p { background: url( "https://e.org/a" ) }</style>',
    r"<style>p { background: url(\68 ttps://e.org/a) }</style>",
    r'<style>p { background: url("https\3a //e.org/a") }</style>',
    "<style>p { background: image-set('https://e.org/a' 1x) }</style>",
    "<style>p { background: src('https://e.org/a') }</style>",
    "<style>@font-face { src: url(https://e.org/a.woff) }</style>",
    '<p style="background: url(https://e.org/a)">x</p>',
    '<p style="background: url(&quot;//e.org/a&quot;)">x</p>',
    "<p style=\"list-style: url('https:e.org')\">x</p>",
    # Inline scripts
    "<script>fetch('/a')</script>",
    "<script>fetch ( address )</script>",
    "<script>window.fetch(address)</script>",
    r"<script>\u0066etch(address)</script>",
    "<script>new XMLHttpRequest()</script>",
    "<script>new XMLHttpRequest</script>",
    "<script>import(address)</script>",
    '<script type="module">import "./a.js"</script>',
    "<script type=module>import {a} from address</script>",
    "<script type=module>import a from './a.js'</script>",
    "<script>importScripts(address)</script>",
    "<script>new WebSocket(address)</script>",
    "<script>new EventSource(address)</script>",
    "<script>new WebTransport(address)</script>",
    "<script>new RTCPeerConnection({})</script>",
    "<script>navigator.sendBeacon(address)</script>",
    "<script>navigator.serviceWorker.register(address)</script>",
    "<script>new Worker(address)</script>",
    "<script>new SharedWorker(address)</script>",
    "<script>new Image().src = address</script>",
    "<script>new FontFace('a', address)</script>",
    "<script>document.createElement('script')</script>",
    "<script>one.setAttribute('src', address)</script>",
    "<script>one.innerHTML = text</script>",
    "<script>document.write(text)</script>",
    "<script>location = address</script>",
    "<script>location.assign(address)</script>",
    "<script>window.open(address)</script>",
    "<script>eval(text)</script>",
    "<script>new Function(text)</script>",
    "<script>const later = 'https://e.org/a'</script>",
    r"<script>const later = '\x68ttps://e.org/a'</script>",
    "<script>const later = `//e.org/a`</script>",
    '<script type="speculationrules">{"prefetch": [{"urls": ["https://e.org/"]}]}</script>',
    '<script type="importmap">{"imports": {"a": "https://e.org/a"}}</script>',
    '<p onclick="fetch(address)">x</p>',
    '<img src="a" alt="A" onerror="this.src=\'//e.org/a\'">',
    '<a href="javascript:fetch(address)">x</a>',
    '<a href=" JavaScript:fetch(address)">x</a>',
    '<noscript><img src="https://e.org/a" alt="A"></noscript>',
    '<template><img src="https://e.org/a" alt="A"></template>',
    '<!--><img src="https://e.org/a" alt="A">-->',
    '<![CDATA[><img src="https://e.org/a" alt="A">]]>',
    '<iframe src="view-source:https://e.org/"></iframe>',
    '<iframe src="blob:https://e.org/a"></iframe>',
]
"""Ways in which a page can have a browser load something from the net."""

INNER = [
    '<a href="https://e.org/">out</a> <a href="mailto:a@e.org">mail</a>',
    '<svg><a xlink:href="https://e.org/">out</a></svg>',
    '<map><area href="https://e.org/" alt="A"></map>',
    '<link rel="canonical" href="https://e.org/"><link rel="next" href="b.html">',
    '<link rel="stylesheet" href="a.css?v=1"><script src="../a.js"></script>',
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"></svg>',
    '<svg><rdf:li rdf:resource="http://purl.org/dc/dcmitype/StillImage"/></svg>',
    '<svg><use xlink:href="#a"/><rect clip-path="url(#b)"/></svg>',
    '<blockquote cite="https://e.org/">x</blockquote>',
    '<meta property="og:url" content="https://e.org/">',
    '<meta http-equiv="Refresh" content="0; url=book/index.html">',
    '<img src="data:image/png;base64,AAAA" alt="https://e.org/">',
    "<p>https://e.org/ and url(https://e.org/), fetch(address)</p>",
    "<!-- https://e.org/ <a href='https://e.org/'>out</a> -->",
    "<code>import a; fetch('https://e.org/')</code>",
    "<style>/* https://e.org/ */ p { background: url(paper.png) }</style>",
    "<style>a[href^='http://'] { color: red }</style>",
    "<style>@namespace svg url(http://www.w3.org/2000/svg);</style>",
    """<style>p { background: url("data:image/svg+xml,<svg xmlns='http://a.org'>") }</style>""",
    "<script>document.documentElement.dataset.mode = 'auto'</script>",
    "<script>// reads https://e.org/\nlet toggleHintShow = 'Click to show';</script>",
    '<script type="application/json">{"at": "https://e.org/"}</script>',
    '<button onclick="window.print()">Print</button>',
    '<form action="search.html" method="get"></form>',
]


@pytest.mark.parametrize("html", LOADS)
def test_what_loads_from_the_net_is_found(html: str) -> None:
    assert offline.in_document(html)


@pytest.mark.parametrize("html", INNER)
def test_what_stays_in_the_book_or_is_followed_by_a_reader_passes(html: str) -> None:
    assert offline.in_document(html) == []


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html>\n<html><head><title>A</title></head><body></body></html>",
        '<html lang="en"><head class="a"><meta charset="utf-8"></head></html>',
        '<meta http-equiv="Refresh" content="0; url=book/index.html" />',
        "",
    ],
)
def test_a_sealed_page_opens_with_the_policy(page: str) -> None:
    assert not offline.is_sealed(page)
    sealed = offline.seal(page)
    assert offline.is_sealed(sealed)
    assert offline.seal(sealed) == sealed
    assert offline.in_document(sealed) == []


def test_a_policy_that_comes_late_or_allows_more_is_none() -> None:
    late = f"<html><head><script src='a.js'></script>{offline.META}</head></html>"
    wide = offline.META.replace("default-src 'none'", "default-src *")
    assert not offline.is_sealed(late)
    assert not offline.is_sealed(f"<html><head>{wide}</head></html>")
