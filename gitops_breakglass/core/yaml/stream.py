"""Builds the documents of one YAML stream from libyaml's events, refusing what people and parsers read differently."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from gitops_breakglass.core.yaml.scalars import FORBIDDEN, AmbiguousError, instead_of, name_of, read_plain
from gitops_breakglass.model.document import Document, Path, Scalar
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.finding import Finding, Location

DEEPEST = 32
"""Mappings and lists within each other."""
_LONGEST_QUOTE = 60


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is being filled; `path` is None around the document's root."""

    value: Any
    path: Path | None
    is_mapping: bool
    key: str | None = None
    """The key that waits for its value."""
    is_key: bool = False
    """Whether it stands where a key should be; then it is dropped."""

    def next_path(self) -> Path:
        """Return the path of the value that comes next."""
        if self.path is None:
            return ()
        return (*self.path, self.key if self.key is not None else len(self.value))


@dataclass(slots=True)
class Stream:
    """The documents and findings of one stream. It keeps a stack of its own, so depth costs no recursion."""

    path: str
    blob: str | None
    escapes: bool
    """Whether a backslash is anywhere in the file: only then can a scalar hold what the text does not."""
    forbidden: Sequence[Finding]
    """Findings about single characters, in order of place; the documents that they are in are left out."""
    documents: list[Document] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    starts: list[tuple[int, int]] = field(default_factory=list)
    """Where each document begins, empty and broken ones too."""
    _frame: _Frame = field(default_factory=lambda: _Frame([], None, is_mapping=False))
    _stack: list[_Frame] = field(default_factory=list)
    _positions: dict[Path, tuple[int, int]] = field(default_factory=dict)
    _told: int = 0
    """How many findings there were when the document began."""
    _passed: int = 0
    """How many of the forbidden characters lie before the document."""
    _too_deep: bool = False

    def read(self, text: bytes) -> None:
        """Take every event; what libyaml itself can't read ends the stream with a finding.

        Raises UsageError where PyYAML came without libyaml.
        """
        from yaml import YAMLError, events
        from yaml.reader import ReaderError

        parser = parser_of(text)
        takers: dict[type, Callable[[Any], None]] = {
            events.ScalarEvent: self._scalar,
            events.MappingStartEvent: self._open,
            events.SequenceStartEvent: self._open,
            events.MappingEndEvent: self._close,
            events.SequenceEndEvent: self._close,
            events.AliasEvent: self._alias,
        }
        try:
            while (event := parser.get_event()) is not None:
                kind = type(event)
                if kind in takers:
                    takers[kind](event)
                    if self._too_deep:
                        return  # libyaml takes minutes for a megabyte of brackets
                elif kind is events.DocumentStartEvent:
                    self._begin(event)
                elif kind is events.DocumentEndEvent:
                    self._end(event)
        except YAMLError as error:
            # libyaml refuses some forbidden characters itself, without saying where: they have been told.
            if not (self.forbidden and isinstance(error, ReaderError)):
                self._syntax(error, text)

    def _begin(self, event: Any) -> None:
        self._frame = _Frame([], None, is_mapping=False)
        self._stack.clear()
        self._positions = {}
        self._told = len(self.findings)
        self.starts.append(_mark(event))
        if event.version or event.tags:
            self._tell("yaml-syntax", "directives (`%YAML`, `%TAG`) are not read", event, "take the `%` line out")

    def _end(self, event: Any) -> None:
        passed, last = self._passed, event.end_mark.line + 1
        while self._passed < len(self.forbidden) and self.forbidden[self._passed].location.line <= last:
            self._passed += 1
        if len(self.findings) > self._told or self._passed > passed:
            return
        (root,) = self._frame.value
        if isinstance(root, dict):
            self.documents.append(Document(self.path, root, self._positions, self.blob))
        elif root is not None:
            hint = "begin it with `apiVersion:` and `kind:`"
            place = Location(self.path, *self._positions[()])
            self.findings.append(Finding("yaml-syntax", "a document has to be a mapping of fields", place, hint=hint))

    def _scalar(self, event: Any) -> None:
        value = self._value(event)
        frame = self._frame
        if not frame.is_mapping:
            self._positions[frame.next_path()] = _mark(event)
            frame.value.append(value)
        elif frame.key is not None:
            frame.value[frame.key] = value
            frame.key = None
        elif value.__class__ is str and value not in frame.value and value != "<<":
            # Nearly every key; what follows is here twice because half of all events come this way.
            mark = event.start_mark
            self._positions[(*frame.path, value)] = (mark.line + 1, mark.column + 1)  # type: ignore[misc]
            frame.key = value
        else:
            self._key(value, event)

    def _value(self, event: Any) -> Scalar:
        if event.tag is not None or event.anchor is not None:
            self._properties(event)
        text: str = event.value
        if event.implicit[0]:
            try:
                return read_plain(text)
            except AmbiguousError as error:
                self._tell("yaml-ambiguous-scalar", f"unquoted `{_cut(text)}` {error}", event, instead_of(text))
        elif self.escapes and (match := FORBIDDEN.search(text)):
            message = f"an escape makes the invisible or control character {name_of(match[0])}"
            self._tell("yaml-control-character", message, event, "take it out")
        return text

    def _key(self, value: Scalar, event: Any) -> None:
        frame = self._frame
        key: str = event.value
        if not isinstance(value, str):
            self._tell("yaml-key-not-string", f"the key `{_cut(key)}` is no text", event, "quote it to mean text")
        if key == "<<" and event.implicit[0]:
            self._tell("yaml-alias", "the merge key `<<` is not followed", event, "write the fields out")
        frame.key = key
        path = frame.next_path()
        if key in frame.value:
            message = f"`{_cut(key)}` is given twice; the first is in line {self._positions[path][0]}"
            self._tell("yaml-duplicate-key", message, event, "keep one: readers differ in which of them counts")
        else:
            self._positions[path] = _mark(event)

    def _open(self, event: Any) -> None:
        if event.tag is not None or event.anchor is not None:
            self._properties(event)
        parent = self._frame
        is_key = parent.is_mapping and parent.key is None
        if is_key:
            self._tell("yaml-key-not-string", "a mapping or list can't be a key", event, "write a word as the key")
        path = parent.next_path()
        if not parent.is_mapping:
            self._positions[path] = _mark(event)
        self._stack.append(parent)
        is_mapping = type(event).__name__ == "MappingStartEvent"
        self._frame = _Frame({} if is_mapping else [], path, is_mapping, is_key=is_key)
        if len(self._stack) > DEEPEST:
            self._too_deep = True
            self._tell("yaml-too-deep", f"more than {DEEPEST} levels lie within each other", event, "make it flatter")

    def _close(self, _event: Any) -> None:
        done, parent = self._frame, self._stack.pop()
        self._frame = parent
        if done.is_key:
            parent.key = ""
        elif parent.is_mapping:
            parent.value[parent.key] = done.value
            parent.key = None
        else:
            parent.value.append(done.value)

    def _alias(self, event: Any) -> None:
        hint = "write the value out: what is approved has to stand where it holds"
        self._tell("yaml-alias", f"the alias `*{_cut(event.anchor)}` is not followed", event, hint)
        frame = self._frame
        if not frame.is_mapping:
            frame.value.append(None)
        elif frame.key is None:
            frame.key = ""
        else:
            frame.key = None

    def _properties(self, event: Any) -> None:
        if event.anchor is not None:
            hint = "take it out, and write the value wherever it is meant"
            self._tell("yaml-alias", f"the anchor `&{_cut(event.anchor)}` is not read", event, hint)
        if event.tag is not None:
            hint = "take it out; quotes make text, and nothing else has a type to choose"
            self._tell("yaml-tag", f"the tag `{_cut(event.tag)}` is not read", event, hint)

    def _syntax(self, error: Any, text: bytes) -> None:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        words = [word for word in (getattr(error, "problem", None), getattr(error, "context", None)) if word]
        message = f"this is no YAML: {' '.join(words) or getattr(error, 'reason', error)}"
        hint = "look at this line and the one above it: indentation, a missing `:`, an open quote or bracket"
        if mark and b"".join(text.split(b"\n")[mark.line : mark.line + 1]).lstrip(b" ").startswith(b"\t"):
            hint = "indent with spaces: this line begins with a tab"
        place = Location(self.path, mark.line + 1, mark.column + 1) if mark else Location(self.path)
        self.findings.append(Finding("yaml-syntax", message, place, hint=hint))

    def _tell(self, rule: str, message: str, event: Any, hint: str) -> None:
        self.findings.append(Finding(rule, message, Location(self.path, *_mark(event)), hint=hint))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


def _mark(event: Any) -> tuple[int, int]:
    mark = event.start_mark
    return mark.line + 1, mark.column + 1


def parser_of(text: bytes) -> Any:
    """Return libyaml's parser on a text. Raises UsageError where PyYAML came without it."""
    try:
        from yaml._yaml import CParser
    except ImportError as error:
        hint = "install a PyYAML wheel for this platform, or build it with the libyaml headers there"
        raise UsageError("PyYAML was built without libyaml, which strict reading needs", hint=hint) from error
    return CParser(text)
