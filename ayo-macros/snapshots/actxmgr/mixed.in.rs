actxmgr! {
    #[ayo(crate = my::ayo)]
    async fn begin<'p>(pool: &'p Pool) -> &mut Tx<'p, '_> {
        let exit = yield &mut pool.begin().await?;
        log(exit);
    }
}
