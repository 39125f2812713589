"""A whole installation at a forge, in words that are the same for each: who asks, who approves, who merges, what a run does.

    with GithubStage(tmp_path) as stage:
        stage.alice.requests("prod/inc-1")
        stage.ben.approves("prod/inc-1", "go ahead")
        stage.ben.merges("prod/inc-1")
        stage.reconcile()
        stage.live()          # what gives access on the cluster now

A request is called `<cluster>/<name>`, a change of the policy side by its branch; `stage.changes` has the forge's number
of each. What only one forge has is done with `stage.world`, which is the fake itself. The cluster is a folder, whose
clock is the forge's.
"""

import base64
import subprocess
from functools import partial

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.adapters.fetch import Heads
from gitops_breakglass.adapters.forge.access import ForgeAccess
from gitops_breakglass.adapters.gitrepo import GitRepository
from gitops_breakglass.flows.load import load_policy, load_request
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.forge import ForgeIdentity
from gitops_breakglass.model.identity import Account
from tests.e2e.stage import CLUSTER, CONFIGURATION, POD_SHELL, Stage
from tests.git.world import branch_of, keygen, path_of, session

NAMES = ("alice", "erin", "ben", "dana", "mallory")


class Person:
    """Somebody with an account at the forge."""

    def __init__(self, stage, name):
        self.stage, self.name = stage, name
        self.email = f"{name}@example.com"

    @property
    def account(self):
        return Account(self.stage.provider, str(self.stage.number_of(self.name)))

    def commits(self, files, *, on, message="change", **more):
        """Push a commit to a branch, which begins at main where it is new; its id."""
        return self.stage.push(self.name, on, files, message=message, **more)

    def requests(self, what, content=None, *, message="Request access", **words):
        """Push a request on its own branch and open a change for it; the head of the branch."""
        content = session(what.split("/")[1], **words) if content is None else content
        head = self.commits({path_of(what): content}, on=branch_of(what), message=message)
        self.opens(branch_of(what), what=what)
        return head

    def proposes(self, files, *, branch="policy/change"):
        """Push a change of the policy side and open it; the head of the branch."""
        head = self.commits(files, on=branch)
        self.opens(branch)
        return head

    def opens(self, branch, *, what=None, title="A change"):
        """Open a change for a branch that was pushed; its number."""
        number = self.stage.open(self.name, branch, title)
        self.stage.changes[what or branch] = number
        return number

    def approves(self, what, text="go ahead"):
        """Approve what is at the head now, with a reason."""
        return self.stage.approve(self.name, self.stage.changes[what], text)

    def merges(self, what, how="merge"):
        """Merge by the button; `how` is merge, squash or rebase. The landing commit."""
        return self.stage.merge(self.name, self.stage.changes[what], how)


class ForgeStage(Stage):
    """alice and erin are developers, ben leads, dana approves policy, mallory has an account and is nobody."""

    provider = None

    def __init__(self, folder, *, policies=POD_SHELL, more="", groups=None, **options):
        self.folder, self.changes = folder, {}
        self.begin(folder / "forge", **options)
        for name in NAMES:
            self.newcomer(name)
        keygen("-q", "-t", "ed25519", "-N", "", "-C", "ci", "-f", str(folder / "reconciler"))
        self.public_key = " ".join((folder / "reconciler.pub").read_text().split()[:2])
        self.groups = groups or {"developers": ["alice", "erin"], "team-leads": ["ben"]}
        configuration = CONFIGURATION.replace("provider: local", f"provider: {self.provider}").replace(
            "repository: acme/access", f'repository: "{self.repository_id}"\n  apiUrl: {self.api_url}'
        )
        self.policy_files = {
            "breakglass.yaml": configuration.format(
                key=self.public_key, more=more, reached="manifests: {folder: out/prod}"
            ),
            "identities.yaml": self.identities(),
            "clusters/prod.yaml": CLUSTER.format(name="prod"),
            "clusters/edge.yaml": CLUSTER.format(name="edge"),
            "policies/shell.yaml": policies,
        }
        self.setup(self.policy_files)
        self.clock = ClusterClock(self.world.clock)
        self.cluster = ManifestsCluster("prod", folder / "out" / "prod", self.clock)
        self.clone = folder / "clone"
        subprocess.run(["git", "clone", "--quiet", str(self.bare.path), str(self.clone)], check=True)
        self.token = self.usual_token()
        self.installed = self.tip
        self.install()

    def __enter__(self):
        self.world.__enter__()
        return self

    def __exit__(self, *error):
        return self.world.__exit__(*error)

    # What each forge has its own way of. A change is known by its number, a person by their name.

    def begin(self, folder, **options):
        """Make `self.world`, `self.repository_id` and `self.api_url`."""
        raise NotImplementedError

    def join(self, name):
        """Give somebody an account that may push."""
        raise NotImplementedError

    def number_of(self, name):
        """The number of somebody's account."""
        raise NotImplementedError

    def setup(self, files):
        """Put files on the default branch, past every rule."""
        raise NotImplementedError

    def push(self, name, branch, files, **more):
        raise NotImplementedError

    def open(self, name, branch, title):
        raise NotImplementedError

    def approve(self, name, number, text):
        raise NotImplementedError

    def merge(self, name, number, how):
        raise NotImplementedError

    def usual_token(self):
        """A token that may read all that a run needs."""
        raise NotImplementedError

    def own_token(self, name):
        """A token of somebody's own, with which they push and open changes."""
        raise NotImplementedError

    def adapter(self, repository, heads, access):
        """The forge as the tool has it."""
        raise NotImplementedError

    def commenter(self):
        """A token that may also comment."""
        raise NotImplementedError

    def comments_on(self, what):
        """What people and programs said on a change, oldest first."""
        raise NotImplementedError

    def body_of(self, what):
        """What the change says of itself."""
        raise NotImplementedError

    def outage(self):
        """From now on the forge's API answers 503 to everything; `self.world.faults.clear()` ends it."""
        raise NotImplementedError

    # What is the same for all of them.

    @property
    def bare(self):
        """The forge's own repository."""
        return self.world.bare

    @property
    def tip(self):
        return self.bare.head("main")

    def newcomer(self, name):
        """Somebody with an account, and with an attribute of the stage."""
        self.join(name)
        setattr(self, name, Person(self, name))
        return getattr(self, name)

    def identities(self, *, more=None):
        """`identities.yaml` with everybody but mallory; `more` gives persons, old and new, the names of their accounts.

        A group is a list of names, or whatever else is to stand there, as a text.
        """
        people = {**{name: [name] for name in NAMES if name != "mallory"}, **(more or {})}
        lines = ["apiVersion: config.gitops-breakglass.dev/v1alpha1", "kind: Identities", "people:"]
        for name, accounts in people.items():
            known = ", ".join(f'{{id: {self.number_of(each)}, login: "{each}"}}' for each in accounts)
            lines += [f"  - name: {name}", f"    emails: [{name}@example.com]", f"    {self.provider}: [{known}]"]
        lines += ["groups:"]
        for name, some in self.groups.items():
            lines.append(
                f"  - {{name: {name}, " + (some if isinstance(some, str) else f"members: [{', '.join(some)}]") + "}"
            )
        return "\n".join(lines) + "\n"

    def install(self):
        from gitops_breakglass.flows.install import install_folder

        install_folder(self.cluster, policy=self.sources().policy_at(self.tip)[0])

    def repository(self):
        return GitRepository(self.clone, remote="origin")

    def access(self):
        return ForgeAccess(ForgeIdentity(self.provider, str(self.repository_id), self.api_url), "main", self.token)

    def forge(self, **options):
        """The adapter, which knows nothing yet, over a clone that has the default branch as it is."""
        repository = self.repository()
        heads = Heads(repository, self.access())
        heads.update_default_branch()
        return self.adapter(repository, heads, self.access(), **options)

    def sources(self, path=None):
        readers = {"loader": yamlfile.load, "catalog": schema_catalog()}
        return Sources(
            self.repository(),
            self.forge(),
            partial(load_policy, **readers),
            lambda file, content, blob: load_request(file, content, blob=blob, **readers),
        )

    def clone_of(self, name):
        """Somebody's own clone, which git pushes from with their token, over HTTP; the clone and the token."""
        secret, clone = self.own_token(name), self.folder / f"clone-of-{name}"
        basic = base64.b64encode(f"{name}:{secret}".encode()).decode()
        header = ("http.extraHeader", f"Authorization: Basic {basic}")
        words = ["git", "-c", "=".join(header), "clone", "--quiet", self.world.git_url, str(clone)]
        subprocess.run(words, check=True, capture_output=True)
        for key, value in (header, ("user.name", name), ("user.email", f"{name}@example.com")):
            subprocess.run(["git", "-C", str(clone), "config", key, value], check=True)
        return clone, secret

    def granted(self, what, **words):
        """Request, approve, merge and reconcile."""
        self.alice.requests(what, **words)
        self.ben.approves(what)
        self.ben.merges(what)
        decision = self.decision(self.reconcile(), what)
        assert type(decision).__name__ == "Granted", decision

    def in_force(self, files, *, branch="policy/change"):
        """Bring a change of the policy side into force as it should be: proposed, approved by dana, merged."""
        self.erin.proposes(files, branch=branch)
        self.dana.approves(branch)
        return self.dana.merges(branch)

    # What the adapter tells.

    def landed(self, what="prod/inc-1", *, forge=None, path=None):
        """The change that brought a request when it was last touched."""
        forge, path = forge or self.forge(), path or path_of(what)
        repository = self.repository()
        touches = [each for each in repository.touches(self.tip) if each.path == path and each.status != "D"][:1]
        return forge.landed(touches, tip=self.tip, sights={}, now=self.clock.now())[path]

    def landed_policy(self, since=None):
        """The change that brought the newest commit of the policy side."""
        step = self.repository_now().policy_line(self.tip, since or self.installed)[-1]
        return self.forge().landed_policy(step, tip=self.tip, sights={}, now=self.clock.now())

    def repository_now(self):
        Heads(self.repository(), self.access()).update_default_branch()
        return self.repository()

    def proposed(self, what="prod/inc-1"):
        return self.forge().proposed(str(self.changes[what]), tip=self.tip, sights={}, now=self.clock.now())


class ClusterClock:
    """The cluster has the time that the forge has."""

    is_stopped = False

    def __init__(self, clock):
        self.clock = clock

    def now(self):
        return self.clock.now

    def sleep(self, seconds):
        self.clock.advance(seconds=seconds)
