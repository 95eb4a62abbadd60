"""Who may see and do what: accounts, roles, sign-ins, scope."""
