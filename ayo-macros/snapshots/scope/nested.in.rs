scope!(timeout = 1m => |outer| {
    scope!(timeout = 1s => |inner| {
        inner << fetch(url);
        outer << fetch(url);
    }).await?;
    select! { x = outer << fetch(url) => {} }
    fn helper(run: &Scope) { let x = 1 << 2; }
})
