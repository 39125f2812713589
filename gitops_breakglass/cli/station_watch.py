"""A watcher that also rings for the runs, and shows that somebody waits at it."""

from __future__ import annotations

from gitops_breakglass.ports import Bell, Clock, Watcher


class StationWatch:
    """Passes on what a watcher hears of a cluster; without a watcher it hears nothing, and waits."""

    def __init__(self, watcher: Watcher | None, bell: Bell, clock: Clock) -> None:
        self.turned = clock.elapsed()
        """When somebody last began to wait."""
        self._watcher = watcher
        self._bell = bell
        self._clock = clock

    def wait(self, seconds: float) -> bool:
        """Whether something changed since the last wait, or does within so many seconds."""
        self.turned = self._clock.elapsed()
        if self._watcher is None:
            self._clock.sleep(seconds)
            return False
        if changed := self._watcher.wait(seconds):
            self._bell.ring()
        return changed
