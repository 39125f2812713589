"""What was said before is said again only where it is certain, and nobody else can have written it."""

import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gitops_breakglass.adapters.program import program_digest
from gitops_breakglass.adapters.verdict_cache import (
    MOST_REPOSITORIES,
    NotUsedError,
    VerdictCache,
    cache_file,
    cache_home,
)
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.verdict import Verdict

PATH = "requests/a/b.yaml"
FOUND = (Finding("schema", "is wrong", Location(PATH, 3, 1), Severity.WARNING, "write it right"),)
SAID = Verdict(FOUND)
WRITTEN = datetime(2026, 5, 1, 9, tzinfo=UTC)
LATER = WRITTEN + timedelta(seconds=3)


class Files:
    """Files in memory that count how often they are read."""

    def __init__(self, **stamps):
        self.content, self.stamps, self.reads = {PATH: b"one"}, {PATH: "s1"}, 0

    def __getitem__(self, path):
        self.reads += 1
        return self.content[path]

    def stamp(self, path):
        return self.stamps[path], int(WRITTEN.timestamp() * 1e9)


@pytest.fixture
def files():
    return Files()


@pytest.fixture
def opened(tmp_path, files):
    def open_it(*, policy="p1", program="g1", now=LATER):
        cache = VerdictCache(tmp_path / "cache.json", files, program=program, now=now)
        return cache, cache.about_policy(policy)

    return open_it


def digest(content):
    return hashlib.sha256(content).hexdigest()


def kept(opened, files, verdict=SAID, **options):
    """Judge once and store it."""
    cache, _ = opened(**options)
    assert cache.recall(PATH) is None
    cache.remember("", "p1", Verdict((), 14))
    cache.remember(PATH, digest(files.content[PATH]), verdict)
    cache.close()
    files.reads = 0


def test_the_same_is_said_again_without_reading_the_file(opened, files):
    kept(opened, files)
    cache, policy = opened()
    assert (cache.recall(PATH), policy, files.reads) == (Verdict(FOUND), Verdict((), 14), 0)


def test_a_file_that_was_written_is_read_and_the_same_content_is_the_same(opened, files):
    kept(opened, files)
    files.stamps[PATH] = "s2"
    cache, _ = opened()
    assert (cache.recall(PATH), files.reads) == (Verdict(FOUND), 1)
    cache.close()
    again, _ = opened()
    assert (again.recall(PATH), files.reads) == (Verdict(FOUND), 1)


def test_other_content_is_judged_anew(opened, files):
    kept(opened, files)
    files.stamps[PATH], files.content[PATH] = "s2", b"two"
    assert opened()[0].recall(PATH) is None


@pytest.mark.parametrize("seconds", [-3600, 0, 1])
def test_what_was_written_about_when_it_was_judged_is_read_again_whatever_its_stamp_says(opened, files, seconds):
    kept(opened, files, now=WRITTEN + timedelta(seconds=seconds))
    files.content[PATH] = b"two"
    assert opened()[0].recall(PATH) is None


@pytest.mark.parametrize("change", [{"policy": "p2"}, {"program": "g2"}])
def test_another_policy_side_or_program_forgets_everything(opened, files, change):
    kept(opened, files)
    cache, policy = opened(**change)
    assert (cache.recall(PATH), policy) == (None, None)
    cache.remember("", change.get("policy", "p1"), Verdict())
    cache.close()
    assert opened()[0].recall(PATH) is None


def test_what_rests_on_the_machine_is_not_kept(opened, files):
    kept(opened, files, Verdict(FOUND, lasting=False))
    assert opened()[0].recall(PATH) is None


def test_what_can_not_be_read_back_the_same_is_not_kept(opened, files):
    elsewhere = Finding("schema", "is wrong", Location("requests/a/c.yaml"))
    kept(opened, files, Verdict((elsewhere,)))
    assert opened()[0].recall(PATH) is None


def rewritten(path, change):
    """What somebody makes of the stored verdicts who can also write the checksum."""
    stored = json.loads(path.read_bytes().partition(b"\n")[2])
    body = json.dumps(change(stored)).encode()
    path.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)


def entry(value):
    return lambda stored: {**stored, "verdicts": {PATH: value}}


ENTRY = [digest(b"one"), "s1", 1]
FINDING = {"rule": "r", "message": "m", "location": [PATH, 1, 1], "severity": "error", "hint": None, "refuses": False}


@pytest.mark.parametrize(
    "change",
    [
        lambda _: [],
        lambda _: 1,
        lambda stored: {**stored, "format": 2},
        lambda stored: {**stored, "verdicts": []},
        entry(None),
        entry([]),
        entry([*ENTRY, None]),
        entry([*ENTRY[:2], True, []]),
        entry([*ENTRY, ["x"]]),
        entry([*ENTRY, [{}]]),
        entry([*ENTRY, [{**FINDING, "location": ["/etc/passwd", 1, 1]}]]),
        entry([*ENTRY, [{**FINDING, "location": [PATH, "1", 1]}]]),
        entry([*ENTRY, [{**FINDING, "severity": "fine"}]]),
        entry([*ENTRY, [{**FINDING, "rule": ["r"]}]]),
        entry([*ENTRY, [{**FINDING, "other": 1}]]),
    ],
)
def test_what_is_not_in_our_form_is_thrown_away(opened, files, tmp_path, change):
    kept(opened, files)
    rewritten(tmp_path / "cache.json", change)
    cache, _ = opened()
    assert cache.recall(PATH) is None
    cache.remember(PATH, digest(b"one"), Verdict(FOUND))
    cache.close()
    assert opened()[0].recall(PATH) == Verdict(FOUND)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-1],
        lambda text: text.replace(b"is wrong", b"is right"),
        lambda _: b"",
        lambda _: b"[" * 99999,
    ],
)
def test_a_damaged_file_is_thrown_away(opened, files, tmp_path, damage):
    kept(opened, files)
    file = tmp_path / "cache.json"
    file.write_bytes(damage(file.read_bytes()))
    assert opened()[0].recall(PATH) is None


def test_a_file_that_others_may_write_to_is_not_read(opened, files, tmp_path):
    kept(opened, files)
    (tmp_path / "cache.json").chmod(0o666)
    assert opened()[0].recall(PATH) is None


def test_a_link_in_place_of_the_file_is_not_followed(opened, files, tmp_path):
    kept(opened, files)
    (tmp_path / "cache.json").rename(tmp_path / "other.json")
    (tmp_path / "cache.json").symlink_to(tmp_path / "other.json")
    assert opened()[0].recall(PATH) is None


def test_the_folder_is_the_users_own(tmp_path):
    root = tmp_path / "repo"
    root.mkdir()
    file = cache_file(root, tmp_path / "home")
    assert file.parent == tmp_path / "home" / "gitops-breakglass" / "check"
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert cache_file(root, tmp_path / "home") == file != cache_file(tmp_path / "other", tmp_path / "home")


def test_a_folder_that_others_may_enter_is_refused(tmp_path):
    place = tmp_path / "home" / "gitops-breakglass" / "check"
    place.mkdir(parents=True, mode=0o755)
    place.chmod(0o755)
    with pytest.raises(NotUsedError, match="mode 0700"):
        cache_file(tmp_path / "repo", tmp_path / "home")


def test_a_link_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "home" / "gitops-breakglass").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "home" / "gitops-breakglass" / "check").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotUsedError):
        cache_file(tmp_path / "repo", tmp_path / "home")


@pytest.mark.parametrize("root", ["repo", "repo/access"])
def test_a_folder_in_the_checkout_is_refused(tmp_path, root):
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "repo")
    for home in (tmp_path / "repo" / "cache", tmp_path / "link"):
        with pytest.raises(NotUsedError, match="in the repository"):
            cache_file(tmp_path / root, home)


def test_the_oldest_repositories_are_forgotten(opened, files, tmp_path):
    for number in range(MOST_REPOSITORIES + 5):
        (tmp_path / f"{number}.json").write_text("old")
        os.utime(tmp_path / f"{number}.json", (number, number))
    kept(opened, files)
    assert len(list(tmp_path.iterdir())) == MOST_REPOSITORIES
    assert opened()[0].recall(PATH) == Verdict(FOUND)


def test_another_version_of_the_code_a_schema_or_a_policy_is_another_program(tmp_path):
    package = tmp_path / "package"
    for name in ("a.py", "_data/schemas/b.json", "_data/policies/c.yaml"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text("one")
    seen = {program_digest(package), program_digest(package)}
    assert len(seen) == 1
    for name in ("a.py", "_data/schemas/b.json", "_data/policies/c.yaml"):
        (package / name).write_text("two")
        seen.add(program_digest(package))
    (package / "d.py").write_text("")
    assert len({*seen, program_digest(package)}) == 5


def test_the_cache_lies_where_the_user_has_caches():
    wanted = os.environ.get("XDG_CACHE_HOME", "")
    assert cache_home() == (Path(wanted) if wanted.startswith("/") else Path.home() / ".cache")
