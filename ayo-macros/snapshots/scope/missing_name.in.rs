scope!(timeout = 1 => { run << fetch(url); })
