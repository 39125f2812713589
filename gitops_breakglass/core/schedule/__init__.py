"""When access holds: requests, decisions and one `now` become windows."""

from gitops_breakglass.core.schedule.course import course_of, recurring_course
from gitops_breakglass.core.schedule.once import window_of
from gitops_breakglass.core.schedule.recurring import recurrence_of
from gitops_breakglass.core.schedule.union import union

__all__ = ["course_of", "recurrence_of", "recurring_course", "union", "window_of"]
