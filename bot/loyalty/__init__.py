"""Points that expire: programmes, accounts, and a ledger that is only ever added to."""
