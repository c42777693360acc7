actxmgr! {
    async fn begin() -> u32 { let x = ; yield x; }
}
