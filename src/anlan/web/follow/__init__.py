"""A party follows its case by a link: no account, no cookie, nothing kept about who looks."""
