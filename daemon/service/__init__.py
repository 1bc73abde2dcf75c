"""The daemon put together: configuration to adapters to loops, each loop in a file of its own.

`compose` is the only place that builds adapters; `life` starts the loops and ends them in order.
"""
