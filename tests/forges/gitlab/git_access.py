"""Git over HTTP of the fake GitLab: who may fetch, who may push what, and what a push sets going."""

import re

from tests.forges.gitlab.state import DEVELOPER, REPORTER, Refused
from tests.forges.plumbing import Answer, git_over_http

PATH = re.compile(r"/(.+)\.git/(info/refs|git-upload-pack|git-receive-pack)")
# doc/security/tokens/_index.md, scopes: the API's read scope lets nobody fetch.
FETCH = {"read_repository", "write_repository", "api"}
PUSH = {"write_repository", "api"}
NOTHING = "0" * 40


def answer(world, request):
    """The answer of `git http-backend`, or a refusal; None where the path is none of git's."""
    match = PATH.fullmatch(request.path)
    if match is None:
        return None
    service = request.one("service") or match[2]
    pushing = service == "git-receive-pack"
    try:
        project = world.find_project(match[1])
        user, token = let_in(world, request)
        may(world, project, user, token, pushing=pushing)
    except Refused as no:
        headers = {"WWW-Authenticate": 'Basic realm="GitLab"'} if no.status == 401 else {}
        return Answer(no.status, str(no).encode(), {"Content-Type": "text/plain", **headers})
    path = f"{project.full_path}.git/{match[2]}"
    if match[2] != "git-receive-pack":
        return git_over_http(request, path, world.root, user=user.username if user else None, may_push=pushing)
    return push(world, request, project, user, path)


def let_in(world, request):
    """(user, token), (None, None) for nobody. A job's token comes with the name `gitlab-ci-token`."""
    if request.secret is None:
        return None, None
    token = world.tokens.get(request.secret)
    if token is None or token.revoked or token.user.state != "active":
        raise Refused(401, "HTTP Basic: Access denied. If a password was provided, it was incorrect or expired.")
    return token.user, token


def may(world, project, user, token, *, pushing):
    level = world.level(user, project)
    if user is None and (project.visibility != "public" or pushing):
        raise Refused(401, "HTTP Basic: Access denied.")
    if level == 0 and project.visibility == "private":
        raise Refused(
            404, "The project you were looking for could not be found or you don't have permission to view it."
        )
    if user is None:
        return
    # A job may fetch its own project, and pushes only where a setting allows it, which is off.
    scopes = {"read_repository"} if token.kind == "job" and token.source is project else set(token.scopes)
    if not pushing and (not scopes & FETCH or (level < REPORTER and project.visibility == "private")):
        raise Refused(403, "remote: You are not allowed to download code from this project.")
    if pushing and (not scopes & PUSH or level < DEVELOPER):
        raise Refused(403, "remote: You are not allowed to push code to this project.")


def push(world, request, project, user, path):
    """Let the hook judge each branch, let git do it, and then do what GitLab does after a push."""
    wanted = list(commands(request.body))
    for _, new, ref in wanted:
        try:
            if not ref.startswith("refs/heads/"):
                raise Refused(403, "GitLab: deny updating a hidden ref")
            branch = ref.removeprefix("refs/heads/")
            world.may_push(user, project, branch)
            if project.push_rules:
                raise Refused(403, "push rules are not modelled for git over HTTP: push with the verb")
            if new == NOTHING:
                world.may_delete(project, branch)
        except Refused as no:
            return declined(request, [each[2] for each in wanted], str(no))
    world.clock.tick()
    sent = git_over_http(request, path, world.root, user=user.username, may_push=True)
    for old, new, ref in wanted:
        branch = ref.removeprefix("refs/heads/")
        if (project.git.head(branch) or NOTHING) == new:
            world.pushed(user, project, branch, None if old == NOTHING else old, None if new == NOTHING else new)
    return sent


def commands(body):
    """`(old, new, ref)` of each line of a push (gitprotocol-pack, reference update request)."""
    at = 0
    while (size := int(body[at : at + 4], 16)) != 0:
        line = body[at + 4 : at + size].split(b"\0")[0].decode().strip()
        yield tuple(line.split(" "))
        at += size


def declined(request, refs, why):
    """What a pre-receive hook that says no makes of a push: nothing is moved, and each ref is told so."""

    def line(data):
        return b"%04x" % (len(data) + 4) + data

    report = b"".join([line(b"unpack ok\n"), *(line(f"ng {ref} pre-receive hook declined\n".encode()) for ref in refs)])
    if b"side-band-64k" in request.body:
        report = line(b"\x02" + why.encode() + b"\n") + line(b"\x01" + report + b"0000")
    return Answer(200, report + b"0000", {"Content-Type": "application/x-git-receive-pack-result"})
