"""Methods held against history, period by period, each decision with only the past known. Pure."""
