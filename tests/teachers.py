"""Teachers behind an endpoint, for tests."""

from leakguard.harness.endpoint import connect_writer
from leakguard.models.endpoint.answer_cache import AnswerCache
from leakguard.models.endpoint.budget import UsageMeter
from leakguard.models.endpoint.openai import Endpoint, Sampling

SAMPLING = Sampling(1.0, 12)


def connect(url, *, key="key", model="model", system="", sampling=SAMPLING, timeout=20, cache=None, meter=None):
    """A writer that asks the endpoint at `url`, with its answers in memory unless `cache` is a path."""
    endpoint = Endpoint(model, url, key, timeout)
    return connect_writer(endpoint, system, sampling, answers=AnswerCache(cache), meter=meter or UsageMeter(reply=sampling.tokens))
