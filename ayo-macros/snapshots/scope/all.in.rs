scope!(|run| {
    let (a, b, c) = run.all(a(), b(), c()).await?;
    run.all(list).await?;
})
