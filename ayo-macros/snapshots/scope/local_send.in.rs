scope!(timeout = 30ms, local = Send, collect => |run| {
    run << fetch(&url);
})
