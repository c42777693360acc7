#[ayo::cached(key = (id, lang), result = false)]
async fn title<D: Db>(db: &mut D, id: u64, lang: &'static str) -> Result<String, Gone> { db.title(id, lang).await }
