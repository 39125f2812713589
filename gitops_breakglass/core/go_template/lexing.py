"""The text of a template, cut into its words."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from enum import Enum

from gitops_breakglass.core.go_template.error import error_at

LEFT, RIGHT = "{{", "}}"
_SPACE = " \t\r\n"
_ENDS_WORD = frozenset(f"{_SPACE}.,|:()")
_COMMENT = ("/*", "*/")


class Kind(Enum):
    """Kinds of words."""

    TEXT = "text"
    LEFT = "{{"
    RIGHT = "}}"
    SPACE = "space"
    IDENTIFIER = "identifier"
    FIELD = "field"
    DOT = "."
    VARIABLE = "variable"
    STRING = "string"
    CHARACTER = "character"
    NUMBER = "number"
    MARK = "mark"
    END = "end of the template"


@dataclass(frozen=True)
class Token:
    """A word, and the offset where it begins."""

    kind: Kind
    text: str
    at: int


_WORD = re.compile(r"\w+")
_BLANK = re.compile(r"[ \t\r\n]+")
_STRING = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`')
_CHARACTER = re.compile(r"'(?:[^'\\\n]|\\[^\n])*'")
_NUMBER = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9]+)?)")
_CLOSES = re.compile(r"[ \t\r\n]-\}\}|\}\}")


def tokens(source: str) -> Iterator[Token]:
    """Cut a template; raises TemplateError."""
    at = 0
    trims = False
    while True:
        begin = source.find(LEFT, at)
        text, start = source[at : begin if begin >= 0 else None], at
        if trims:
            text = text.lstrip(_SPACE)
            start = (begin if begin >= 0 else len(source)) - len(text)
        if begin < 0:
            if text:
                yield Token(Kind.TEXT, text, start)
            yield Token(Kind.END, "", len(source))
            return
        inside = begin + len(LEFT)
        if source[inside : inside + 1] == "-" and source[inside + 1 : inside + 2] in (*_SPACE,):
            text = text.rstrip(_SPACE)
            inside += 2
        if text:
            yield Token(Kind.TEXT, text, start)
        if source.startswith(_COMMENT[0], inside):
            at, trims = _after_comment(source, inside)
            continue
        yield Token(Kind.LEFT, LEFT, begin)
        at, trims = yield from _action(source, inside)


def _after_comment(source: str, at: int) -> tuple[int, bool]:
    end = source.find(_COMMENT[1], at)
    if end < 0:
        raise error_at(source, at, "the comment is not closed")
    closes = _CLOSES.match(source, end + len(_COMMENT[1]))
    if closes is None:
        raise error_at(source, end, "a comment stands alone between {{ and }}")
    return closes.end(), closes[0] != RIGHT


def _action(source: str, at: int) -> Generator[Token, None, tuple[int, bool]]:
    """Cut what stands between braces; returns where it ends, and whether the blanks behind it go."""
    while at < len(source):
        if closes := _CLOSES.match(source, at):
            yield Token(Kind.RIGHT, RIGHT, at)
            return closes.end(), closes[0] != RIGHT
        token = _token(source, at)
        yield token
        at += len(token.text)
    raise error_at(source, len(source), "{{ is not closed")


def _token(source: str, at: int) -> Token:
    character = source[at]
    if character in _SPACE:
        blank = _BLANK.match(source, at)
        end = blank.end() if blank else at + 1
        # The blank in front of `-}}` belongs to it.
        return Token(Kind.SPACE, source[at : end - 1 if end - at > 1 and source.startswith("-}}", end) else end], at)
    if character in "\"`'":
        return _quoted(source, at)
    following = source[at + 1 : at + 2]
    if character.isdecimal() or (
        character in "+-." and (following.isdecimal() or (character != "." and following == "."))
    ):
        return _number(source, at)
    if character in ".$":
        return _named(source, at, character)
    if word := _WORD.match(source, at):
        return _ended(source, Token(Kind.IDENTIFIER, word[0], at))
    if source.startswith(":=", at):
        return Token(Kind.MARK, ":=", at)
    if character in "=|(),":
        return Token(Kind.MARK, character, at)
    raise error_at(source, at, f"unexpected {character!r}")


def _quoted(source: str, at: int) -> Token:
    kind, pattern = (Kind.CHARACTER, _CHARACTER) if source[at] == "'" else (Kind.STRING, _STRING)
    if (found := pattern.match(source, at)) is None:
        raise error_at(source, at, f"{source[at]} is not closed")
    return Token(kind, found[0], at)


def _number(source: str, at: int) -> Token:
    found = _NUMBER.match(source, at)
    text = found[0] if found else ""
    if not text or _WORD.match(source, at + len(text)):
        raise error_at(source, at, "this is no number")
    return Token(Kind.NUMBER, text, at)


def _named(source: str, at: int, sign: str) -> Token:
    word = _WORD.match(source, at + 1)
    kind = Kind.VARIABLE if sign == "$" else Kind.FIELD if word else Kind.DOT
    return _ended(source, Token(kind, sign + (word[0] if word else ""), at))


def _ended(source: str, token: Token) -> Token:
    end = token.at + len(token.text)
    if end < len(source) and source[end] not in _ENDS_WORD and not source.startswith(RIGHT, end):
        raise error_at(source, end, f"unexpected {source[end]!r} behind {token.text}")
    return token
