scope!(timeout = 1 => |run| { let x = ; run << fetch(url); })
