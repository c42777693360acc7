actxmgr! {
    /// What an attribute uses is not to be called unused.
    #[instrument(skip_all, fields(name = name))]
    async fn section(name: &str) {
        yield;
    }
}
