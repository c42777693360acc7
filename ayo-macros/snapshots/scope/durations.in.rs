scope!(|run| {
    run.every(200ms, tick);
    sleep(1.5s).await;
    let total = 2 * 1m + 3h;
    wait(250us, 7ns, 5, 5u64);
})
