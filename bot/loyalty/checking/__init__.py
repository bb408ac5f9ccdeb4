"""Looking whether the accounts are what their entries say."""
