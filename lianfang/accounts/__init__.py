"""Who signs in, in which role, where and until when: "may this actor do this, and where?".
Nouns: User, Grant (a role in an area with an end), Actor (a user with the grants that run now)."""
