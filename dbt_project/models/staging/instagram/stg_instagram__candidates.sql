{{ instagram_accounts('candidates', are_posts_shown=true) }}
