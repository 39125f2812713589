"""What came of a call to a scripted API server, and what that server was asked."""

from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.model.errors import BreakglassError
from gitops_breakglass.model.policy import KubernetesTarget
from tests.contract.cluster.scripted import TOKEN, scripted


def asking(folder):
    """Call a function with a cluster that answers as told; returns what came of it, and what was asked."""

    def run(answers, function, **options):
        with scripted(folder, answers) as script:
            options = {"deadline": 5, **options}
            with KubernetesCluster("prod", KubernetesTarget(str(script.kubeconfig)), **options) as cluster:
                try:
                    came = function(cluster)
                except BreakglassError as error:
                    came = error
            told = (
                f"{came!r} {came.hint} {came.__cause__!r} {came.__context__!r}" if isinstance(came, Exception) else ""
            )
            assert TOKEN not in told
            return came, script.asked

    return run
