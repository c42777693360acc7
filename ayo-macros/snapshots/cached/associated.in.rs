#[cached(associated)]
async fn all() { count().await; }
