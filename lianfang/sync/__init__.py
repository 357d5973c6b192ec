"""What a phone sends and receives, nothing else: `pull` hands down the pack of its worker's doors (packs/), `push`
takes in what was done at them and gives one receipt an operation. Nouns: Pack, Cursor, Receipt. Records go in through
`intake`, what is asked comes from `campaigns`; who the device is, `accounts` says."""
