"""What a backtest reads: trails, folders and files in, one stream of log files in the order of their URLs out.

Apart from the daemon's sources because nothing is remembered here, and because people's own folders hold more
than CloudTrail writes: what is no log is passed over by name, what claims to be one and cannot be read is a fault.
"""
