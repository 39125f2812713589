"""What restrictions a file may have held that can't be read, so that losing it never widens access."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gitops_breakglass.model.document import Document, Node
from gitops_breakglass.model.finding import Location

_KIND = rb"(?i)kind[\"']?\s*:\s*[\"']?"
_DENY = re.compile(_KIND + rb"deny")
_BINDING = re.compile(_KIND + rb"(?:cluster)?rolebinding")
_DEBUG_KIND = "DebugSessionClusterBinding"
_DEBUG_BINDING = re.compile(_KIND + _DEBUG_KIND.lower().encode())
_SELECTOR = b"templateSelector"


@dataclass(frozen=True)
class Lost:
    """A file or document that can't be used. A lost binding matters: without it a role could hold everywhere."""

    location: Location
    name: str = ""
    deny: bool = False
    binding: bool = False
    groups: frozenset[str] | None = None
    """Whom a lost binding is for; None where that can't be known either."""
    text: bytes | None = None
    """The text of a lost file: a group or template that it does not mention is not bound in it."""
    debug_binding: bool = False
    templates: frozenset[str] | None = None
    """The debug templates that a lost binding may be for; None where it may be for any."""

    def may_bind(self, group: str) -> bool:
        """Whether a binding may have been lost that says where this group's rights hold."""
        known_not_to = (self.groups is not None and group not in self.groups) or (
            self.text is not None and group.encode() not in self.text
        )
        return self.binding and not known_not_to

    def may_narrow(self, template: str) -> bool:
        """Whether a binding may have been lost that narrows what this debug template offers."""
        known_not_to = (self.templates is not None and template not in self.templates) or (
            self.text is not None and template.encode() not in self.text and _SELECTOR not in self.text
        )
        return self.debug_binding and not known_not_to


def lost_document(document: Document, *, groups: frozenset[str] | None = None) -> Lost:
    """Return what is lost with a document; `groups` are whom it binds, where its subjects can be read.

    Where they can't, it may be for every word that is in it.
    """
    kind = document.kind.casefold()
    return Lost(
        document.at("metadata", "name"),
        document.name,
        deny=kind.startswith("deny"),
        binding=kind.endswith("rolebinding"),
        groups=frozenset(_words(document.data)) if groups is None else groups,
        debug_binding=kind == _DEBUG_KIND.lower(),
        templates=_templates(document),
    )


def _templates(document: Document) -> frozenset[str] | None:
    words = frozenset(_words(document.data))
    return None if _SELECTOR.decode() in words else words


def _words(node: Node) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield key
            yield from _words(value)
    elif isinstance(node, Sequence):
        for value in node:
            yield from _words(value)


def lost_file(path: str, content: bytes, loaded: Iterable[Document]) -> Lost:
    """Return what is lost with a file that is not wholly readable: what its text names and `loaded` has not.

    Bytes that are no plain text may hold anything.
    """
    kinds = [document.kind for document in loaded]
    opaque = b"\0" in content or not _is_utf8(content)
    denies = sum(kind == "DenyPolicy" for kind in kinds)
    bindings = sum(kind.endswith("RoleBinding") for kind in kinds)
    debug_bindings = sum(kind == _DEBUG_KIND for kind in kinds)
    return Lost(
        Location(path, 1, 1),
        deny=opaque or len(_DENY.findall(content)) > denies,
        binding=opaque or len(_BINDING.findall(content)) > bindings,
        text=None if opaque else content,
        debug_binding=opaque or len(_DEBUG_BINDING.findall(content)) > debug_bindings,
    )


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
