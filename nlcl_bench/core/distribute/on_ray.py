"""Shards on a Ray cluster: the one that ``RAY_ADDRESS`` names, else one of this machine alone. The only door to ray.

Datatrove's executor drops the errors of its tasks, and waits for ever when a process that its actors forked is killed,
or when a task cannot be submitted. Here Ray's own tasks run the shards: it starts those of a lost machine again, and
tells how each ended.
"""

from __future__ import annotations

import logging
import os
import socket
from contextlib import contextmanager
from functools import partial
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from datatrove.executor.base import PipelineExecutor
from datatrove.executor.ray import RayPipelineExecutor

from nlcl_bench.core.distribute.step import ending, missing
from nlcl_bench.core.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlcl_bench.core.errors import NLCLBenchError

__all__ = ["OnRay", "cluster"]

_ERRORS_ONLY = 1
_PATIENCE = 10.0
"""Seconds until a cluster must have answered."""

_OBJECTS = 80 * 1024 * 1024
"""Bytes of shared memory for what tasks pass on, the least that Ray takes: they pass on next to nothing."""

_ALONE = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # listen on 127.0.0.1, as Ray does by itself on those systems
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # what Ray will do by itself, and now warns of
}


class OnRay(RayPipelineExecutor):  # type: ignore[misc]  # datatrove has no types
    """Datatrove's Ray executor with plain tasks: one processor each, no memory reserved."""

    def run(self) -> Iterator[NLCLBenchError | None]:
        """Run all shards and yield how each ended, in their order.

        Raises:
            RunError: The cluster does not answer, or its workers were killed again and again.
        """
        with cluster(self.workers):
            import ray

            # Ray starts a task again, three times, whose process was killed: the shard goes on where it was
            this, task = ray.put(self), ray.remote(num_cpus=1)(_ending)
            for rank, end in enumerate([task.remote(this, rank) for rank in range(self.tasks)]):
                try:
                    yield ray.get(end)
                except ray.exceptions.RayTaskError:  # an exception in our code
                    raise
                except ray.exceptions.RayError as error:
                    raise RunError(
                        f"Ray lost shard {rank + 1}/{self.tasks}: {str(error).splitlines()[0]}",
                        where="--executor ray",
                        fix="run the same command again; what is done is kept",
                    ) from error


def _ending(executor: OnRay, rank: int) -> NLCLBenchError | None:
    # not RayPipelineExecutor's own, which writes its logs to a folder of /tmp that all users share
    return ending(partial(PipelineExecutor._run_for_rank, executor, rank, _ERRORS_ONLY))  # noqa: SLF001


@contextmanager
def cluster(workers: int) -> Iterator[None]:
    """Be connected to a Ray cluster while the block runs.

    It is the one that this process is connected to already, else that of ``RAY_ADDRESS``, else one that is started
    here, listens on 127.0.0.1 alone, and ends with the block.

    Args:
        workers: Tasks that run at a time, if it is started here.

    Raises:
        InputError: Ray is not installed.
        RunError: The cluster does not answer.
    """
    address = os.environ.get("RAY_ADDRESS")
    if address is None:
        os.environ.update(_ALONE)  # before Ray is imported: it reads some of them once
    else:
        _refuse_silent(address)
    try:
        import ray
    except ImportError as error:
        raise missing(error, "ray") from error
    if ray.is_initialized():
        yield
        return
    with TemporaryDirectory(prefix="ray-") as folder:  # short: the names of Ray's sockets may have 107 letters
        alone = {"num_cpus": workers, "include_dashboard": False, "object_store_memory": _OBJECTS, "_temp_dir": folder}
        options: dict[str, Any] = {"address": "local", **alone} if address is None else {"address": address}
        try:
            ray.init(**options, log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, RuntimeError) as error:
            raise RunError(
                f"Ray does not let us in: {str(error).splitlines()[0]}",
                where="--executor ray" if address is None else f"RAY_ADDRESS={address}",
                fix="use the cluster's version of Ray, and RAY_AUTH_MODE=token and RAY_AUTH_TOKEN if it asks for one",
            ) from error
        try:
            yield
        finally:
            ray.shutdown()


def _refuse_silent(address: str) -> None:
    """Make sure that somebody listens there: Ray itself goes on trying for many minutes."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not port.isdecimal():  # a word such as auto
        return
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE):
            pass
    except (OSError, OverflowError) as error:
        raise RunError("no Ray cluster answers", where=f"RAY_ADDRESS={address}", fix="check the address") from error
