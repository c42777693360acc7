/// Documented.
#[track_caller]
pub(crate) fn fetch<T: Send + 'static>(
    url: String,
    __ayo_argument_1: (u8, T),
    _permit: Permit,
) -> ::ayo::__private::eager::Task<Result<T, Error>> {
    ::ayo::__private::eager::eager::<
        Result<T, Error>,
        _,
    >(async move {
        let mut url = url;
        let (a, b) = __ayo_argument_1;
        let _permit = _permit;
        {
            sleep(::core::time::Duration::from_nanos(20000000u64)).await;
            url.push('a');
            Ok(b)
        }
    })
}
