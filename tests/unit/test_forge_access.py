"""Where a token may be sent: never where only a file in a repository says."""

import pytest

from gitops_breakglass.adapters.forge.access import open_access
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.forge import ForgeIdentity
from gitops_breakglass.model.identity import Provider

GITHUB = ForgeIdentity(Provider.GITHUB, "7")
GITLAB = ForgeIdentity(Provider.GITLAB, "7")
OWN = ForgeIdentity(Provider.GITHUB, "7", "https://git.example.com/api/v3/")


@pytest.mark.parametrize(
    ("identity", "environment", "token", "is_job_token"),
    [
        (GITHUB, {}, None, False),
        (GITHUB, {"GITHUB_TOKEN": "of-the-job"}, "of-the-job", False),
        (GITHUB, {"GITHUB_TOKEN": "of-the-job", "GITOPS_BREAKGLASS_TOKEN": " ours\n"}, "ours", False),
        (GITHUB, {"GITLAB_TOKEN": "elsewhere", "CI_JOB_TOKEN": "elsewhere"}, None, False),
        (GITLAB, {"CI_JOB_TOKEN": "of-the-job"}, "of-the-job", True),
        (GITLAB, {"CI_JOB_TOKEN": "of-the-job", "GITLAB_TOKEN": "ours"}, "ours", False),
        (GITLAB, {"CI_JOB_TOKEN": "of-the-job", "GITOPS_BREAKGLASS_TOKEN": "of-the-job"}, "of-the-job", True),
        (GITLAB, {"GITHUB_TOKEN": "elsewhere"}, None, False),
    ],
)
def test_the_token_is_the_one_that_is_meant_for_this_forge(identity, environment, token, is_job_token):
    access = open_access(identity, "main", environment)
    assert (access.token, access.is_job_token) == (token, is_job_token)
    assert token is None or token not in repr(access)


@pytest.mark.parametrize(
    "environment",
    [
        {"GITOPS_BREAKGLASS_API_URL": "https://git.example.com/api/v3"},
        {"GITHUB_API_URL": "https://git.example.com/api/v3/"},
        {"GITHUB_API_URL": "https://api.github.com", "GITOPS_BREAKGLASS_API_URL": "https://git.example.com/api/v3"},
    ],
)
def test_a_forge_of_one_s_own_is_asked_where_the_machine_knows_it_too(environment):
    assert open_access(OWN, "main", environment).api_url == "https://git.example.com/api/v3"


@pytest.mark.parametrize(
    ("identity", "environment"),
    [
        (OWN, {}),
        (OWN, {"GITHUB_API_URL": "https://api.github.com"}),
        (OWN, {"CI_API_V4_URL": "https://git.example.com/api/v3"}),
        (OWN, {"GITHUB_API_URL": "http://git.example.com/api/v3"}),
        (OWN, {"GITHUB_API_URL": "https://git.example.com:8443/api/v3"}),
        (OWN, {"GITHUB_API_URL": "https://git.example.com/api/v4"}),
        (GITHUB, {"GITHUB_API_URL": "https://git.example.com/api/v3"}),
        (GITHUB, {"CI_API_V4_URL": "https://gitlab.com/api/v4"}),
        (GITLAB, {"GITHUB_API_URL": "https://api.github.com"}),
    ],
)
def test_a_configuration_never_says_alone_where_a_token_goes(identity, environment):
    with pytest.raises(UsageError) as told:
        open_access(identity, "main", {**environment, "GITHUB_TOKEN": "secret-7"})
    assert "never says alone" in told.value.hint
    assert "secret-7" not in str(told.value) + told.value.hint


def test_a_job_of_one_forge_asks_another_where_its_operator_says_so():
    environment = {"CI_API_V4_URL": "https://gitlab.com/api/v4", "GITOPS_BREAKGLASS_API_URL": "https://api.github.com"}
    assert open_access(GITHUB, "main", {**environment, "GITOPS_BREAKGLASS_TOKEN": "t"}).token == "t"


@pytest.mark.parametrize(
    ("identity", "url", "told"),
    [
        (GITHUB, "https://github.com/acme/access.git", True),
        (GITHUB, "https://github.com.evil.example/acme/access.git", False),
        (GITHUB, "https://evil.example/github.com/access.git", False),
        (GITHUB, "https://github.com:8443/acme/access.git", False),
        (GITHUB, "http://github.com/acme/access.git", False),
        (GITHUB, "https://somebody@github.com/acme/access.git", False),
        (GITHUB, "git@github.com:acme/access.git", False),
        (GITHUB, "/srv/access.git", False),
        (GITLAB, "https://gitlab.com/acme/access.git", True),
        (GITLAB, "https://github.com/acme/access.git", False),
        (ForgeIdentity(Provider.GITLAB, "7", "http://127.0.0.1:8080/api/v4"), "http://127.0.0.1:8080/a/b.git", True),
        (ForgeIdentity(Provider.GITLAB, "7", "http://127.0.0.1:8080/api/v4"), "http://127.0.0.1:9090/a/b.git", False),
    ],
)
def test_git_gives_the_token_to_the_forge_s_own_host_only(identity, url, told):
    environment = {"GITOPS_BREAKGLASS_TOKEN": "t", "GITOPS_BREAKGLASS_API_URL": identity.address}
    assert open_access(identity, "main", environment).is_of_forge(url) is told
