"""What the processes tell of themselves: log lines, measurements, traces and reports of errors."""
