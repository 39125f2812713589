"""What a fake was asked."""


def called(stage, since=0):
    """`GET /path` of each call of the API since so many requests; git's own are none."""
    return [f"{each.method} {each.path}" for each in stage.world.requests[since:] if not each.path.startswith("/git/")]
