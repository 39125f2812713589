"""What the local forge tells of real branches, merges and tags; attacks must be visible in the facts."""

from datetime import UTC, datetime, timedelta

import pytest

from gitops_breakglass.model.change import Change, Commit, FileChange, Review, ReviewState
from tests.git.world import World, branch_of, path_of, session

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WHAT = "prod/inc-1"
INC = path_of(WHAT)
BRANCH = branch_of(WHAT)
TAG = "breakglass/approve/prod/inc-1/ben"


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    world.person("alice")
    world.person("ben")
    world.policy({"identities.yaml": world.identities(), "policies/view.yaml": "a: 1\n"})
    return world


@pytest.fixture
def alice(world):
    return world.person("alice")


@pytest.fixture
def ben(world):
    return world.person("ben")


def landed(world, path=INC, sights=None):
    """The change that brought `path` when it was last added."""
    forge = world.forge()
    touches = [each for each in forge.repository.touches(world.tip) if each.path == path and each.status == "A"][:1]
    return forge.landed(touches, tip=world.tip, sights=sights or {}, now=NOW)[path]


def proposed(world, branch=BRANCH, sights=None):
    return world.forge().proposed(branch, tip=world.tip, sights=sights or {}, now=NOW)


def landed_policy(world, since):
    forge = world.forge()
    step = forge.repository.policy_line(world.tip, since)[-1]
    return forge.landed_policy(step, tip=world.tip, sights={}, now=NOW)


def files(*pairs):
    return tuple(FileChange(path, status) for status, path in pairs)


def test_a_merged_request_with_an_approval(world, alice, ben):
    base = world.tip
    head = alice.requests(WHAT)
    tag = ben.approves(WHAT, "looks right\n\nto me")
    landing = world.merge(WHAT)
    blob = world.blob(head, INC)
    hour = timedelta(hours=1)
    sights = {
        f"branch {BRANCH} {'1' * 40}": NOW - 5 * hour,
        f"branch {BRANCH} {head}": NOW - 4 * hour,
        f"branch {BRANCH}2 {head}": NOW - 9 * hour,
        f"tag refs/tags/{TAG} {tag}": NOW - 3 * hour,
        f"tag refs/tags/{TAG} {'1' * 40}": NOW - 9 * hour,
        f"merge {landing}": NOW - 2 * hour,
    }
    assert landed(world, sights=sights) == Change(
        id=BRANCH,
        path=INC,
        author=alice.account,
        opened_at=NOW - 5 * hour,
        merged_at=NOW - 2 * hour,
        base=base,
        head=head,
        landing=landing,
        blob_head=blob,
        blob_landing=blob,
        blob_now=blob,
        files=files(("A", INC)),
        landed_files=files(("A", INC)),
        commits=(Commit(head, alice.account, ("alice@example.com",), touches=True),),
        reviews=(
            Review(
                account=ben.account,
                state=ReviewState.APPROVED,
                commit=head,
                blob=blob,
                submitted_at=NOW - 3 * hour,
                body="looks right\n\nto me",
                source=TAG,
            ),
        ),
        pushed_by_author_only=True,
    )


def test_a_fast_forward_is_told_like_a_merge(world, alice, ben):
    base = world.tip
    head = alice.requests(WHAT)
    ben.approves(WHAT)
    world.merge(WHAT, how="ff")
    change = landed(world)
    assert (change.base, change.head, change.landing) == (base, head, head)
    assert (change.author, change.pushed_by_author_only) == (alice.account, True)
    assert [review.commit for review in change.reviews] == [head]


def test_what_was_not_seen_yet_is_seen_now(world, alice, ben):
    alice.requests(WHAT)
    ben.approves(WHAT, date="2020-01-01T00:00:00Z")
    world.merge(WHAT)
    change = landed(world)
    assert (change.opened_at, change.merged_at, change.reviews[0].submitted_at) == (NOW, NOW, NOW)


def test_an_open_request_has_the_tip_as_its_base_and_no_landing(world, alice, ben):
    head = alice.requests(WHAT)
    ben.approves(WHAT)
    tip = world.policy({"policies/view.yaml": "a: 2\n"})
    change = proposed(world, sights={f"branch {BRANCH} {head}": NOW - timedelta(minutes=5)})
    assert (change.id, change.path, change.base, change.head) == (BRANCH, INC, tip, head)
    assert (change.landing, change.merged_at, change.blob_landing, change.blob_now) == (None, None, None, None)
    assert change.opened_at == NOW - timedelta(minutes=5)
    assert change.files == files(("A", INC))
    assert [review.account for review in change.reviews] == [ben.account]


def test_a_branch_that_is_not_there_is_unknown(world):
    assert proposed(world) is None


@pytest.mark.parametrize("name", ["main~0", "main@{0}", "../heads/main", "main^{commit}", "", "-d", "ma*"])
def test_what_only_looks_like_a_branch_is_none(world, name):
    assert proposed(world, name) is None


def test_edited_after_approval(world, alice, ben):
    approved = alice.requests(WHAT)
    ben.approves(WHAT)
    head = alice.commits({INC: session("inc-1", duration="8h")}, on=BRANCH)
    world.merge(WHAT)
    change = landed(world)
    assert change.blob_head == change.blob_landing == world.blob(head, INC)
    assert [review.blob for review in change.reviews] == [world.blob(approved, INC)]


def test_edited_in_the_merge(world, alice, ben):
    head = alice.requests(WHAT)
    ben.approves(WHAT)
    landing = world.merge(WHAT, edit={INC: "evil\n", "policies/view.yaml": "evil\n"})
    change = landed(world)
    assert change.blob_head == world.blob(head, INC)
    assert change.blob_landing == world.blob(landing, INC) != change.blob_head
    assert change.files == files(("A", INC))
    assert change.landed_files == files(("M", "policies/view.yaml"), ("A", INC))


def test_edited_after_the_merge(world, alice):
    alice.requests(WHAT)
    landing = world.merge(WHAT)
    now = world.policy({INC: "later\n"})
    change = landed(world)
    assert (change.blob_landing, change.blob_now) == (world.blob(landing, INC), world.blob(now, INC))


def test_added_by_the_merge_alone(world, alice):
    """The branch is honest and about something else: it has no commit that asks for this."""
    alice.requests(WHAT)
    other = path_of("prod/inc-2")
    landing = world.merge(WHAT, edit={other: "evil\n"})
    change = landed(world, other)
    assert (change.author, change.blob_head, change.blob_landing) == (None, None, world.blob(landing, other))


def test_added_again_after_a_deletion(world, alice, ben):
    """The old approval lies on the old commit, and the landing is another: both show."""
    first = alice.requests(WHAT)
    ben.approves(WHAT)
    world.merge(WHAT)
    world.policy({INC: None})
    again = world.policy({INC: session("inc-1")}, by=alice)
    change = landed(world)
    assert (change.landing, change.head) == (again, again)
    assert [review.commit for review in change.reviews] == [first]
    assert [touch.status for touch in world.repository().touches(world.tip)] == ["A", "D", "A"]


def test_a_renamed_request_has_no_reviews_of_its_old_name(world, alice, ben):
    alice.requests(WHAT)
    ben.approves(WHAT)
    world.merge(WHAT)
    world.git("mv", INC, path_of("prod/inc-2"))
    world.git("commit", "--quiet", "-m", "rename", as_=alice, signer=alice)
    change = landed(world, path_of("prod/inc-2"))
    assert change.reviews == ()
    assert change.landed_files == files(("D", INC), ("A", path_of("prod/inc-2")))


def test_policy_and_request_in_one_branch(world, alice):
    alice.commits({INC: session("inc-1"), "policies/view.yaml": "evil\n"}, on=BRANCH)
    assert proposed(world).files == files(("M", "policies/view.yaml"), ("A", INC))
    world.merge(WHAT)
    assert landed(world).files == files(("M", "policies/view.yaml"), ("A", INC))


def test_several_requests_in_one_branch(world, alice):
    alice.commits({INC: session("inc-1"), path_of("prod/inc-2"): session("inc-2")}, on=BRANCH)
    change = proposed(world)
    assert change.path == INC
    assert change.files == files(("A", INC), ("A", path_of("prod/inc-2")))


def test_a_second_person_in_the_branch(world, alice, ben):
    """Ben's commit touches the file: nobody is its author. Ben's commit beside it: not the author's alone."""
    alice.requests(WHAT)
    ben.commits({INC: session("inc-1", duration="2h")}, on=BRANCH)
    world.merge(WHAT)
    assert landed(world).author is None
    alice.requests("prod/inc-2")
    ben.commits({}, on=branch_of("prod/inc-2"), message="empty")
    world.merge("prod/inc-2")
    change = landed(world, path_of("prod/inc-2"))
    assert (change.author, change.pushed_by_author_only) == (alice.account, False)
    assert [(commit.signer, commit.touches) for commit in change.commits] == [
        (ben.account, False),
        (alice.account, True),
    ]


def test_main_merged_into_the_branch_touches_nothing(world, alice, ben):
    first = alice.requests(WHAT)
    world.policy({"policies/view.yaml": "a: 2\n"})
    world.checkout(BRANCH)
    world.git("merge", "--quiet", "--no-ff", "-m", "update", "main", as_=ben, signer=ben)
    update = world.head(BRANCH)
    world.merge(WHAT)
    change = landed(world)
    assert change.files == files(("A", INC))
    assert [(commit.id, commit.touches) for commit in change.commits] == [(update, False), (first, True)]


def test_an_evil_merge_within_the_branch_touches_it(world, alice, ben):
    alice.requests(WHAT)
    world.policy({"policies/view.yaml": "a: 2\n"})
    world.checkout(BRANCH)
    world.git("merge", "--quiet", "--no-ff", "--no-commit", "main", as_=ben)
    world.write({INC: "evil\n"})
    world.git("commit", "--quiet", "-m", "update", as_=ben, signer=ben)
    world.merge(WHAT)
    assert landed(world).author is None


def test_an_unsigned_commit_in_anothers_name_dated_2030_is_nobodys(world, alice, ben):
    head = ben.commits({INC: session("inc-1")}, on=BRANCH, signed=False, as_=alice, date="2030-01-01T00:00:00Z")
    world.merge(WHAT)
    change = landed(world)
    problem = f"commit {head[:12]} is not signed"
    assert change.commits == (Commit(head, None, ("alice@example.com",), touches=True, problem=problem),)
    assert (change.author, change.opened_at, change.merged_at) == (None, NOW, NOW)
    assert change.pushed_by_author_only is False


def test_a_commit_in_anothers_name_is_its_signers(world, alice, ben):
    ben.commits({INC: session("inc-1")}, on=BRANCH, as_=alice)
    world.merge(WHAT)
    change = landed(world)
    assert change.author == ben.account
    assert change.commits[0].emails == ("alice@example.com",)


def test_co_authors_are_told(world, alice):
    text = "Request\n\nCo-Authored-By: Ben <ben@example.com>\nco-authored-by : <dana@example.com>\n"
    alice.commits({INC: session("inc-1")}, on=BRANCH, message=text)
    assert proposed(world).commits[0].emails == ("alice@example.com", "ben@example.com", "dana@example.com")


def test_what_is_broken_about_one_request_leaves_the_others(world, alice, ben):
    lost, _ = (alice.requests(what) for what in (WHAT, "prod/inc-2"))
    for what in (WHAT, "prod/inc-2"):
        world.merge(what)
    (world.path / ".git/objects" / lost[:2] / lost[2:]).unlink()
    forge = world.forge()
    changes = forge.landed(forge.repository.touches(world.tip), tip=world.tip, sights={}, now=NOW)
    assert changes[INC] is None
    assert changes[path_of("prod/inc-2")].author == alice.account


def test_a_policy_change_of_which_something_is_lost_is_unknown(world, alice):
    pinned = world.tip
    lost = alice.commits({"policies/view.yaml": "a: 2\n"}, on="policy/view")
    alice.commits({"policies/view.yaml": "a: 3\n"}, on="policy/view")
    world.merge(None, branch="policy/view")
    (world.path / ".git/objects" / lost[:2] / lost[2:]).unlink()
    assert landed_policy(world, pinned) is None


def test_an_octopus_is_a_change_of_nobody(world, alice):
    base = world.tip
    for name in ("inc-1", "inc-2"):
        alice.requests(f"prod/{name}")
    world.checkout("main")
    branches = [branch_of("prod/inc-1"), branch_of("prod/inc-2")]
    world.git("merge", "--quiet", "--no-ff", "-m", "octopus", *branches, as_=alice, signer=alice)
    change = landed(world)
    assert (change.base, change.head, change.author, change.commits, change.files) == (base, world.tip, None, (), ())
    assert len(change.landed_files) == 2


def test_a_root_commit_is_a_change_of_nobody(tmp_path):
    world = World(tmp_path)
    root = world.policy({INC: session("inc-1")}, by=world.person("alice"))
    change = landed(world)
    assert (change.base, change.head, change.author, change.commits) == (root, root, None, ())


def test_histories_without_a_common_start_show_everything(world, alice):
    """An orphan branch: compared with main itself it deletes the policy side, and that shows."""
    world.git("checkout", "--quiet", "--orphan", BRANCH)
    world.git("rm", "--quiet", "-rf", ".")
    world.write({INC: session("inc-1")})
    world.git("commit", "--quiet", "-m", "orphan", as_=alice, signer=alice)
    assert proposed(world).files == files(("D", "identities.yaml"), ("D", "policies/view.yaml"), ("A", INC))


@pytest.mark.parametrize("mode", ["120000", "100755"])
def test_a_symlink_and_an_executable_are_no_request(world, alice, mode):
    alice.requests(WHAT)
    world.git("update-index", "--cacheinfo", f"{mode},{world.blob(BRANCH, INC)},{INC}")
    world.git("commit", "--quiet", "-m", "odd", as_=alice, signer=alice)
    assert proposed(world).blob_head is None
    world.merge(WHAT)
    change = landed(world)
    assert (change.blob_head, change.blob_landing, change.blob_now) == (None, None, None)


@pytest.mark.parametrize(
    "name", ["requests/x.yaml", "requests/a/b/c.yaml", "requests/a/we\nird.txt", "requests/::.yaml"]
)
def test_a_path_that_is_none_of_a_request_has_no_reviews(world, alice, ben, name):
    landing = world.policy({name: "x\n"}, by=alice)
    ben.approves(WHAT, on=landing)
    change = landed(world, name)
    assert (change.id, change.reviews) == (landing, ())


# Approvals


def reviews(world):
    return [(review.account, review.problem) for review in proposed(world).reviews]


def test_everybodys_tags_are_told(world, alice, ben):
    alice.requests(WHAT)
    alice.approves(WHAT)
    ben.approves(WHAT)
    ben.approves("prod/inc-1", ref="breakglass/approve/prod/inc-10/ben")
    assert reviews(world) == [(alice.account, None), (ben.account, None)]


def test_a_lightweight_tag_is_nobodys(world, alice):
    head = alice.requests(WHAT)
    world.git("tag", TAG, head)
    assert reviews(world) == [(None, f"tag {TAG} is a lightweight tag, which nobody signs")]


def test_an_unsigned_tag_is_nobodys(world, alice, ben):
    alice.requests(WHAT)
    ben.approves(WHAT, signed=False)
    assert reviews(world) == [(None, f"tag {TAG} is not signed")]


def test_a_signed_release_under_the_approval_ref(world, alice, ben):
    """Ben signed v1.0 on this very commit, but never approved anything."""
    alice.requests(WHAT)
    ben.approves(WHAT, ref=TAG, inner="v1.0")
    assert reviews(world) == [(ben.account, f"tag {TAG} was signed under another name (v1.0) and put in this place")]


def test_an_approval_of_another_request_under_this_ones_ref(world, alice, ben):
    alice.requests(WHAT)
    ben.approves(WHAT, ref=TAG, inner="breakglass/approve/dev/inc-1/ben")
    assert "put in this place" in reviews(world)[0][1]


def test_a_tag_on_another_commit_shows_what_it_is_on(world, alice, ben):
    alice.requests(WHAT)
    ben.approves(WHAT, on=world.tip)
    (review,) = proposed(world).reviews
    assert (review.commit, review.blob) == (world.tip, None)
    assert review.problem == "tag breakglass/approve/prod/inc-1/ben is on a commit that is not part of this change"


def test_a_signature_moved_to_another_commit_does_not_verify(world, alice, ben):
    first = alice.requests(WHAT)
    tag = ben.approves(WHAT)
    second = alice.commits({INC: session("inc-1", duration="8h")}, on=BRANCH)
    forged = world.git("cat-file", "tag", tag).replace(first, second) + "\n"
    world.git("update-ref", f"refs/tags/{TAG}", world.git("hash-object", "-t", "tag", "-w", "--stdin", given=forged))
    (review,) = proposed(world).reviews
    assert (review.commit, review.account) == (second, None)
    assert review.problem == f"tag {TAG} has a signature that does not verify over it"


def test_a_tag_that_was_moved_is_seen_anew(world, alice, ben):
    alice.requests(WHAT)
    first = ben.approves(WHAT)
    sights = {f"tag refs/tags/{TAG} {first}": NOW - timedelta(hours=1)}
    alice.commits({INC: session("inc-1", duration="8h")}, on=BRANCH)
    ben.approves(WHAT, force=True)
    assert [review.submitted_at for review in proposed(world, sights=sights).reviews] == [NOW]


def test_a_tag_on_a_tag_is_on_no_commit(world, alice, ben):
    alice.requests(WHAT)
    inner = ben.tags("inner", world.head(BRANCH))
    ben.approves(WHAT, on=inner)
    assert reviews(world) == [(ben.account, f"tag {TAG} is not on a commit that is here")]


def test_a_tag_that_calls_a_file_a_commit_is_on_no_commit(world, alice, ben):
    head = alice.requests(WHAT)
    text = world.git("cat-file", "tag", ben.approves(WHAT)).replace(head, world.blob(head, INC)) + "\n"
    odd = world.git("hash-object", "-t", "tag", "-w", "--literally", "--stdin", given=text)
    (world.path / ".git/refs/tags" / TAG).write_text(odd + "\n")
    (review,) = proposed(world).reviews
    assert (review.account, review.commit, review.blob) == (None, None, None)


def test_an_old_key_with_a_back_dated_tagger_is_told_as_that_key(world, alice, ben):
    """Whether it may be used now is judged by our own time; the tagger's date is nowhere in the facts."""
    alice.requests(WHAT)
    ben.approves(WHAT, date="2020-01-01T00:00:00Z")
    (review,) = proposed(world).reviews
    assert (review.account, review.submitted_at, review.problem) == (ben.account, NOW, None)


def test_a_stranger_is_told_by_their_key(world, alice):
    alice.requests(WHAT)
    mallory = world.person("mallory")
    mallory.approves(WHAT, ref=TAG)
    assert reviews(world) == [(mallory.account, None)]


# The policy side


def test_a_policy_change_with_its_approval(world, alice, ben):
    pinned = world.tip
    head = alice.commits({"policies/view.yaml": "a: 2\n"}, on="policy/view")
    ben.approves_policy("policy/view", "agreed", word="view")
    ben.approves_policy("policy/view", word="other", on=pinned)
    before = proposed(world, "policy/view")
    landing = world.merge(None, branch="policy/view")
    trees = [world.repository().policy_tree(each) for each in (pinned, head, landing)]
    change = landed_policy(world, pinned)
    assert change == Change(
        id=landing,
        author=alice.account,
        opened_at=NOW,
        merged_at=NOW,
        base=pinned,
        head=head,
        landing=landing,
        blob_head=trees[1],
        blob_landing=trees[2],
        blob_now=trees[2],
        files=files(("M", "policies/view.yaml")),
        landed_files=files(("M", "policies/view.yaml")),
        commits=(Commit(head, alice.account, ("alice@example.com",), touches=True),),
        reviews=(
            Review(
                account=ben.account,
                state=ReviewState.APPROVED,
                commit=head,
                blob=trees[1],
                submitted_at=NOW,
                body="agreed",
                source="breakglass/approve/policy/view/ben",
            ),
        ),
        pushed_by_author_only=True,
        policy_at_fork=trees[0],
    )
    assert (before.path, before.blob_head, before.blob_now) == ("", trees[1], trees[0])
    assert (before.landing, before.reviews) == (None, change.reviews)


def test_an_approval_of_a_request_is_none_of_a_policy(world, alice, ben):
    pinned = world.tip
    alice.commits({"policies/view.yaml": "a: 2\n"}, on="policy/view")
    ben.approves(WHAT, on=world.head("policy/view"))
    world.merge(None, branch="policy/view")
    assert landed_policy(world, pinned).reviews == ()


def test_an_approval_of_a_policy_is_none_of_a_request(world, alice, ben):
    """Not even of one for a cluster that is called policy, which no cluster may be."""
    landing = world.policy({"requests/policy/view.yaml": "x\n"}, by=alice)
    world.git("branch", "policy/view", landing)
    ben.approves_policy("policy/view", word="view")
    assert landed(world, "requests/policy/view.yaml").reviews == ()


def test_a_policy_change_that_the_merge_alters_shows(world, alice):
    pinned = world.tip
    alice.commits({"policies/view.yaml": "a: 2\n"}, on="policy/view")
    world.merge(None, branch="policy/view", edit={"policies/view.yaml": "evil\n"})
    change = landed_policy(world, pinned)
    assert change.blob_head != change.blob_landing


# What there is to be seen


def test_open_branches_tags_and_landings_are_to_be_seen(world, alice, ben):
    root = world.tip
    open_head = alice.requests("prod/open")
    alice.requests(WHAT)
    tag = ben.approves(WHAT)
    landing = world.merge(WHAT)
    world.git("commit", "--quiet", "--allow-empty", "-m", "nothing")
    seen = (f"branch breakglass/prod/open {open_head}", f"tag refs/tags/{TAG} {tag}")
    forge = world.forge()
    assert forge.sights(tip=world.tip, since=None) == (*seen, f"merge {root}", f"merge {landing}")
    assert forge.sights(tip=world.tip, since=root) == (*seen, f"merge {landing}")
    assert forge.sights(tip=world.tip, since=landing) == seen
    assert forge.open_changes() == ("breakglass/prod/open",)


def test_a_branch_that_asks_for_nothing_is_no_open_change(world, alice):
    alice.commits({"policies/view.yaml": "a: 2\n"}, on="breakglass/prod/nothing")
    assert world.forge().open_changes() == ()


def test_in_a_clone_the_remotes_branches_count(world, alice, ben):
    head = alice.requests(WHAT)
    ben.approves(WHAT)
    there = world.root / "clone"
    world.git("clone", "--quiet", str(world.path), str(there), "--branch", "main")
    forge = world.forge(there, remote="origin")
    assert forge.open_changes() == (BRANCH,)
    assert f"branch {BRANCH} {head}" in forge.sights(tip=world.tip, since=None)
    change = forge.proposed(BRANCH, tip=world.tip, sights={}, now=NOW)
    assert (change.head, [review.account for review in change.reviews]) == (head, [ben.account])
