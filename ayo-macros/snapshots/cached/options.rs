#[cfg(unix)]
async fn user(
    name: &str,
    __ayo_arg1: (u8, u8),
    mut tags: Vec<Tag>,
) -> Result<User, Error> {
    #![allow(unused)]
    other::ayo::__private::cached::call(
            user::cache(),
            (
                ::std::borrow::ToOwned::to_owned(name),
                ::core::clone::Clone::clone(&__ayo_arg1),
                ::core::clone::Clone::clone(&tags),
            ),
            async move || -> Result<User, Error> {
                let (a, b) = __ayo_arg1;
                {
                    tags.clear();
                    load(name, a, b).await
                }
            },
        )
        .await
}
#[cfg(unix)]
///The results of [`user()`] that are kept.
#[allow(non_camel_case_types, dead_code, clippy::empty_enums)]
enum user {}
#[cfg(unix)]
impl user {
    #[cfg(unix)]
    ///What `user()` keeps, to clear it or to look at it.
    #[allow(dead_code)]
    #[must_use]
    fn cache() -> &'static other::ayo::Cache<
        (<str as ::std::borrow::ToOwned>::Owned, (u8, u8), Vec<Tag>),
        Result<User, Error>,
    > {
        static __AYO_CACHE: other::ayo::__private::cached::Slot<
            (<str as ::std::borrow::ToOwned>::Owned, (u8, u8), Vec<Tag>),
            Result<User, Error>,
        > = other::ayo::__private::cached::Slot::new(|| {
            other::ayo::__private::cached::CacheBuilder::new("user")
                .max_size(128)
                .ttl(::core::time::Duration::from_nanos(60000000000u64))
                .build({
                    use other::ayo::__private::cached::Both as _;
                    use other::ayo::__private::cached::Own as _;
                    use other::ayo::__private::cached::Whole as _;
                    (&&&other::ayo::__private::cached::Probe::<Result<User, Error>>::NEW)
                        .sharing()
                })
        });
        &__AYO_CACHE
    }
}
