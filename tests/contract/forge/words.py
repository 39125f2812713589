"""The forges that the sentences of the contract are held against; each is told by a stage in the same words."""

from tests.forges.github_stage import GithubStage

STAGES = {"github": GithubStage}
"""By the name of the forge."""
