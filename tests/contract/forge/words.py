"""The forges that the sentences of the contract are held against; each is told by a stage in the same words."""

from tests.forges.github_stage import GithubStage
from tests.forges.gitlab_stage import GitlabStage

STAGES = {"github": GithubStage, "gitlab": GitlabStage}
"""By the name of the forge."""
