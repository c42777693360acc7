scope!(
    timout = 1,
    max_concurrency = 0,
    timeout = -1,
    supervise = true,
    name = "a",
    name = "b",
    collect
    => |run, other| {
        #[task(nmae = "x")]
        run << sleep(5sec);
        #[task]
        other();
        if done {
            return Err(Stop);
        }
        Ok(5)
    }
)
