scope!(|run| {
    let first = run << head(url);
    let second = (run << tail(url)).await?;
    let other = self.scope << fetch(url);
    let shifted = (bits << 3) | (1 << n) | (bits << n);
    first.await?.min(second) + shifted
})
