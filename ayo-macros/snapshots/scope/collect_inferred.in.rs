scope!(collect => |run| { run << fetch(url); })
