scope!(|run| {
    let mut log = open();
    defer!(async |exit| { log.close(exit).await });
    run << async {
        defer! { a(); b().await }
        work().await?;
    };
    log.push("end");
    x
})
