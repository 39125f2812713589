"""References of images: which can be read, and which a template allows."""

import pytest

from gitops_breakglass.core.debug.operations.image import Image, allows, read_image

SHA = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "image"),
    [
        ("busybox", Image("busybox")),
        ("busybox:1.37", Image("busybox", "1.37")),
        ("busybox:Latest_1.2-x", Image("busybox", "Latest_1.2-x")),
        (f"busybox@{SHA}", Image("busybox", "", SHA)),
        (f"busybox:1@{SHA}", Image("busybox", "1", SHA)),
        ("localhost:5000/app", Image("localhost:5000/app")),
        (
            "registry.example.com:5000/a/b__c/d-e.f:1",
            Image("registry.example.com:5000/a/b__c/d-e.f", "1"),
        ),
        ("my-registry/app", Image("my-registry/app")),
        ("a" * 255, Image("a" * 255)),
        ("busybox:" + "1" * 128, Image("busybox", "1" * 128)),
    ],
)
def test_a_reference_is_read_in_its_parts(text, image):
    assert read_image(text) == image


@pytest.mark.parametrize(
    "text",
    [
        "",
        " busybox",
        "busybox ",
        "busy box",
        "busybox\n",
        "busybox\x00",
        "busybox\x7f",
        "büsybox",
        "busybox:1\u2028",
        "busybоx",  # noqa: RUF001 - that this looks like another letter is the point
        "https://busybox",
        "docker://busybox:1",
        "file:///etc/passwd",
        "../busybox",
        "registry.example.com/../busybox",
        "a..b/c",
        "/busybox",
        "busybox/",
        "a//b",
        "Busybox",
        "REGISTRY.example.com/app",
        "registry.example.com/App",
        "registry.example.com/a:b/c:1",
        "busybox:",
        "busybox:-1",
        "busybox:" + "1" * 129,
        "busybox@",
        "busybox@sha256:abc",
        f"busybox@{SHA.upper()}",
        f"busybox@{SHA}0",
        f"busybox@{SHA}@{SHA}",
        "busybox@md5:0123456789abcdef0123456789abcdef",
        f"@{SHA}",
        "a" * 256,
        "0123456789abcdef" * 4,
        "registry.example.com:port/app",
        "registry.example.com:123456/app",
        "-registry/app",
        "a___b",
        "a_-b",
        "{{ .image }}",
        "busybox:1, privileged: true",
        "$(IMAGE)",
        "user:password@registry.example.com/app",
    ],
)
def test_what_is_no_reference_is_refused_with_what_is_wrong_and_allowed_by_nothing(text):
    with pytest.raises(ValueError, match=r"^(it|64)"):
        read_image(text)
    assert not allows(("*", "*/*", "*/*/*", text), text)


@pytest.mark.parametrize(
    ("pattern", "text", "answer"),
    [
        ("busybox:*", "busybox:1.37", True),
        ("busybox:*", "busybox", False),
        ("busybox:*", f"busybox:1@{SHA}", True),
        ("busybox", "busybox:1.37", False),
        ("*", "busybox:1.37", True),
        ("*", "evil.example.com/busybox:1.37", False),
        ("registry.example.com/*", "registry.example.com/shell:1", True),
        ("registry.example.com/*", "registry.example.com/tools/shell:1", False),
        ("registry.example.com/?/shell:*", "registry.example.com/a/shell:1", True),
        ("registry.example.com/[ab]/shell:*", "registry.example.com/c/shell:1", False),
        ("busybox@sha256:*", f"busybox@{SHA}", True),
        ("busybox@sha256:*", f"busybox:1@{SHA}", True),
        ("busybox@sha256:*", "busybox:1", False),
        ("busybox@sha256:*", "busybox@sha512:" + "ab" * 64, False),
        ("busybox@sha256:*", f"evil/busybox@{SHA}", False),
        ("busy*@sha256:*", f"busybox@{SHA}", True),
        ("[", "busybox", False),
        ("busybox\\", "busybox", False),
    ],
)
def test_a_pattern_allows_what_upstream_s_would(pattern, text, answer):
    assert allows((pattern,), text) is answer


def test_no_patterns_allow_nothing():
    assert not allows((), "busybox:1.37")
