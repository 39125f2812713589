"""GitHub, asked through PyGithub: facts about pull requests, what can be said there, and how a repository is set up."""
