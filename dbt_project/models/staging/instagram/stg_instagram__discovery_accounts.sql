{{ instagram_accounts('discovery_accounts') }}
