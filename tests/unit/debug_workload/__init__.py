"""Sessions in workload mode: a template and a request, and the objects that they come to."""
