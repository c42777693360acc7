scope! { crate = my::ayo, timeout = limit() => |run| {
    #[task(main)]
    run << async { step()?; };
    run << fetch(url)
} }
