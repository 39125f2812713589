"""What stands for foreign text while a rendered template is read as YAML, and what is put back there."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from gitops_breakglass.core.go_template.foreign import Foreign, pieces_of
from gitops_breakglass.core.go_template.rendering import Piece
from gitops_breakglass.model.document import Node, Path


class KeyProblem(ValueError):
    """Foreign text where a key of a mapping is; `path` is that key's."""

    def __init__(self, path: Path) -> None:
        super().__init__("text of the request can't be a key of a mapping: it is a value, and only that")
        self.path = path


@dataclass(frozen=True)
class WithStandIns:
    """The text of a rendered template in which a word stands for each foreign text."""

    text: str
    values: tuple[str, ...]
    """The foreign texts, in their order."""
    word: re.Pattern[str]
    starts: tuple[int, ...]
    pieces: tuple[Piece, ...]
    """The piece that begins at each of `starts`."""

    def origin(self, offset: int) -> int:
        """Return the offset in the template that a character of the text comes from."""
        if not self.starts:
            return 0
        index = max(bisect_right(self.starts, offset) - 1, 0)
        piece = self.pieces[index]
        return piece.at + min(offset - self.starts[index], len(piece.text)) if piece.is_verbatim else piece.at

    def put_back(self, value: Node, path: Path = ()) -> Node:
        """Return YAML with each word in a scalar replaced by what it stands for. Raises KeyProblem."""
        if isinstance(value, str):
            return self.word.sub(lambda found: self.values[int(found[1])], value)
        if isinstance(value, Mapping):
            for key in value:
                if self.word.search(key):
                    raise KeyProblem((*path, key))
            return {key: self.put_back(held, (*path, key)) for key, held in value.items()}
        if isinstance(value, Sequence):
            return [self.put_back(held, (*path, index)) for index, held in enumerate(value)]
        return value

    def hidden(self, message: str) -> str:
        """Return a message in which no such word is shown."""
        return self.word.sub("{{…}}", message)


def with_stand_ins(pieces: Sequence[Piece]) -> WithStandIns:
    """Choose words that the template's own text can't have, not by escapes either: no text holds its own hash.

    A value never stands in the text, so that it can't have one, whatever it says.
    """
    own = "\0".join(part for piece in pieces for part in pieces_of(piece.text) if not isinstance(part, Foreign))
    # Text in plain YAML whatever is beside it: no number, no other word, and no escape behind a backslash. It begins with
    # a letter that it has once, so that no part of it and of what stands beside it can look like another.
    name = f"zq{sha256(own.encode('utf-8', 'replace')).hexdigest()[:32]}v"
    out: list[str] = []
    values: list[str] = []
    starts: list[int] = []
    at = 0
    for piece in pieces:
        starts.append(at)
        for part in pieces_of(piece.text):
            if isinstance(part, Foreign):
                out.append(f"{name}{len(values)}j")
                values.append(str(part))
            else:
                out.append(part)
            at += len(out[-1])
    words = re.compile(f"{name}([0-9]+)j")
    return WithStandIns("".join(out), tuple(values), words, tuple(starts), tuple(pieces))
