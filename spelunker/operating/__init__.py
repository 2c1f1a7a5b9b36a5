"""The page of operations: what the installation does just now, and what somebody should see to."""
