"""Guards of the Python API that decide about batches of rows one by one, without a pass over all data."""

from functools import partial

from leakguard.core.errors import UsageError
from leakguard.core.policy import EXACT, NEAR, Action
from leakguard.jobs.build import build_guard
from leakguard.jobs.build.policy import build_policy
from leakguard.jobs.build.readers import build_parser
from leakguard.jobs.guard import Guard
from leakguard.outputs.redaction import redact_line
from leakguard.pipeline.route import Router
from leakguard.settings.plan import Plan


def build_row_guard(plan: Plan) -> Guard:
    """Return a guard that decides about batches one by one. Raises UsageError for a judge or a semantic search, which need two passes."""
    if plan.judge:
        raise UsageError("judge_model: a judge reads all of the data before it decides about a row: use clean or gate")
    if plan.meaning:
        raise UsageError("semantic: a semantic search reads all of the data before it decides about a row: use clean or gate")
    return build_guard(plan)


def build_router(plan: Plan) -> Router:
    """Return a router that sorts the rows of single blocks as a clean would.

    Raises UsageError as `build_row_guard` does, and for a policy that acts on duplicates: a single block has no earlier rows.
    """
    guard = build_row_guard(plan)
    for name, action in ((EXACT, plan.policy.rows.exact), (NEAR, plan.policy.rows.near)):
        if action > Action.KEEP:
            raise UsageError(f"policy: {name}: duplicates are counted in all of the data before a row is decided about: use clean")
    cut = partial(redact_line, replacement=plan.write.replacement)
    return Router(build_parser(plan.read), guard.detectors, build_policy(plan.policy, guard), cut)
