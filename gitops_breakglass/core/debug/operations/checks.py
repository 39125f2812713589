"""What is refused of an operation by the file and its template alone, by the id of the rule that tells it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import TypeAlias

from gitops_breakglass.core.debug.operations.asked import Asked, Refusal
from gitops_breakglass.core.debug.operations.image import allows, read_image
from gitops_breakglass.core.debug.operations.places import ELSEWHERE, place_problem
from gitops_breakglass.model.kube import NAMESPACE
from gitops_breakglass.model.request import EphemeralContainer, NodeDebug, PodCopy
from gitops_breakglass.model.window import print_duration

Check: TypeAlias = Callable[[Asked], Iterator[Refusal]]
_SHOWN = 60
"""Characters of a reference that a message shows."""


def enabled(asked: Asked) -> Iterator[Refusal]:
    """Refuse an operation that the template has not switched on."""
    terms = asked.terms
    on = {EphemeralContainer: terms.ephemeral.enabled, PodCopy: terms.copy.enabled, NodeDebug: terms.node.enabled}
    if not on[type(asked.operation)]:
        message = f"the template {asked.request.template} does not enable {asked.field}"
        yield Refusal(message, "choose a template that does, or leave the operation out")


def once(asked: Asked) -> Iterator[Refusal]:
    """Refuse an operation that stands in the file before."""
    first = asked.request.operations.index(asked.operation)
    if first < asked.index:
        yield Refusal(f"this is operation {first} once more", "ask for each operation once")


def namespace(asked: Asked) -> Iterator[Refusal]:
    """Refuse a namespace by its name; what takes its labels is judged where they are known."""
    operation, places = asked.operation, asked.places
    if isinstance(operation, NodeDebug) or places is None:
        return
    if (problem := place_problem(places, operation.namespace, None)) is not None:
        yield Refusal(problem, ELSEWHERE, ("namespace",))
    if isinstance(operation, PodCopy) and asked.terms.copy.target == NAMESPACE:
        message = f"the template puts copies into {NAMESPACE}, which no session reaches into"
        yield Refusal(message, "another targetNamespace in the template")


def reference(asked: Asked) -> Iterator[Refusal]:
    """Refuse what is no reference of an image."""
    text = asked.operation.image
    if text:
        try:
            read_image(text)
        except ValueError as error:
            yield Refusal(f"{_shown(text)}: {error}", "write it as registry/path:tag, or with its digest", ("image",))


def image(asked: Asked) -> Iterator[Refusal]:
    """Refuse an image that the template does not allow, and a missing one where one is needed."""
    operation, images = asked.operation, asked.images
    text = operation.image
    if not text:
        if isinstance(operation, NodeDebug) and not asked.terms.node.default_image:
            yield Refusal("the template has only patterns of images", f"name one: {_listed(images)}")
        if isinstance(operation, PodCopy) and operation.command:
            yield Refusal("without an image nothing runs the command", "name the image too", ("command",))
        return
    if not _is_reference(text) or allows(images, text):
        return
    hint = f"one of {_listed(images)}" if images else "the template has to name them in allowedImages"
    yield Refusal(f"the template does not allow the image {_shown(text)}", hint, ("image",))


def digest(asked: Asked) -> Iterator[Refusal]:
    """Refuse an image of an ephemeral container without its digest, where the template asks for it."""
    text = asked.operation.image
    if not isinstance(asked.operation, EphemeralContainer) or not asked.terms.ephemeral.by_digest:
        return
    if _is_reference(text) and not read_image(text).digest:
        message = f"the template asks for images by digest, and {_shown(text)} has none"
        yield Refusal(message, "add `@sha256:…` of the image that is meant", ("image",))


def capabilities(asked: Asked) -> Iterator[Refusal]:
    """Refuse each capability that the template does not name."""
    if isinstance(asked.operation, EphemeralContainer):
        allowed = asked.terms.ephemeral.capabilities
        hint = f"the template allows {', '.join(sorted(allowed)) or 'none'}"
        for index, each in enumerate(asked.operation.capabilities):
            if each not in allowed:
                yield Refusal(f"the template does not allow capability {each}", hint, ("capabilities", index))


def privileged(asked: Asked) -> Iterator[Refusal]:
    """Refuse a privileged ephemeral container, unless the template allows it."""
    operation = asked.operation
    if isinstance(operation, EphemeralContainer) and operation.privileged and not asked.terms.ephemeral.privileged:
        yield Refusal("the template allows no privileged containers", "leave `privileged` out", ("privileged",))


def non_root(asked: Asked) -> Iterator[Refusal]:
    """Refuse what says that it runs as root, where the template asks for the contrary."""
    operation = asked.operation
    if not isinstance(operation, EphemeralContainer) or not asked.terms.ephemeral.non_root:
        return
    if operation.run_as_non_root is False:
        yield Refusal("the template lets no container run as root", "leave `runAsNonRoot` out", ("runAsNonRoot",))
    if operation.run_as_user == 0:
        yield Refusal("the template lets no container run as root, and 0 is root", "another user", ("runAsUser",))


def ttl(asked: Asked) -> Iterator[Refusal]:
    """Refuse a copy that would be there for longer than the template lets copies, or than the session."""
    operation = asked.operation
    if not isinstance(operation, PodCopy) or operation.ttl is None:
        return
    longest: Mapping[str, timedelta | None] = {
        "the template lets copies stay for": asked.terms.copy.ttl,
        "the session is over after": asked.request.duration,
    }
    for words, bound in longest.items():
        if bound is not None and operation.ttl > bound:
            message = f"the copy asks for {print_duration(operation.ttl)}, and {words} {print_duration(bound)}"
            yield Refusal(message, f"{print_duration(bound)} or less", ("ttl",))


def kept(asked: Asked) -> Iterator[Refusal]:
    """Refuse to keep what is not there where the copy lies: another namespace has other service accounts and Secrets."""
    operation, target = asked.operation, asked.terms.copy.target
    if not isinstance(operation, PodCopy) or operation.namespace == target:
        return
    wanted = {"keepServiceAccountToken": operation.keep_token, "keepSecrets": operation.keep_secrets}
    for field, is_on in wanted.items():
        if is_on:
            message = f"the copy lies in {target}, where what {field} is to keep of {operation.namespace} is not there"
            yield Refusal(message, "leave it out, or choose a template that copies within the namespace", (field,))


CHECKS: Mapping[str, Check] = {
    "operation-not-enabled": enabled,
    "operation-twice": once,
    "operation-namespace": namespace,
    "image-reference": reference,
    "operation-image": image,
    "image-digest": digest,
    "capability-not-allowed": capabilities,
    "privileged-not-allowed": privileged,
    "root-not-allowed": non_root,
    "copy-ttl": ttl,
    "copy-keeps": kept,
}
"""Every check, by the id of its rule."""


def _is_reference(text: str) -> bool:
    try:
        read_image(text)
    except ValueError:
        return False
    return True


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def _listed(images: tuple[str, ...]) -> str:
    return ", ".join(images[:5]) + (", …" if len(images) > 5 else "")
