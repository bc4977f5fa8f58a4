"""The seven types of slogan of CODEBOOK.md, section 2, in the order in which a doubtful span takes them."""

SLOGAN_TYPES = ("numeric", "canonical", "couplet", "verse", "metaphor", "coinage", "exhortation")
