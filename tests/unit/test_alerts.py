"""deploy/alerts.yaml: each rule is PromQL by a parser of the language, and asks for what the metrics page serves."""

import re

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from promql_parser import AggregateExpr, Call, VectorSelector

from gitops_breakglass.adapters.metrics import Metrics
from gitops_breakglass.model.exits import ExitCode
from tests.deployed import DEPLOY
from tests.unit.test_metrics import NOW, beside, gone, planned, run_of

GROUPS = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"]
RULES = {rule["alert"]: rule for group in GROUPS for rule in group["rules"]}
QUANTILE = "histogram_quantile(0.99, sum by (cluster, le) (rate(gitops_breakglass_end_lag_seconds_bucket[1h]))) > 5"


@pytest.fixture(scope="module")
def served():
    """The labels of each metric that the page has after a run in which everything happened, by its name."""
    metrics = Metrics("1", lambda: {"prod": beside()})
    metrics.ran(run_of(planned(outcomes=(gone(),))), seconds=1, code=ExitCode.CLEAN, now=NOW)
    found = {}
    for family in text_string_to_metric_families(metrics.text().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def nodes(expression):
    found = []
    promql_parser.walk(expression, pre_visit=found.append)
    return found


def asked(expression):
    """Each metric that an expression asks for, with the labels that are asked of it."""
    for node in nodes(expression):
        if isinstance(node, VectorSelector):
            yield node.name, {each.name for each in node.matchers.matchers}
        elif isinstance(node, AggregateExpr) and node.modifier is not None:
            for inner in nodes(node.expr):
                if isinstance(inner, VectorSelector):
                    yield inner.name, set(node.modifier.labels)


def problems(rule, served):
    """What keeps a rule from ever firing as it says."""
    try:
        expression = promql_parser.parse(rule["expr"])
    except ValueError as error:
        return [str(error)]
    found = [f"there is no {name}" for name, _ in asked(expression) if name not in served]
    found += [
        f"no {each} on {name}" for name, labels in asked(expression) for each in labels - served.get(name, labels)
    ]
    kept = {
        label
        for node in nodes(expression)
        if isinstance(node, AggregateExpr) and node.modifier is not None
        for label in node.modifier.labels
    }
    quantiles = any(isinstance(node, Call) and node.func.name == "histogram_quantile" for node in nodes(expression))
    if quantiles and "le" not in kept:
        found.append("a quantile without le")
    told = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    return found + [f"no {each} to tell of" for each in told - kept]


@pytest.mark.parametrize("alert", RULES)
def test_each_alert_asks_for_metrics_and_labels_that_there_are(alert, served):
    rule = RULES[alert]
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert problems(rule, served) == []
    assert list(asked(promql_parser.parse(rule["expr"])))
    if "for" in rule:
        assert promql_parser.parse_duration(rule["for"])


def test_no_alert_stands_twice_and_none_is_missing():
    assert len(RULES) == sum(len(group["rules"]) for group in GROUPS) == 8


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        (QUANTILE, None),
        (QUANTILE.replace("quantile", "quantil"), "unknown function with name 'histogram_quantil'"),
        (QUANTILE.replace("[1h]", ""), "expected type matrix in call to function 'rate', got vector"),
        (QUANTILE.replace("(cluster, le)", "(cluster, lee)"), "no lee on gitops_breakglass_end_lag_seconds_bucket"),
        (QUANTILE.replace("(cluster, le)", "(cluster)"), "a quantile without le"),
        (QUANTILE.replace("(cluster, le)", "(le)"), "no cluster to tell of"),
        (QUANTILE.replace("_bucket", ""), "there is no gitops_breakglass_end_lag_seconds"),
        (QUANTILE.replace("_bucket", '_bucket{clster="a"}'), "no clster on gitops_breakglass_end_lag_seconds_bucket"),
    ],
)
def test_what_could_never_fire_is_told(expression, problem, served):
    rule = {"expr": expression, "annotations": {"summary": "late on {{ $labels.cluster }}"}}
    assert problem in (problems(rule, served) or [None])


@pytest.mark.parametrize("alert", RULES)
def test_a_runbook_is_a_section_that_there_is(alert):
    page, _, section = RULES[alert]["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^#+ (.*)$", (DEPLOY.parent / page).read_text(), re.MULTILINE)
    assert not section or section in {each.lower().replace(" ", "-") for each in headings}
