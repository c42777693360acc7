async fn all() {
    ::ayo::__private::cached::call(
            Self::all_cache(),
            (),
            async move || {
                count().await;
            },
        )
        .await
}
///What `all()` keeps, to clear it or to look at it.
#[allow(dead_code)]
#[must_use]
fn all_cache() -> &'static ::ayo::Cache<(), ()> {
    static __AYO_CACHE: ::ayo::__private::cached::Slot<(), ()> = ::ayo::__private::cached::Slot::new(||
    {
        ::ayo::__private::cached::CacheBuilder::new("all")
            .build({
                use ::ayo::__private::cached::Both as _;
                use ::ayo::__private::cached::Own as _;
                use ::ayo::__private::cached::Whole as _;
                (&&&::ayo::__private::cached::Probe::<()>::NEW).sharing()
            })
    });
    &__AYO_CACHE
}
