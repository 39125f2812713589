"""How often credentials are asked for: not with each call, and at once where the server does not take them any more."""

import json

from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.model.errors import BreakglassError
from gitops_breakglass.model.policy import KubernetesTarget
from tests.contract.cluster.scripted import Say, scripted

ANSWER = {
    "apiVersion": "client.authentication.k8s.io/v1",
    "kind": "ExecCredential",
    # Over for long: the library asks again whenever it is asked.
    "status": {"token": "t", "expirationTimestamp": "2020-01-01T00:00:00Z"},
}


def plugin_runs(folder, answers, calls):
    """Make calls, of which some may be refused; how often a credential plugin had run after each."""
    told = folder / "runs"
    plugin = {
        "apiVersion": ANSWER["apiVersion"],
        "command": "sh",
        "args": ["-c", f"echo x >> {told}; echo '{json.dumps(ANSWER)}'"],
        "interactiveMode": "Never",
    }
    runs = []
    with scripted(folder, {"GET /version": answers}) as script:
        content = json.loads(script.kubeconfig.read_text())
        content["users"][0]["user"] = {"exec": plugin}
        script.kubeconfig.write_text(json.dumps(content))
        with KubernetesCluster("prod", KubernetesTarget(str(script.kubeconfig))) as cluster:
            for _ in range(calls):
                try:
                    cluster.now()
                except BreakglassError:
                    runs.append("refused")
                else:
                    runs.append(told.read_text().count("x"))
    return runs


def test_many_calls_at_once_do_not_each_ask_for_credentials(tmp_path):
    runs = plugin_runs(tmp_path, [Say()], 40)
    # On a machine that stands still now and then a second is over sooner than forty calls.
    assert runs[-1] < 20


def test_credentials_that_were_refused_are_asked_for_again_at_once(tmp_path):
    *_, before, refused, after = plugin_runs(tmp_path, [Say(), Say(), Say(401, {"message": "Unauthorized"}), Say()], 4)
    assert (refused, after > before) == ("refused", True)
