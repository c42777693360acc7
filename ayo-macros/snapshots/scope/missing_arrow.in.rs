scope!(timeout = 1 |run| { run << fetch(url); })
