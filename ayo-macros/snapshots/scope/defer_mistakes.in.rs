scope!(|run| {
    let value = defer!(a());
    for x in y {
        #[cfg(test)]
        defer!(|| d());
        if x { continue; }
        for z in x { break; }
    }
    return 5;
})
