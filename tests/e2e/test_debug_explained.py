"""`explain` of debug sessions: rights on their own pods alone, also for those who take part."""

from gitops_breakglass.adapters.signing import Ed25519Signer
from gitops_breakglass.flows.explain import Asked, explain
from gitops_breakglass.model.deny import Ask
from gitops_breakglass.model.explanation import Reply
from tests.e2e.debug_made import MadeStage, deployment, session


def said(stage, pod, subject="alice", *, cluster=True):
    asked = Asked(subject, "prod", Ask("create", "", "pods", "exec", "debug", pod))
    reader = stage.cluster if cluster else None
    return explain(asked, stage.sources(), reader, verify=Ed25519Signer().verify, now=stage.clock.now())


def test_it_names_the_pods_that_the_last_run_gave_rights_on_and_no_others(tmp_path):
    stage = MadeStage(tmp_path, session(deployment()))
    stage.reconcile()
    (name,) = stage.cluster.control()
    stage.reconcile()
    yes = said(stage, name)
    assert yes.reply is Reply.YES
    assert yes.because.startswith("request prod/look (debug-template/network) gives it until 2026-03-10T04:00:00Z, by ")
    no = said(stage, "somebody-elses")
    assert (no.reply, no.because) == (
        Reply.NO,
        "request prod/look (debug-template/network) is open and does not hold it",
    )
    assert "a session of alice@example.com in which ben takes part" in said(stage, name, "ben").because
    assert said(stage, name, "ben").reply is Reply.YES
    assert said(stage, name, "erin").reply is Reply.NO
    alone = said(stage, name, cluster=False)
    assert (alone.reply, "its own pods alone, and which these are is not known here" in alone.because) == (
        Reply.UNKNOWN,
        True,
    )
