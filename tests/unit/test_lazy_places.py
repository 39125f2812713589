"""Where values stand is found only when something is told about one: a file that is fine is gone through once."""

from pathlib import Path

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.adapters.folder import read_folder
from gitops_breakglass.core.validate import ParsedFile, validate_request
from gitops_breakglass.core.validate import judge as judge_request
from gitops_breakglass.flows.load import load_policy
from gitops_breakglass.model.document import Document

EXAMPLE = read_folder(Path(__file__).parents[2] / "examples" / "access-repo").files
# Without the policies that narrow a request, of which something is to be said.
FILES = {path: content for path, content in EXAMPLE.items() if not path.startswith("policies/deny/")}
WITH = {"loader": yamlfile.load, "catalog": schema_catalog()}


class Unwanted(dict):
    """Positions that nobody may ask for."""

    def get(self, path, default=None):
        raise AssertionError(f"the place of {path} was asked for")


def test_a_request_about_which_nothing_is_to_be_said_is_judged_without_places():
    policy, _ = load_policy(FILES, commit="c", **WITH)
    requests = {path: content for path, content in FILES.items() if path.startswith("requests/")}
    assert len(requests) == 8
    for path, content in requests.items():
        (document,) = yamlfile.load(content, path, single=True).documents
        placeless = Document(path, document.data, Unwanted())
        read = validate_request(ParsedFile(path, content, (placeless,)), schemas=schema_catalog())
        assert read.findings == ()
        assert judge_request(read.value, policy) == ()


def test_the_places_of_a_file_are_those_of_each_of_its_documents():
    text = b"a: 1\n---\nb:\n  - c\n"
    one, other = yamlfile.load(text, "policies/a.yaml").documents
    assert (str(other.at("b", 0)), str(one.at("a"))) == ("policies/a.yaml:4:5", "policies/a.yaml:1:1")
    assert len(other.positions) == 3
