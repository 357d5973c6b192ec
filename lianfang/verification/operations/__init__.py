"""Every write of the room, split by what happens to a list: taken in and sorted (`taking`), sent down, placed and handed
back (`sending`), rung and answered (`answering`), heard of in time (`reminding`), returned (`returns`)."""
