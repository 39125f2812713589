from tests.forges.github.world import GithubWorld

__all__ = ["GithubWorld"]
