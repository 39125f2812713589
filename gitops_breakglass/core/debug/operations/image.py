"""References of container images: whether one can be read, and whether a template allows it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gitops_breakglass.core.glob import SPECIAL, matches

LONGEST = 255
"""Characters of a whole reference. The distribution specification bounds the name alone by as many."""
_BY_DIGEST = "@sha256:*"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
_REFERENCE = re.compile(
    rf"(?P<name>(?:{_HOST}(?::[0-9]{{1,5}})?/)?{_PART}(?:/{_PART})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}))?",
    re.ASCII,
)
"""The grammar of the distribution specification, without capitals in host names and without addresses in brackets."""
_ID = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class Image:
    """A reference in its parts; `name` is everything before tag and digest."""

    name: str
    tag: str = ""
    digest: str = ""


def read_image(text: str) -> Image:
    """Read a reference such as `registry.example.com:5000/tools/shell:1.2@sha256:…`.

    Raises ValueError with what is wrong, for people.
    """
    if (wrong := _wrong(text)) is not None:
        raise ValueError(wrong)
    found = _REFERENCE.fullmatch(text)
    if found is None:
        msg = "it is no reference of an image: [registry[:port]/]path[:tag][@digest]"
        raise ValueError(msg)
    if _ID.fullmatch(found["name"]):
        msg = "64 hexadecimal digits are the id of an image, not its name"
        raise ValueError(msg)
    return Image(found["name"], found["tag"] or "", found["digest"] or "")


def allows(patterns: tuple[str, ...], text: str) -> bool:
    """Whether a pattern matches a reference as upstream matches it: `*` stops at a slash, `NAME@sha256:*` is any digest.

    What can't be read is allowed by nothing, and so is everything where there are no patterns.
    """
    try:
        image = read_image(text)
    except ValueError:
        return False
    return any(_matches(pattern, text, image) for pattern in patterns)


def is_pattern(text: str) -> bool:
    """Whether an entry of a list of images stands for more than one."""
    return bool(SPECIAL & set(text))


def _matches(pattern: str, text: str, image: Image) -> bool:
    name = pattern.removesuffix(_BY_DIGEST)
    if name != pattern and not is_pattern(name):
        # Beside a digest a tag chooses nothing.
        return image.name == name and image.digest.startswith("sha256:")
    try:
        return matches(pattern, text)
    except ValueError:
        return False


def _wrong(text: str) -> str | None:
    """Say what is wrong with a text that people would not see in it, or that another reader would pass over."""
    if len(text) > LONGEST:
        return f"it has {len(text)} characters, and {LONGEST} are the most"
    if any(not "!" <= character <= "~" for character in text):
        return "it has a space, a control character or one beyond ASCII"
    if "://" in text:
        return "it begins as an address does; leave out everything before the registry"
    if text.count("@") > 1:
        return "it has several `@`; a digest is given once"
    if ".." in text:
        return "it has `..`, and no path of a registry has"
    before_tag = text.partition("@")[0]
    head, slash, last = before_tag.rpartition("/")
    if any("A" <= character <= "Z" for character in f"{head}{slash}{last.partition(':')[0]}"):
        return "it has capitals in its registry or path; they are all small letters"
    return None
