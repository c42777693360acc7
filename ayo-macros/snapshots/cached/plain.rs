/// Squares.
pub async fn square(n: u64) -> u64 {
    ::ayo::__private::cached::call(
            square::cache(),
            ::core::clone::Clone::clone(&n),
            async move || -> u64 { n * n },
        )
        .await
}
///The results of [`square()`] that are kept.
#[allow(non_camel_case_types, dead_code, clippy::empty_enums)]
pub enum square {}
impl square {
    ///What `square()` keeps, to clear it or to look at it.
    #[allow(dead_code)]
    #[must_use]
    pub fn cache() -> &'static ::ayo::Cache<u64, u64> {
        static __AYO_CACHE: ::ayo::__private::cached::Slot<u64, u64> = ::ayo::__private::cached::Slot::new(||
        {
            ::ayo::__private::cached::CacheBuilder::new("square")
                .build({
                    use ::ayo::__private::cached::Both as _;
                    use ::ayo::__private::cached::Own as _;
                    use ::ayo::__private::cached::Whole as _;
                    (&&&::ayo::__private::cached::Probe::<u64>::NEW).sharing()
                })
        });
        &__AYO_CACHE
    }
}
