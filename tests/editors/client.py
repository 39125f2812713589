"""An editor: it opens documents in a language server, and asks it what to complete and what to show."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from pathlib import Path
from typing import Any

SECONDS = 60.0
CAPABILITIES = {
    "workspace": {"configuration": True, "workspaceFolders": True},
    "textDocument": {"hover": {"contentFormat": ["markdown"]}},
}


class Editor:
    """A language server with one folder open, and what it has told."""

    def __init__(self, command: list[str], folder: Path, settings: dict[str, Any]) -> None:
        """Start the server in a folder, with the settings of its language (`{"yaml": {…}}`)."""
        self.folder = folder
        self.settings = settings
        self._asked = 0
        self._versions: dict[str, int] = {}
        self._told: dict[str, list[dict[str, Any]]] = {}
        self._messages: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        root = {"uri": folder.as_uri(), "name": folder.name}
        options = {"processId": None, "rootUri": root["uri"], "workspaceFolders": [root], "capabilities": CAPABILITIES}
        self.ask("initialize", options)
        self._send({"method": "initialized", "params": {}})
        self._send({"method": "workspace/didChangeConfiguration", "params": {"settings": settings}})

    def close(self) -> None:
        """End the server; it is killed where it does not go."""
        try:
            self.ask("shutdown", None)
            self._send({"method": "exit"})
            self._process.wait(10)
        finally:
            self._process.kill()
            self._process.wait()
            self._reader.join(10)
            for stream in (self._process.stdin, self._process.stdout):
                stream.close()

    def problems(self, path: str, text: str) -> list[tuple[int, int, str]]:
        """Open or change a document, and return what is marked in it, by place: line and column as people count, the message."""
        uri = self._uri(path)
        version = self._versions[uri] = self._versions.get(uri, 0) + 1
        if version == 1:
            opened = {"uri": uri, "languageId": "yaml", "version": version, "text": text}
            self._send({"method": "textDocument/didOpen", "params": {"textDocument": opened}})
        else:
            changed = {"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]}
            self._send({"method": "textDocument/didChange", "params": changed})
        while uri not in self._told:
            self._step()
        starts = [(each["range"]["start"], each["message"]) for each in self._told.pop(uri)]
        return sorted((start["line"] + 1, start["character"] + 1, message) for start, message in starts)

    def completions(self, path: str, line: int, column: int) -> dict[str, str]:
        """Return what may be written at a place, with what is said of it."""
        answer = self.ask("textDocument/completion", self._place(path, line, column))
        return {each["label"]: _text(each.get("documentation", "")) for each in answer["items"]}

    def hover(self, path: str, line: int, column: int) -> str:
        """Return what is shown over a place."""
        answer = self.ask("textDocument/hover", self._place(path, line, column))
        return _text(answer["contents"]) if answer else ""

    def ask(self, method: str, params: Any) -> Any:
        """Send a request and return its answer."""
        self._asked += 1
        number = self._asked
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._step()
            if message.get("id") == number and "method" not in message:
                return message["result"]

    def _uri(self, path: str) -> str:
        return (self.folder / path).as_uri()

    def _place(self, path: str, line: int, column: int) -> dict[str, Any]:
        position = {"line": line - 1, "character": column - 1}
        return {"textDocument": {"uri": self._uri(path)}, "position": position}

    def _send(self, message: dict[str, Any]) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(content) + content)
        self._process.stdin.flush()

    def _step(self) -> dict[str, Any]:
        """Take the next message, and answer it where the server asks something."""
        message = self._messages.get(timeout=SECONDS)
        assert message is not None, "the language server has ended"
        method = message.get("method")
        if method == "textDocument/publishDiagnostics":
            self._told[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif method is not None and "id" in message:
            asked = message["params"].get("items", ()) if method == "workspace/configuration" else None
            result = None if asked is None else [self.settings.get(each.get("section")) for each in asked]
            self._send({"id": message["id"], "result": result})
        return message

    def _read(self) -> None:
        stream = self._process.stdout
        while header := stream.readline():
            length = 0
            while header.strip():
                name, _, value = header.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
                header = stream.readline()
            self._messages.put(json.loads(stream.read(length)))
        self._messages.put(None)


def _text(said: Any) -> str:
    return said["value"] if isinstance(said, dict) else said
