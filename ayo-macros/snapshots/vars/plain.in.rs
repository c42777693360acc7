vars! {
    /// The request that is being served.
    pub static REQUEST: Id;
    static DEPTH: u32 = 0;
    #[no_inherit]
    #[cfg(feature = "locks")]
    pub(crate) static HELD: Arc<Mutex<Vec<&'static str>>> = Arc::default();
    #[no_inherit]
    static CONNECTION: Arc<Connection>
}
