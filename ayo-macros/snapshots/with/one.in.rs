with!(tx = transaction(&pool) => {
    tx.execute("…").await?;
    5
})
