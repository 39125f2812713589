"""One operation of a request beside what its template says of such operations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gitops_breakglass.core.debug.operations.terms import OperationTerms, Places
from gitops_breakglass.core.read.debug_operations import COPY, EPHEMERAL, NODE, OPERATIONS
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.request import DebugRequest, EphemeralContainer, NodeDebug, Operation, PodCopy

_FIELD = {EphemeralContainer: EPHEMERAL, PodCopy: COPY, NodeDebug: NODE}


@dataclass(frozen=True)
class Refusal:
    """Why an operation is refused; `path` leads from the operation's own mapping to what has to change."""

    message: str
    hint: str
    path: Path = ()


@dataclass(frozen=True)
class Asked:
    """One operation: the `index`-th of its request."""

    request: DebugRequest
    index: int
    operation: Operation
    terms: OperationTerms

    @property
    def field(self) -> str:
        """What the operation is called in the file."""
        return _FIELD[type(self.operation)]

    @property
    def places(self) -> Places | None:
        """Where the template lets it be done; None for what is done in no namespace."""
        match self.operation:
            case EphemeralContainer():
                return self.terms.ephemeral.places
            case PodCopy():
                return self.terms.copy.places
            case NodeDebug():
                return None

    @property
    def images(self) -> tuple[str, ...]:
        """The images that the template allows for it."""
        match self.operation:
            case EphemeralContainer():
                return self.terms.ephemeral.images
            case PodCopy():
                return self.terms.copy.images
            case NodeDebug():
                return self.terms.node.images

    def at(self, *path: str | int) -> Location:
        """The place of a value of the operation in its file."""
        return self.request.document.at(*OPERATIONS, self.index, self.field, *path)


def asked_of(request: DebugRequest, terms: OperationTerms) -> Iterator[Asked]:
    """Go through the operations of a request."""
    for index, operation in enumerate(request.operations):
        yield Asked(request, index, operation, terms)
