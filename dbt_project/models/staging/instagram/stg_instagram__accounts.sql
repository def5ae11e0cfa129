{{ instagram_accounts('accounts') }}
