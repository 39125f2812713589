"""The story of one request, from nothing to access and back to nothing, in commands that anybody can type."""

from __future__ import annotations

from dataclasses import dataclass

from gitops_breakglass.model.story import Go, Run, Say, Step

REQUEST = "demo/inc-1"
BRANCH = f"breakglass/{REQUEST}"
_KEYGEN = "ssh-keygen -q -t ed25519 -N '' -C {0}@example.com -f keys/{0}"


@dataclass(frozen=True)
class Scene:
    """What differs between a folder of manifests and an API server: options, and how the sweeper reaches it."""

    seconds: int
    init_options: str = ""
    install_options: str = ""
    sweep_options: str = "--manifests access/out/demo"


def story(scene: Scene) -> tuple[Step, ...]:
    """Return the whole story on a folder of manifests."""
    return (
        *people_and_repository(scene),
        *request_and_approval(scene),
        *grant(scene),
        *_what_lies_there(),
        *end(scene),
        *_nothing_is_left(),
    )


def people_and_repository(scene: Scene) -> tuple[Step, ...]:
    """Return how it begins: two people with keys, an access repository, and a cluster that is prepared."""
    return (
        Say(
            "1. Two people, and a repository.\n"
            "Alice gets called at night and Ben is on duty with her. Each has an SSH key, made for this demo."
        ),
        Run("git config --file gitconfig user.name demo"),
        Run("git config --file gitconfig user.email demo@example.com"),
        Run("mkdir keys"),
        Run(_KEYGEN.format("alice")),
        Run(_KEYGEN.format("ben")),
        Say(
            "The access repository says who may get what, on which clusters, and whom it takes to agree. `init` makes a\n"
            "small one: Alice and Ben may ask for a shell in pods, and Ben approves what Alice asks for. Access is for a\n"
            f"minute at least unless --min-duration says less; here it is to end after {scene.seconds} seconds."
        ),
        Run(
            "gitops-breakglass init access --cluster demo --min-duration 5s --person alice alice@example.com keys/alice.pub"
            f" --person ben ben@example.com keys/ben.pub{scene.init_options}",
            prints=("policies/pod-shell.yaml",),
        ),
        Go("access", "access"),
        Run("gitops-breakglass check", prints=("nothing to report",)),
        Run("cat policies/pod-shell.yaml", prints=("escalatedGroup: pod-shell",)),
        Say("`install` prepares the cluster, once: it pins this state of the rules as the one to trust."),
        Run(f"gitops-breakglass install --cluster demo --apply{scene.install_options}"),
    )


def request_and_approval(scene: Scene) -> tuple[Step, ...]:
    """Return how Alice asks, Ben approves, and git merges."""
    return (
        Say(
            "2. Alice asks.\n"
            "A request is one file in a signed commit, on a branch of its own. The signature is what says that it is hers."
        ),
        Run(
            f"gitops-breakglass request demo inc-1 --escalation pod-shell --duration {scene.seconds}s"
            " --reason 'INC-1: checkout answers with 502' --key ../keys/alice",
            prints=("kind: BreakglassSession", "gitops-breakglass approve demo/inc-1"),
        ),
        Say("May it be merged? Not yet: `gate` exits with 3 and says who could approve it."),
        Run(f"gitops-breakglass gate --change {BRANCH}", code=3, prints=("not ready to merge", "may approve: ben")),
        Say("3. Ben approves.\nHe is shown what he signs; his approval is a signed tag on exactly this commit."),
        Run(
            f"gitops-breakglass approve {REQUEST} --reason 'go ahead' --key ../keys/ben --yes",
            prints=("Approved by ben",),
        ),
        Run(f"gitops-breakglass gate --change {BRANCH}", prints=("ready to merge", "approved by ben")),
        Say("Merging is git's. On GitHub or GitLab this would be the button."),
        Run(f"git merge --no-ff -m 'Merge {BRANCH}' {BRANCH}", prints=("requests/demo/inc-1.yaml",)),
    )


def grant(scene: Scene) -> tuple[Step, ...]:
    """Return how the merged request becomes access."""
    return (
        Say(
            "4. What would happen now? `plan` only reads. With --exit-code it exits with 4 where there is something to do."
        ),
        Run(
            "gitops-breakglass plan --exit-code",
            code=4,
            prints=("granted   demo/inc-1 to alice@example.com, approved by ben", "+ create  ClusterRoleBinding"),
        ),
        Say(
            f"`reconcile` does it, and signs its decision with a key of its own. Alice's {scene.seconds} seconds begin here.\n"
            "In earnest it runs as a scheduled CI job, or with --watch in the cluster."
        ),
        Run(
            "gitops-breakglass reconcile --key ../access-reconciler.key",
            prints=("created   ClusterRole bg-inc-1-", "created   ClusterRoleBinding bg-inc-1-", " 0 failed"),
        ),
        Run("gitops-breakglass status", prints=("inc-1  Approved  alice@example.com",)),
    )


def _what_lies_there() -> tuple[Step, ...]:
    return (
        Say(
            "This cluster is a folder, for Flux or Argo CD to apply; on an API server the same objects are made there. Alice\n"
            "has a role and a binding of her own, and its end is written on each."
        ),
        Run(
            "cat out/demo/clusterrole/_cluster/*.yaml out/demo/clusterrolebinding/_cluster/*.yaml",
            prints=("gitops-breakglass.dev/expires-at", "name: alice@example.com", "- pods/exec"),
        ),
    )


def end(scene: Scene) -> tuple[Step, ...]:
    """Return how the window ends, and what is over is taken away without git."""
    return (
        Say("5. It ends. Nobody has to remember to take anything back."),
        Run(f"sleep {scene.seconds}"),
        Say(
            "`sweep` needs neither git nor the forge nor the configuration, only the cluster and a clock. So access ends\n"
            "even when all of them are gone; we leave the repository, to show that it is not asked."
        ),
        Go(".", ".."),
        Run(
            f"gitops-breakglass sweep {scene.sweep_options}",
            prints=("deleted   ClusterRoleBinding bg-inc-1-", "deleted   ClusterRole bg-inc-1-", " 0 failed"),
        ),
    )


def _nothing_is_left() -> tuple[Step, ...]:
    return (
        Say("Nothing is left that gives access: this finds no role and no binding."),
        Run("find access/out/demo -type f -path '*role*'", nothing=True),
        *what_is_known_afterwards(),
    )


def what_is_known_afterwards() -> tuple[Step, ...]:
    """Return what can be seen after the end; it begins in the story's own folder."""
    return (
        Go("access", "access"),
        Run("gitops-breakglass status", prints=("inc-1  Expired  alice@example.com", "nothing of it is left")),
        Say(
            "The request is still in git, and gives nothing any more: a name that was used is used up. The plan is empty."
        ),
        Run("cat requests/demo/inc-1.yaml", prints=("escalation: pod-shell",)),
        Run("gitops-breakglass plan --exit-code", prints=("0 to create, 0 to shrink, 0 to end",)),
    )
