actxmgr! {
    /// A transaction.
    pub async fn transaction(pool: &Pool) -> &mut Tx {
        let mut tx = pool.begin().await?;
        match (yield &mut tx) {
            Exit::Done => tx.commit().await?,
            Exit::Failed(_) | Exit::Cancelled | Exit::Panicked => tx.rollback().await?,
        }
    }
}
