"""What can go wrong with one call, each as a client meets it."""

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What happens to a call; `…-done` means that the server carried it out all the same.

    `still`: it is made, and then its whole process stands still for a while; `still-lost`: so it does, and the call was lost.
    """

    LOST = "lost"
    LOST_DONE = "lost-done"
    TIMEOUT = "timeout"
    TIMEOUT_DONE = "timeout-done"
    CONFLICT = "conflict"
    FORBIDDEN = "forbidden"
    BUSY = "busy"
    ERROR = "error"
    ERROR_DONE = "error-done"
    SLOW = "slow"
    SLOW_DONE = "slow-done"
    KILL = "kill"
    KILL_DONE = "kill-done"
    STILL = "still"
    STILL_LOST = "still-lost"

    @property
    def is_done(self) -> bool:
        """Whether the call takes effect."""
        return self.endswith("-done")


ANSWERS = {
    Fault.CONFLICT: (409, "the object has been modified; please apply your changes to the latest version"),
    Fault.FORBIDDEN: (403, "it is forbidden: a fault of the simulation"),
    Fault.BUSY: (429, "too many requests"),
    Fault.ERROR: (500, "internal error"),
    Fault.ERROR_DONE: (500, "internal error"),
}


@dataclass(frozen=True)
class Mishap:
    """From call number `call` of a process on, `length` calls meet the fault; with `writes` only writes are counted."""

    call: int
    fault: Fault
    length: int = 1
    seconds: float = 0.0
    """For slow ones, how long it takes; for those that stand still, how long nothing of the process goes on."""
    writes: bool = False

    def hits(self, calls: int, writes: int, method: str) -> bool:
        """Whether it hits the call of which this is the number, among all and among writes."""
        if self.writes and method == "GET":
            return False
        number = writes if self.writes else calls
        return self.call <= number < self.call + self.length
