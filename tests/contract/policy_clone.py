"""A repository with a policy side, its clones, and what its reader tells of requests."""

from tests.git.world import World, path_of

INC = path_of("prod/inc-1")


def policy_world(folder):
    world = World(folder)
    world.policy({"breakglass.yaml": "a: 1\n", "policies/view.yaml": "b: 2\n"})
    return world


def statuses(world):
    return [(touch.path, touch.status) for touch in world.repository().touches(world.tip)]


def clone(world, *options):
    there = world.root / "clone"
    world.git("clone", "--quiet", *options, world.path.as_uri(), str(there))
    return there
