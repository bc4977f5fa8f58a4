"""lxml's parsers under bounds: web pages as events, parts of office documents as trees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from zhengyu_corpus.errors import ZhengyuError


def feed_page(source: str, target: Any) -> None:
    """Parse a web page as browsers do and hand its events to a target, which has no tree and so no depth."""
    from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

    # Fed as bytes of one encoding: the parser would believe the page's own label, which has been judged already.
    parser = etree.HTMLParser(target=target, huge_tree=True, encoding="utf-8", remove_comments=True)
    parser.feed(source.encode("utf-8", "replace"))
    parser.close()


def parse_xml(data: bytes, name: str) -> Any:
    """Return the root of an XML part; entities are not resolved, nothing is fetched.

    Raises
    ------
    ZhengyuError
        It is no XML, is nested deeper than 2,048 elements, or declares entities, as no office program does.
    """
    from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise ZhengyuError(f"{name}: its XML cannot be read: {error}; save it anew") from error
    if root.getroottree().docinfo.doctype:
        raise ZhengyuError(f"{name}: its XML declares a document type, as no office program writes; save it anew")
    return root


def walk(root: Any, skips: Callable[[Any], bool]) -> Iterator[tuple[bool, Any]]:
    """Yield every element as it begins (True) and ends (False), without recursion.

    Parameters
    ----------
    root : element
        Where to begin; it is not yielded itself.
    skips : callable
        Called once with each element before it begins; true for one that is left out with all below it.
    """
    levels: list[tuple[Any, Iterator[Any]]] = [(None, iter(root))]
    while levels:
        element = next(levels[-1][1], None)
        if element is None:
            ended, _ = levels.pop()
            if ended is not None:
                yield False, ended
        elif isinstance(element.tag, str) and not skips(element):
            yield True, element
            levels.append((element, iter(element)))


def local(element: Any) -> str:
    """Return an element's name without its namespace, which Strict documents write otherwise."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Any, name: str) -> str:
    """Return an attribute without its namespace, ``""`` where there is none."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(value)
    return ""


def children(element: Any, name: str) -> list[Any]:
    """Return the children of that name, in whichever namespace."""
    return list(element.iterchildren(f"{{*}}{name}"))
