"""Two rows that may be one person: found (`finding`), read (`reading`), told apart or merged (`merging`).

The judgement itself is `register/likeness`; what running rounds make of a merge is `campaigns/operations/merging.py`.
"""
