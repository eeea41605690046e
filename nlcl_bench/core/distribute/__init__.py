"""Shards of long work handed to an executor of datatrove: local processes, Ray or Slurm; the only door to datatrove.

::

    chosen.py  what a command line chose, and the way from the commands to the rest
    run.py     all shards done by an executor that is waited for: local or Ray
    local.py   processes of this machine
    on_ray.py  a Ray cluster, or one of this machine alone; the only door to ray
    slurm.py   jobs of Slurm, submitted
    step.py    a shard as a step of a datatrove pipeline, and how its end is told
    folder.py  the executor's logs and notes

A shard knows by itself what of it is done, so that datatrove's own marks are never trusted for that: they say which
shards of this very run have ended well, and every run begins without any.
"""
