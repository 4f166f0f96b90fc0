"""The supporter's own room behind a mailed link, lost links, personal data and how long it is kept."""
