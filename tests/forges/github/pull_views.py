"""How GitHub tells pull requests, reviews, comments, events, pushes and rules in JSON."""

from tests.forges.github.git_views import GitViews
from tests.forges.github.views import stamp

PULL_URLS = {
    "issue": "issues/{n}", "commits": "pulls/{n}/commits", "review_comments": "pulls/{n}/comments",
    "review_comment": "pulls/comments{{/number}}", "comments": "issues/{n}/comments",
}  # fmt: skip


class PullViews(GitViews):
    def pull(self, pull, *, full=False, version="2022-11-28"):
        """A pull request; `full` is how it shows itself, the rest is for lists."""
        world = self.world
        repo = f"{self.api}/repos/{world.repository.full_name}"
        url, html = f"{repo}/pulls/{pull.number}", self.html(pull)
        urls = {f"{name}_url": f"{repo}/{path.format(n=pull.number)}" for name, path in PULL_URLS.items()}
        urls["statuses_url"] = f"{repo}/statuses/{pull.head}"
        links = {name.removesuffix("_url"): {"href": each} for name, each in urls.items()}
        owner = world.people.get(pull.head_owner)
        merge = pull.merge_commit if pull.merged else (pull.open and world.test_merge(pull)) or None
        told = {
            "id": pull.id, "node_id": f"PR_{pull.id}", "number": pull.number, "url": url, "html_url": html,
            "diff_url": f"{html}.diff", "patch_url": f"{html}.patch", **urls,
            "state": "open" if pull.open else "closed", "locked": False, "title": pull.title,
            "user": self.user(pull.user), "body": pull.body or None, "labels": [], "milestone": None,
            "created_at": stamp(pull.created), "updated_at": stamp(pull.updated), "closed_at": stamp(pull.closed),
            "merged_at": stamp(pull.merged), "merge_commit_sha": merge, "assignee": None, "assignees": [],
            "requested_reviewers": [], "requested_teams": [], "draft": pull.draft, "auto_merge": None,
            "author_association": self.association(pull.user), "active_lock_reason": None,
            "head": self.end(pull.head_ref, pull.head, owner, pull.repository),
            "base": self.end(pull.base, pull.base_sha, world.organisation, world.repository),
            "_links": {"self": {"href": url}, "html": {"href": html}, **links},
        }  # fmt: skip
        if full:
            told |= self.rest_of(pull, merge)
        if version >= "2026-03-10":
            del told["merge_commit_sha"], told["assignee"]
        return told

    def rest_of(self, pull, merge):
        world, files = self.world, self.files_of(pull)
        able = None if pull.merged or not pull.open else merge is not None
        return {
            "merged": pull.merged is not None, "merged_by": self.user(pull.merged_by), "mergeable": able,
            "rebaseable": able, "mergeable_state": {None: "unknown", True: "clean", False: "dirty"}[able],
            "comments": sum(each.number == pull.number for each in world.comments.values()), "review_comments": 0,
            "maintainer_can_modify": False, "commits": len(world.commits_of(pull)), "changed_files": len(files),
            "additions": sum(each["additions"] for each in files),
            "deletions": sum(each["deletions"] for each in files),
        }  # fmt: skip

    def end(self, ref, sha, owner, repository):
        login = owner.login if owner else "unknown"
        return {"label": f"{login}:{ref}", "ref": ref, "sha": sha, "user": self.user(owner),
                "repo": self.repository(repository)}  # fmt: skip

    def html(self, pull):
        return f"https://github.example.com/{self.world.repository.full_name}/pull/{pull.number}"

    def files_of(self, pull):
        """Against the commit at which the branch left its base."""
        bare = self.world.bare
        start = pull.start or bare.merge_base(bare.head(pull.base), pull.head)
        return self.files(start, pull.head)

    def association(self, user):
        account = self.world.people.get(user)
        if account is None:
            return "NONE"
        return "MEMBER" if self.world.may(account, "write") else "CONTRIBUTOR"

    def review(self, pull, review):
        url, html = f"{self.api}/repos/{self.world.repository.full_name}/pulls/{pull.number}", self.html(pull)
        html = f"{html}#pullrequestreview-{review.id}"
        return {
            "id": review.id, "node_id": f"PRR_{review.id}", "user": self.user(review.user), "body": review.body,
            "state": review.state, "html_url": html, "pull_request_url": url, "commit_id": review.commit,
            "author_association": self.association(review.user),
            **({"submitted_at": stamp(review.submitted)} if review.submitted else {}),
            "_links": {"html": {"href": html}, "pull_request": {"href": url}},
        }  # fmt: skip

    def comment(self, comment):
        repo = f"{self.api}/repos/{self.world.repository.full_name}"
        html = f"{self.html(self.world.pulls[comment.number])}#issuecomment-{comment.id}"
        return {
            "id": comment.id, "node_id": f"IC_{comment.id}", "url": f"{repo}/issues/comments/{comment.id}",
            "html_url": html, "issue_url": f"{repo}/issues/{comment.number}", "body": comment.body,
            "user": self.user(comment.user), "created_at": stamp(comment.created),
            "updated_at": stamp(comment.updated), "author_association": self.association(comment.user),
            "performed_via_github_app": None,
        }  # fmt: skip

    def event(self, event):
        """An event of an issue, as `GET …/events` and the timeline have it."""
        repo = f"{self.api}/repos/{self.world.repository.full_name}"
        more = {name: value for name, value in event.more.items() if name in ("dismissed_review", "rename")}
        return {
            "id": event.id, "node_id": f"E_{event.id}", "url": f"{repo}/issues/events/{event.id}",
            "actor": self.user(event.actor), "event": event.kind, "commit_id": event.commit,
            "commit_url": event.commit and f"{repo}/commits/{event.commit}", "created_at": stamp(event.at),
            "performed_via_github_app": None, **more,
        }  # fmt: skip

    def timeline(self, pull, asker):
        """Commits first, then events, reviews and comments by their time."""
        world = self.world
        commits = [{**self.commit(each)["commit"], "event": "committed", "sha": each, "node_id": f"C_{each}",
                    "html_url": self.commit(each)["html_url"], "url": self.commit(each)["commit"]["url"],
                    "parents": self.commit(each)["parents"]} for each in world.commits_of(pull)]  # fmt: skip
        told = [(each.at, self.event(each)) for each in pull.events]
        told += [(each.at, {**self.review(pull, each), "event": "reviewed", "state": each.state.lower()})
                 for each in pull.seen_by(asker)]  # fmt: skip
        told += [(each.created, {**self.comment(each), "event": "commented", "actor": self.user(each.user)})
                 for each in world.comments.values() if each.number == pull.number]  # fmt: skip
        return [*commits, *(each for _, each in sorted(told, key=lambda pair: pair[0]))]

    def activity(self, each):
        return {"id": each.id, "node_id": f"PSH_{each.id}", "before": each.before or "0" * 40,
                "after": each.after or "0" * 40, "ref": each.ref, "timestamp": stamp(each.at),
                "activity_type": each.kind, "actor": self.user(each.actor)}  # fmt: skip

    def suite(self, each):
        world = self.world
        return {"id": each.id, "actor_id": each.actor, "actor_name": world.people[each.actor].login,
                "before_sha": each.before, "after_sha": each.after, "ref": each.ref,
                "repository_id": world.repository.id, "repository_name": world.repository.name,
                "pushed_at": stamp(each.at), "result": each.result, "evaluation_result": None}  # fmt: skip

    def rules(self, branch):
        world = self.world
        told = []
        for kind, parameters in world.rules_of(branch).items():
            source = {
                "ruleset_source_type": "Repository",
                "ruleset_source": world.repository.full_name,
                "ruleset_id": 1,
            }
            whole = {**PULL_REQUEST_RULE, **parameters} if kind == "pull_request" else parameters
            told.append({"type": kind, **({"parameters": whole} if whole else {}), **source})
        return told

    def branch(self, branch):
        world = self.world
        url = f"{self.api}/repos/{world.repository.full_name}/branches/{branch}"
        rules, classic = world.rules.get(branch, ({}, None))
        return {"name": branch, "commit": self.commit(world.bare.head(branch)),
                "_links": {"self": url, "html": f"https://github.example.com/{world.repository.full_name}/tree/{branch}"},
                "protected": bool(rules or classic), "protection_url": f"{url}/protection",
                "protection": {"enabled": classic is not None}}  # fmt: skip

    def check_run(self, run):
        world, told = self.world, run.told
        url = f"{self.api}/repos/{world.repository.full_name}/check-runs/{run.id}"
        output = told.get("output", {})
        done = told.get("conclusion")
        return {
            "id": run.id, "node_id": f"CR_{run.id}", "name": told["name"], "head_sha": told["head_sha"], "url": url,
            "html_url": f"https://github.example.com/{world.repository.full_name}/runs/{run.id}",
            "external_id": told.get("external_id", ""), "details_url": told.get("details_url"), "app": None,
            "status": "completed" if done else told.get("status", "queued"), "conclusion": done,
            "started_at": stamp(run.at), "completed_at": stamp(run.at) if done else None, "pull_requests": [],
            "check_suite": {"id": run.id},
            "output": {"title": output.get("title"), "summary": output.get("summary"), "text": output.get("text"),
                       "annotations_count": len(output.get("annotations", [])),
                       "annotations_url": f"{url}/annotations"},
        }  # fmt: skip

    def workflow_run(self, run):
        world = self.world
        repo = f"{self.api}/repos/{world.repository.full_name}"
        url = f"{repo}/actions/runs/{run.id}"
        parts = ("jobs", "logs", "artifacts", "cancel", "rerun")
        repository = self.repository(world.repository)
        return {
            "id": run.id, "node_id": f"WFR_{run.id}", "name": run.file, "path": f".github/workflows/{run.file}",
            "run_number": run.id % 1000, "run_attempt": 1, "event": run.event, "status": "completed",
            "conclusion": run.conclusion, "workflow_id": 1, "head_branch": run.branch, "head_sha": run.head,
            "display_title": run.file, "url": url, "html_url": f"https://github.example.com/{world.repository.full_name}/actions/runs/{run.id}",
            **{f"{each}_url": f"{url}/{each}" for each in parts}, "check_suite_url": f"{repo}/check-suites/{run.id}",
            "workflow_url": f"{repo}/actions/workflows/1", "previous_attempt_url": None, "pull_requests": [],
            "created_at": stamp(run.at), "updated_at": stamp(run.at), "run_started_at": stamp(run.at),
            "head_commit": None, "repository": repository, "head_repository": repository,
        }  # fmt: skip


# What a rule says where nothing else was chosen.
PULL_REQUEST_RULE = {
    "dismiss_stale_reviews_on_push": False, "require_code_owner_review": False, "require_last_push_approval": False,
    "required_approving_review_count": 0, "required_review_thread_resolution": False,
}  # fmt: skip
