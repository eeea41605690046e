"""The ground floor of nlcl-bench: data, methods, metrics and the evaluation that joins them."""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("nlcl-bench")
