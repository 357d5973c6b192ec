"""纸质登记: the photo of a paper from which visits were typed, kept sealed beside them, so that what stood on the paper
can be looked at again. Nouns: Paper, Photo."""
