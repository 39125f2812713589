"""How GitHub tells what lies in git in JSON: files, trees, blobs and refs."""

import base64

from tests.forges.github.views import Views


class GitViews(Views):
    @property
    def repo(self):
        return f"{self.api}/repos/{self.world.repository.full_name}"

    def content(self, path, commit):
        """A file at a commit; None where there is none. (A folder is a list, which is not modelled.)"""
        bare = self.world.bare
        entry = bare.git("ls-tree", commit, "--", path)
        if not entry:
            return None
        mode, kind, sha = entry.split("\t")[0].split(" ")
        if kind != "blob" or mode == "120000":
            raise NotImplementedError(f"contents of {kind} {mode}")
        data = bare.content(commit, path)
        url = f"{self.repo}/contents/{path}?ref={commit}"
        html = f"https://github.example.com/{self.world.repository.full_name}/blob/{commit}/{path}"
        git = f"{self.repo}/git/blobs/{sha}"
        return {"type": "file", "encoding": "base64", "size": len(data), "name": path.rpartition("/")[2], "path": path,
                "content": base64.encodebytes(data).decode(), "sha": sha, "url": url, "git_url": git, "html_url": html,
                "download_url": None, "_links": {"self": url, "git": git, "html": html}}  # fmt: skip

    def tree(self, name, *, deep):
        """By the id of a tree or of a commit, or by a branch; None where there is none."""
        bare = self.world.bare
        sha = bare.run("rev-parse", "--verify", "--quiet", f"{name}^{{tree}}").stdout.decode().strip()
        if not sha:
            return None
        listed = bare.git("ls-tree", "-l", "-z", *(["-r", "-t"] if deep else []), sha, strip=False).split("\0")
        entries = []
        for line in filter(None, listed):
            facts, path = line.split("\t", 1)
            mode, kind, own, size = facts.split()
            plural = {"blob": "blobs", "tree": "trees", "commit": "commits"}[kind]
            entries.append({"path": path, "mode": mode, "type": kind, "sha": own, "url": f"{self.repo}/git/{plural}/{own}",
                            **({"size": int(size)} if kind == "blob" else {})})  # fmt: skip
        return {"sha": sha, "url": f"{self.repo}/git/trees/{sha}", "tree": entries, "truncated": False}

    def blob(self, sha):
        ended = self.world.bare.run("cat-file", "blob", sha)
        if ended.returncode:
            return None
        return {"sha": sha, "node_id": f"B_{sha}", "size": len(ended.stdout), "url": f"{self.repo}/git/blobs/{sha}",
                "encoding": "base64", "content": base64.encodebytes(ended.stdout).decode()}  # fmt: skip

    def ref(self, name, sha):
        target = {"type": "commit", "sha": sha, "url": f"{self.repo}/git/commits/{sha}"}
        return {"ref": name, "node_id": f"REF_{name}", "url": f"{self.repo}/git/{name}", "object": target}
