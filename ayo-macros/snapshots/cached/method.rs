pub(crate) async fn load(&self, name: &str) -> io::Result<Page> {
    ::ayo::__private::cached::call(
            Self::load_cache(),
            (self.id, name.to_owned()),
            async move || -> io::Result<Page> { self.get(name).await },
        )
        .await
}
///What `load()` keeps, to clear it or to look at it.
#[allow(dead_code)]
#[must_use]
pub(crate) fn load_cache() -> &'static ::ayo::Cache<(u64, String), io::Result<Page>> {
    static __AYO_CACHE: ::ayo::__private::cached::Slot<
        (u64, String),
        io::Result<Page>,
    > = ::ayo::__private::cached::Slot::new(|| {
        ::ayo::__private::cached::CacheBuilder::new("load")
            .build({
                use ::ayo::__private::cached::Both as _;
                use ::ayo::__private::cached::Own as _;
                use ::ayo::__private::cached::Whole as _;
                ::ayo::__private::cached::is_result::<io::Result<Page>>();
                (&&&::ayo::__private::cached::Probe::<io::Result<Page>>::NEW).sharing()
            })
    });
    &__AYO_CACHE
}
