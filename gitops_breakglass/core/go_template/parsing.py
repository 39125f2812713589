"""Templates, read from their text."""

from __future__ import annotations

from dataclasses import dataclass

from gitops_breakglass.core.go_template.error import TemplateError, ValueProblem, error_at
from gitops_breakglass.core.go_template.functions import CHOOSING, STANDARD
from gitops_breakglass.core.go_template.lexing import Kind, Token, tokens
from gitops_breakglass.core.go_template.library import Library
from gitops_breakglass.core.go_template.literals import character_of, number_of, text_of
from gitops_breakglass.core.go_template.nodes import (
    Block,
    Chain,
    Command,
    Control,
    Dot,
    Field,
    Function,
    Leave,
    Literal,
    Nil,
    Node,
    Operand,
    Pipe,
    Show,
    Text,
    Variable,
)

DEEPEST = 100
"""How many blocks and parentheses may stand in each other."""
LONGEST = 16_384
"""Characters of a template."""
_CONTROLS = {control.value: control for control in Control}
_KEYWORDS = frozenset({*_CONTROLS, "else", "end", "break", "continue", "define", "template", "block"})
_NOT_RUN = (Literal, Dot, Nil)


@dataclass(frozen=True)
class Template:
    """A template that was read, the text that it was read from, and the functions that it may call."""

    source: str
    nodes: tuple[Node, ...]
    library: Library


def parse(source: str, library: Library = STANDARD, *, longest: int = LONGEST) -> Template:
    """Read a template that may call functions of a library; raises TemplateError with the place of what is wrong."""
    if len(source) > longest:
        raise TemplateError(f"a template has at most {longest} characters", 1, 1)
    return Template(source, _Parser(source, library).whole(), library)


class _Parser:
    def __init__(self, source: str, library: Library) -> None:
        self.source = source
        self.library = library
        self.tokens = tuple(tokens(source))
        self.next = 0
        self.depth = 0
        self.loops = 0
        self.known = ["$"]

    def whole(self) -> tuple[Node, ...]:
        nodes, ended = self._nodes()
        if ended.kind is not Kind.END:
            raise self._error(ended, f"{{{{{ended.text}}}}} ends nothing")
        return nodes

    def _nodes(self) -> tuple[tuple[Node, ...], Token]:
        """Read up to `else`, `end` or the end of the template; returns the word that it ended at."""
        found: list[Node] = []
        while True:
            token = self._take()
            if token.kind is Kind.TEXT:
                found.append(Text(token.text, token.at))
            elif token.kind is Kind.END:
                return tuple(found), token
            else:
                word = self._past_blanks()
                if word.kind is not Kind.IDENTIFIER or word.text not in _KEYWORDS:
                    found.append(Show(self._pipe("a command")))
                    continue
                self.next += 1
                if word.text in {"else", "end"}:
                    return tuple(found), word
                found.append(self._statement(word))

    def _statement(self, word: Token) -> Node:
        if word.text in _CONTROLS:
            return self._block(_CONTROLS[word.text], word)
        if word.text in {"break", "continue"}:
            if not self.loops:
                raise self._error(word, f"{word.text} stands in no range")
            self._close()
            return Leave(goes_on=word.text == "continue")
        raise self._error(word, f"{word.text} is not supported")

    def _block(self, control: Control, word: Token) -> Block:
        self._deeper(word)
        known = len(self.known)
        pipe = self._pipe(control.value, is_range=control is Control.RANGE)
        self.loops += control is Control.RANGE
        body, ended = self._nodes()
        self.loops -= control is Control.RANGE
        otherwise: tuple[Node, ...] = ()
        if ended.text == "else":
            again = self._past_blanks()
            if control is not Control.RANGE and again.kind is Kind.IDENTIFIER and again.text == control.value:
                self.next += 1
                # One `end` is enough for both.
                otherwise = (self._block(control, again),)
            else:
                self._close()
                otherwise, ended = self._nodes()
                self._end(ended, word)
        else:
            self._end(ended, word)
        del self.known[known:]
        self.depth -= 1
        return Block(control, pipe, body, otherwise)

    def _end(self, ended: Token, word: Token) -> None:
        if ended.kind is Kind.END or ended.text != "end":
            raise self._error(word, f"{word.text} has no {{{{end}}}}")
        self._close()

    def _close(self) -> None:
        token = self._past_blanks()
        if token.kind is not Kind.RIGHT:
            raise self._unexpected(token)
        self.next += 1

    def _pipe(self, where: str, *, is_range: bool = False, closes: str = "}}") -> Pipe:
        begin = self._past_blanks()
        names, assigns = self._declared(is_range=is_range)
        commands: list[Command] = []
        while True:
            token = self._past_blanks()
            if token.text == closes and token.kind in {Kind.RIGHT, Kind.MARK}:
                self.next += 1
                break
            commands.append(self._command())
        if not commands:
            raise self._error(begin, f"{where} has no value")
        for command in commands[1:]:
            if isinstance(command.operands[0], _NOT_RUN):
                raise error_at(self.source, command.operands[0].at, "a value stands where a function has to")
        return Pipe(begin.at, tuple(commands), names, assigns)

    def _declared(self, *, is_range: bool) -> tuple[tuple[str, ...], bool]:
        names: list[str] = []
        while (token := self._past_blanks()).kind is Kind.VARIABLE:
            before = self.next
            self.next += 1
            mark = self._past_blanks()
            if mark.kind is not Kind.MARK or mark.text not in {"=", ":=", ","}:
                if names:
                    raise self._unexpected(mark)
                self.next = before
                break
            self.next += 1
            names.append(token.text)
            self.known.append(token.text)
            if mark.text != ",":
                return tuple(names), mark.text == "="
            if not is_range or len(names) > 1 or self._past_blanks().kind is not Kind.VARIABLE:
                raise self._error(token, "too many variables")
        return tuple(names), False

    def _command(self) -> Command:
        operands: list[Operand] = []
        while True:
            self._past_blanks()
            if (operand := self._operand()) is not None:
                operands.append(operand)
            token = self.tokens[self.next]
            if token.kind is Kind.SPACE:
                self.next += 1
                continue
            if token.kind is Kind.RIGHT or (token.kind is Kind.MARK and token.text in {"|", ")"}):
                self.next += token.text == "|"
                break
            raise self._unexpected(token)
        if not operands:
            raise self._error(token, "a command is empty")
        return Command(tuple(operands))

    def _operand(self) -> Operand | None:
        term = self._term()
        if term is None or self.tokens[self.next].kind is not Kind.FIELD:
            return term
        begin, fields = self.tokens[self.next], []
        while (token := self.tokens[self.next]).kind is Kind.FIELD:
            fields.append(token.text[1:])
            self.next += 1
        if isinstance(term, Field):
            return Field(term.at, (*term.names, *fields))
        if isinstance(term, Variable):
            return Variable(term.at, term.name, tuple(fields))
        if isinstance(term, _NOT_RUN):
            raise self._unexpected(begin)
        return Chain(term.at, term, tuple(fields))

    def _term(self) -> Operand | None:
        token = self._take()
        try:
            match token.kind:
                case Kind.DOT:
                    return Dot(token.at)
                case Kind.FIELD:
                    return Field(token.at, (token.text[1:],))
                case Kind.VARIABLE if token.text in self.known:
                    return Variable(token.at, token.text)
                case Kind.VARIABLE:
                    raise self._error(token, f"there is no variable {token.text}")
                case Kind.STRING:
                    return Literal(token.at, text_of(token.text))
                case Kind.CHARACTER:
                    return Literal(token.at, character_of(token.text))
                case Kind.NUMBER:
                    return Literal(token.at, number_of(token.text))
                case Kind.IDENTIFIER:
                    return self._named(token)
                case Kind.MARK if token.text == "(":
                    self._deeper(token)
                    pipe = self._pipe("a parenthesis", closes=")")
                    self.depth -= 1
                    return pipe
        except ValueProblem as problem:
            raise self._error(token, str(problem)) from None
        self.next -= 1
        return None

    def _named(self, token: Token) -> Operand:
        match token.text:
            case "true" | "false":
                return Literal(token.at, token.text == "true")
            case "nil":
                return Nil(token.at)
            case name if name in self.library.functions or name in CHOOSING:
                return Function(token.at, name)
        if why := self.library.withheld.get(token.text):
            raise self._error(token, f"the function {token.text} is not offered: {why}")
        raise self._error(token, f"there is no function {token.text}")

    def _deeper(self, token: Token) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._error(token, f"more than {DEEPEST} blocks and parentheses stand in each other")

    def _take(self) -> Token:
        token = self.tokens[self.next]
        self.next += 1
        return token

    def _past_blanks(self) -> Token:
        while self.tokens[self.next].kind is Kind.SPACE:
            self.next += 1
        return self.tokens[self.next]

    def _unexpected(self, token: Token) -> TemplateError:
        return self._error(token, f"unexpected {token.text or token.kind.value}")

    def _error(self, token: Token, message: str) -> TemplateError:
        return error_at(self.source, token.at, message)
