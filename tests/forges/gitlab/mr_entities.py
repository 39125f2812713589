"""What the fake GitLab shows of merge requests: them, their approvals, versions, notes and events."""

from tests.forges.gitlab.entities import Entities, time
from tests.forges.gitlab.state import GHOST


class MergeRequestEntities(Entities):
    def merge_request(self, mr):
        """As lists have it (`MergeRequestBasic`)."""
        world, git, user = self.world, self.world.project.git, self.user
        status = world.merge_status(mr)
        stale = {"checking": "checking", "conflict": "cannot_be_merged"}.get(status, "can_be_merged")
        full = f"{world.project.full_path}!{mr.iid}"
        fork = mr.source is not world.project
        missing = mr.source is None or git.head(f"refs/merge-requests/{mr.iid}/head") is None
        return {
            "id": mr.id,
            "iid": mr.iid,
            "project_id": world.project.id,
            "title": mr.title,
            "description": mr.description,
            "state": mr.state,
            "created_at": time(mr.created_at),
            "updated_at": time(mr.updated_at),
            # Of a deleted account the one is the ghost's and the other is nobody's.
            "merged_by": None if mr.merge_user and mr.merge_user.kind == GHOST else user(mr.merge_user),
            "merge_user": user(mr.merge_user),
            "merged_at": time(mr.merged_at),
            "closed_by": user(mr.closed_by),
            "closed_at": time(mr.closed_at),
            "target_branch": mr.target_branch,
            "source_branch": mr.source_branch,
            "user_notes_count": sum(not each.system for each in mr.notes),
            "upvotes": 0,
            "downvotes": 0,
            "author": user(mr.author),
            "assignees": [],
            "assignee": None,
            "reviewers": [],
            "source_project_id": mr.source.id if mr.source else None,
            "target_project_id": world.project.id,
            "labels": [],
            "draft": mr.draft,
            "imported": False,
            "imported_from": "none",
            "work_in_progress": mr.draft,
            "milestone": None,
            "merge_when_pipeline_succeeds": False,
            "merge_status": stale,
            "detailed_merge_status": status,
            "merge_after": None,
            "sha": mr.latest.head,
            "merge_commit_sha": mr.merge_commit_sha,
            "squash_commit_sha": mr.squash_commit_sha,
            "discussion_locked": None,
            "should_remove_source_branch": None,
            "force_remove_source_branch": False,
            "prepared_at": None if mr.busy else time(mr.created_at),
            **({"allow_collaboration": False, "allow_maintainer_to_push": False} if fork and not missing else {}),
            "reference": f"!{mr.iid}",
            "references": {"short": f"!{mr.iid}", "relative": f"!{mr.iid}", "full": full},
            "web_url": f"{self.url}/{world.project.full_path}/-/merge_requests/{mr.iid}",
            "time_stats": {"time_estimate": 0, "total_time_spent": 0, "human_time_estimate": None,
                           "human_total_time_spent": None},
            "squash": mr.squash_commit_sha is not None,
            "squash_on_merge": mr.squash_commit_sha is not None,
            "task_completion_status": {"count": 0, "completed_count": 0},
            "has_conflicts": status == "conflict",
            "blocking_discussions_resolved": True,
            **({} if world.tier == "free" else {"approvals_before_merge": None}),
        }  # fmt: skip

    def whole_merge_request(self, mr):
        """As a single one is shown (`MergeRequest`)."""
        latest = mr.latest
        changes = self.world.project.git.differences(latest.base, latest.head, renames=True)
        return {
            **self.merge_request(mr),
            "subscribed": False,
            "changes_count": str(len(changes)) if changes else None,
            "latest_build_started_at": None,
            "latest_build_finished_at": None,
            "first_deployed_to_production_at": None,
            "pipeline": None,
            "head_pipeline": None,
            "diff_refs": {"base_sha": latest.base, "head_sha": latest.head, "start_sha": latest.start},
            "merge_error": None,
            "first_contribution": False,
            "user": {"can_merge": self.can_merge(mr)},
        }

    def can_merge(self, mr):
        protection = self.world.project.protected.get(mr.target_branch)
        least = protection.merge_level if protection else 30
        return bool(least) and self.world.level(self.caller) >= least

    def diffs(self, mr):
        git, latest = self.world.project.git, mr.latest
        return [self.diff(self.world.project, latest.base, latest.head, each)
                for each in git.differences(latest.base, latest.head, renames=True)]  # fmt: skip

    def changed_merge_request(self, mr):
        return {**self.whole_merge_request(mr), "changes": self.diffs(mr), "overflow": False}

    def approvals(self, mr):
        """On Free `approved` says that somebody approved; on Premium that no rule is left."""
        world = self.world
        mine = any(each.user is self.caller for each in mr.approvals)
        can = self.caller is not None and not mine and world.eligible(self.caller, mr)
        by = [
            {"user": self.user(each.user), **({} if world.old else {"approved_at": time(each.approved_at)})}
            for each in mr.approvals
        ]
        plain = {"user_has_approved": mine, "user_can_approve": can, "approved": bool(mr.approvals), "approved_by": by}
        if world.tier == "free":
            return plain
        rules = [(rule, *world.rule_state(rule, mr)) for rule in world.rules_of(mr)]
        missing = [(rule, approved) for rule, _, approved, done in rules if not done]
        left = max((rule.approvals_required - len(approved) for rule, approved in missing), default=0)
        return {
            "id": mr.id,
            "iid": mr.iid,
            "project_id": world.project.id,
            "title": mr.title,
            "description": mr.description,
            "state": mr.state,
            "created_at": time(mr.created_at),
            "updated_at": time(mr.updated_at),
            "merge_status": self.merge_request(mr)["merge_status"],
            **plain,
            "approved": not missing,
            "approvals_required": max((rule.approvals_required for rule, *_ in rules), default=0),
            "approvals_left": left,
            "require_password_to_approve": world.project.require_password_to_approve,
            "suggested_approvers": [],
            "approvers": [],
            "approver_groups": [],
            "approval_rules_left": [self.rule_left(rule) for rule, _ in missing],
            "has_approval_rules": bool(rules),
            "merge_request_approvers_available": True,
            "multiple_approval_rules_available": True,
            "invalid_approvers_rules": [
                self.rule_left(rule) for rule, eligible, _, _ in rules if len(eligible) < rule.approvals_required
            ],
        }

    def rule_left(self, rule):
        return {"id": rule.id, "name": rule.name, "rule_type": "any_approver" if rule.any_approver else "regular"}

    def project_rule(self, rule):
        """A rule of the project, as the list of them has it; who is eligible is who it names."""
        members = [each.user for group in rule.groups for each in self.world.all_members(group).values()]
        eligible = {each.id: each for each in (*rule.users, *members)}
        return {
            "id": rule.id,
            "name": rule.name,
            "rule_type": "any_approver" if rule.any_approver else "regular",
            "report_type": None,
            "eligible_approvers": [self.user(each) for each in eligible.values()],
            "approvals_required": rule.approvals_required,
            "users": [self.user(each) for each in rule.users],
            "groups": [self.group(each) for each in rule.groups],
            "contains_hidden_groups": False,
            "protected_branches": [],
            "applies_to_all_protected_branches": False,
        }

    def rule(self, rule, mr):
        kind = "any_approver" if rule.any_approver else "regular"
        eligible = [] if rule.any_approver else self.world.approvers(rule, mr)
        return {
            "id": rule.id,
            "name": rule.name,
            "rule_type": kind,
            "report_type": None,
            "eligible_approvers": [self.user(each) for each in eligible],
            "approvals_required": rule.approvals_required,
            "users": [self.user(each) for each in rule.users],
            "groups": [self.group(each) for each in rule.groups],
            "contains_hidden_groups": False,
            "section": None,
            "source_rule": None,
            "overridden": mr.rules is not None,
        }

    def rule_with_state(self, rule, mr):
        _, approved, done = self.world.rule_state(rule, mr)
        return {
            **self.rule(rule, mr),
            "code_owner": False,
            "approved_by": [self.user(each) for each in approved],
            "approved": done,
        }

    def version(self, mr, version):
        changes = self.world.project.git.differences(version.base, version.head)
        return {
            "id": version.id,
            "head_commit_sha": version.head,
            "base_commit_sha": version.base,
            "start_commit_sha": version.start,
            "created_at": time(version.created_at),
            "merge_request_id": mr.id,
            "state": "without_files" if version.cleaned else "collected" if changes else "empty",
            "real_size": str(len(changes)),
            "patch_id_sha": version.patch_id_sha,
        }

    def whole_version(self, mr, version):
        project = self.world.project
        changes = project.git.differences(version.base, version.head, renames=True)
        return {
            **self.version(mr, version),
            "commits": [self.commit(project, each) for each in self.commits(version)],
            "diffs": []
            if version.cleaned
            else [self.diff(project, version.base, version.head, each) for each in changes],
        }

    def commits(self, version):
        """The commits of a version, newest first."""
        return self.world.project.git.between(version.base, version.head)[::-1]

    def note(self, mr, note):
        return {
            "id": note.id,
            "type": None,
            "body": note.body,
            "author": self.user(note.author),
            "created_at": time(note.created_at),
            "updated_at": time(note.updated_at),
            "system": note.system,
            "noteable_id": mr.id,
            "noteable_type": "MergeRequest",
            "project_id": self.world.project.id,
            "resolvable": False,
            "confidential": False,
            "internal": False,
            "imported": False,
            "imported_from": "none",
            "noteable_iid": mr.iid,
            "commands_changes": {},
        }

    def state_event(self, mr, event):
        return {
            "id": event.id,
            "user": self.user(event.user),
            "created_at": time(event.created_at),
            "resource_type": "MergeRequest",
            "resource_id": mr.id,
            "source_commit": None,
            "source_merge_request_id": None,
            "state": event.state,
        }
