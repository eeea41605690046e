"""Somebody else's models, programs and outputs as methods: ``--method KIND:ARGUMENT``.

One module a kind, found through the entry points ``nlcl_bench.adapters``: a function from the argument, and from what
the user declares, to a :class:`nlcl_bench.methods.spec.MethodSpec`. What neither the file nor the user says, the run
records as not stated. Nothing that a stranger's file holds is run as code, with one exception that the user has to ask
for: TorchScript.
"""
