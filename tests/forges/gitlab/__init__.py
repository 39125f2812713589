"""An honest fake of GitLab: real HTTP, a real bare repository, state that only verbs of people change.

    with GitlabWorld(tmp_path, tier="free") as world:
        for name in ("alice", "ben"):
            world.account(name)
            world.add_member(None, name)
        world.push("alice", "breakglass/inc-1", {"requests/prod/inc-1.yaml": "…"})
        iid = world.open_mr("alice", "breakglass/inc-1", "Access for inc-1")
        world.approve("ben", iid)
        landing = world.merge("root", iid)
        gitlab.Gitlab(world.url, private_token=world.token("project")).projects.get(world.project_id)

What it can't show is said in `schemas/` (fields) and `permissions.py` (roles, marked [K]).
"""

from tests.forges.gitlab.state import DEVELOPER, GUEST, MAINTAINER, OWNER, REPORTER, Refused
from tests.forges.gitlab.world import GitlabWorld

__all__ = ["DEVELOPER", "GUEST", "MAINTAINER", "OWNER", "REPORTER", "GitlabWorld", "Refused"]
