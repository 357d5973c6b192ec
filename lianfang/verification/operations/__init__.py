"""Every write of the room, split by what happens to a list: taken in (`taking`), sorted (`sorting`), sent down, placed
and handed back (`sending`), rung and answered (`answering`), heard of in time (`reminding`), returned (`returns`)."""
