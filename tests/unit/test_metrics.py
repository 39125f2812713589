"""Metrics: read by Prometheus' own parser, with clusters for labels and nobody's name anywhere."""

import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gitops_breakglass.adapters.http_pages import Page, Pages
from gitops_breakglass.adapters.metrics import Metrics
from gitops_breakglass.core.overdue import standing
from gitops_breakglass.model.decision import Unknown
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.exits import ExitCode
from gitops_breakglass.model.kube import LiveObject, ObjectKey
from gitops_breakglass.model.lease import Heartbeat, Pulse
from gitops_breakglass.model.outcome import Applied, ClusterReport, Failed, RunReport, Verb
from gitops_breakglass.model.plan import ClusterPlan, Delete, Judged, KnownEnd
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.model.standing import Standing

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
UID = "0123456789abcdef0123456789abcdef"
NAMES = ("alice", "inc-1", UID)
"""What no metric may hold."""


def binding(number=1):
    return ObjectKey("rbac.authorization.k8s.io/v1", "RoleBinding", "alices-shop", f"bg-inc-1-{number:010}")


def gone(number=1, late=0.3):
    return Applied(binding(number), Verb.DELETED, UID, late=late)


def judged(*names):
    return tuple(Judged(RequestId("prod", name), UID, Unknown(())) for name in names)


def run_of(*clusters, **words):
    return RunReport(clusters, **words)


def planned(name="prod", outcomes=(), **words):
    return ClusterReport(name, at=NOW, plan=ClusterPlan(name, NOW, **words), outcomes=outcomes)


class Scraped(Metrics):
    """Metrics, and what Prometheus makes of them: by name and labels."""

    def __init__(self, **standings):
        super().__init__("1.2.3", lambda: standings)

    def samples(self):
        text = self.text().decode()
        assert not any(each in text for each in NAMES)
        return {
            (
                sample.name.removeprefix("gitops_breakglass_"),
                *(value for _, value in sorted(sample.labels.items(), key=lambda each: each[0] != "cluster")),
            ): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def ran_now(self, *clusters, seconds=2.0, code=ExitCode.CLEAN, **words):
        self.ran(run_of(*clusters, **words), seconds=seconds, code=code, now=NOW)


def test_a_process_that_has_done_nothing_says_which_version_it_is():
    assert Scraped().samples()["build_info", "1.2.3"] == 1


def test_an_end_is_counted_once_by_how_late_it_was_whoever_tells_of_it():
    metrics = Scraped()
    metrics.ended("prod", [gone(1, 0.3), gone(2, 4.0)])
    metrics.ran_now(planned(outcomes=(gone(1, 0.9),)))
    found = metrics.samples()
    assert found["end_lag_seconds_count", "prod"] == 2
    assert found["end_lag_seconds_sum", "prod"] == pytest.approx(4.3)
    assert (found["end_lag_seconds_bucket", "prod", "0.5"], found["end_lag_seconds_bucket", "prod", "5.0"]) == (1, 2)


def test_what_gives_no_access_or_was_not_gone_is_no_end():
    metrics = Scraped()
    role = ObjectKey("rbac.authorization.k8s.io/v1", "Role", "shop", "bg-inc-1")
    metrics.ended("prod", [Applied(role, Verb.DELETED, UID, late=1.0), Failed(binding(), UID, "refused")])
    assert ("end_lag_seconds_count", "prod") not in metrics.samples()


def test_a_run_is_counted_with_its_code_and_what_it_could_not_do():
    metrics = Scraped()
    metrics.ran_now(
        planned(judged=judged("inc-1", "inc-2"), held=("too many",), outcomes=(Failed(binding(), UID, "refused"),)),
        code=ExitCode.ACTIONS_FAILED,
    )
    found = metrics.samples()
    assert found["runs_total", "6"] == 1
    assert (found["run_seconds_count",], found["run_seconds_sum",]) == (1, 2)
    assert found["last_run_timestamp_seconds",] == NOW.timestamp()
    assert found["decisions_unknown", "prod"] == 2
    assert found["held_by_brake", "prod"] == 1
    assert found["actions_failed", "prod"] == 1
    assert ("last_success_timestamp_seconds", "prod") not in found


@pytest.mark.parametrize(
    ("cluster", "words", "is_success"),
    [
        (planned(), {}, True),
        (planned(), {"unknown": ("the forge is down",)}, False),
        (planned(unknown=("the forge is down",)), {}, False),
        (ClusterReport("prod", unreachable="no answer"), {}, False),
        (ClusterReport("prod", at=NOW), {"unknown": ("no repository",)}, False),
        (ClusterReport("prod", at=NOW, standby="pod-b holds its Lease"), {}, True),
        (ClusterReport("prod", unreachable="no answer", standby="its Lease could not be had"), {}, False),
    ],
)
def test_a_success_is_a_run_that_nothing_kept_from_anything(cluster, words, is_success):
    metrics = Scraped()
    metrics.ran_now(cluster, **words)
    assert (("last_success_timestamp_seconds", "prod") in metrics.samples()) == is_success


def known(*ends):
    live = LiveObject(binding(), "u", {"metadata": {}})
    return [KnownEnd(NOW + timedelta(seconds=end), Delete(live, uid, "over")) for uid, end in ends]


def test_an_end_that_nobody_brings_about_grows_older_at_each_scrape():
    ends = known(("a", -7), ("a", 60), ("b", 1), ("c", -2))
    assert standing(ends, NOW) == Standing(live=1, overdue=2, worst=timedelta(seconds=7))
    assert standing(ends, NOW + timedelta(seconds=2)) == Standing(live=0, overdue=3, worst=timedelta(seconds=9))
    assert standing([], NOW) == Standing()


def beside():
    """How it stands on a cluster where something is overdue and the sweeper missing."""
    return Standing(
        live=3,
        overdue=1,
        worst=timedelta(seconds=9),
        leads=True,
        ended_at=NOW,
        skew=timedelta(seconds=-2),
        actors=(Heartbeat("sweeper", Pulse.MISSING, NOW, NOW),),
    )


def test_how_it_stands_on_each_cluster_is_told_at_the_scrape():
    found = Scraped(prod=beside(), edge=Standing()).samples()
    of_prod = {name[0]: value for name, value in found.items() if name[1:2] == ("prod",)}
    assert of_prod == {
        "grants_live": 3,
        "ends_overdue": 1,
        "ends_overdue_worst_seconds": 9,
        "leader": 1,
        "last_sweep_timestamp_seconds": NOW.timestamp(),
        "clock_skew_seconds": -2,
        "actor_missing": 1,
    }
    assert {name[0] for name in found if name[1:2] == ("edge",)} == {
        "grants_live",
        "ends_overdue",
        "ends_overdue_worst_seconds",
    }


# -- over HTTP


@pytest.fixture
def pages():
    served = Pages("127.0.0.1:0", {"/metrics": lambda: Page(200, b"up 1\n"), "/bad": lambda: Page(503, b"late\n")})
    yield served
    served.close()


def got(pages, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{pages.port}{path}", timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_pages_are_answered_and_nothing_else_is(pages):
    assert got(pages, "/metrics") == (200, b"up 1\n")
    assert got(pages, "/metrics?x=1") == (200, b"up 1\n")
    assert got(pages, "/bad") == (503, b"late\n")
    assert got(pages, "/../etc/passwd") == (404, b"not found\n")


@pytest.mark.parametrize(
    "address", ["", "8080", ":8080", "localhost:", "localhost:http", "localhost:65536", "localhost:٣"]
)
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(UsageError, match="no address to listen on"):
        Pages(address, {})


def test_a_port_that_is_taken_is_told(pages):
    with pytest.raises(UsageError, match="can't listen on"):
        Pages(f"127.0.0.1:{pages.port}", {})
