scope!(local => |run| {
    run << fetch(&url);
    let task = run << fetch(&url);
    #[task(name = "beat")]
    run << beat(&url);
    inner << fetch(&url);
    let other = inner << fetch(&url);
    with_number(1 << 4);
})
