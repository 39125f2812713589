"""What the local forge tells of the request that its tests are about."""

from datetime import UTC, datetime

from gitops_breakglass.model.change import FileChange
from tests.git.world import branch_of, path_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WHAT = "prod/inc-1"
INC = path_of(WHAT)
BRANCH = branch_of(WHAT)
TAG = "breakglass/approve/prod/inc-1/ben"


def landed(world, path=INC, sights=None):
    """The change that brought `path` when it was last added."""
    forge = world.forge()
    touches = [each for each in forge.repository.touches(world.tip) if each.path == path and each.status == "A"][:1]
    return forge.landed(touches, tip=world.tip, sights=sights or {}, now=NOW)[path]


def proposed(world, branch=BRANCH, sights=None):
    return world.forge().proposed(branch, tip=world.tip, sights=sights or {}, now=NOW)


def landed_policy(world, since):
    forge = world.forge()
    step = forge.repository.policy_line(world.tip, since)[-1]
    return forge.landed_policy(step, tip=world.tip, sights={}, now=NOW)


def files(*pairs):
    return tuple(FileChange(path, status) for status, path in pairs)


def reviews(world):
    return [(review.account, review.problem) for review in proposed(world).reviews]
