"""The ledger: what is posted, and what follows for accounts and their lots."""
