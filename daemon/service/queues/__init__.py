"""Sources that hear of new log files, and of events themselves, from queues."""
