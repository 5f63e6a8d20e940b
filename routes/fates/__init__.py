"""What an outcome means: every cause the hub can give, its fate, what to do about it. Decided here, nowhere else."""

from routes.fates.catalogue import CAUSES, RECONCILE, cause_of, cause_of_fault, fate_of
from routes.fates.causes import Cause
from routes.fates.schedules import delay, later, rhythm

__all__ = ["CAUSES", "RECONCILE", "Cause", "cause_of", "cause_of_fault", "delay", "fate_of", "later", "rhythm"]
