async fn title<D: Db>(db: &mut D, id: u64, lang: &'static str) -> Result<String, Gone> {
    ::ayo::__private::cached::call(
            title::cache(),
            (::core::clone::Clone::clone(&id), ::core::clone::Clone::clone(&lang)),
            async move || -> Result<String, Gone> { db.title(id, lang).await },
        )
        .await
}
///The results of [`title()`] that are kept.
#[allow(non_camel_case_types, dead_code, clippy::empty_enums)]
enum title {}
impl title {
    ///What `title()` keeps, to clear it or to look at it.
    #[allow(dead_code)]
    #[must_use]
    fn cache() -> &'static ::ayo::Cache<(u64, &'static str), Result<String, Gone>> {
        static __AYO_CACHE: ::ayo::__private::cached::Slot<
            (u64, &'static str),
            Result<String, Gone>,
        > = ::ayo::__private::cached::Slot::new(|| {
            ::ayo::__private::cached::CacheBuilder::new("title")
                .build(
                    ::ayo::__private::cached::Whole::sharing(
                        &::ayo::__private::cached::Probe::<Result<String, Gone>>::NEW,
                    ),
                )
        });
        &__AYO_CACHE
    }
}
