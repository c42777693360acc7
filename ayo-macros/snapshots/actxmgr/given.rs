#[track_caller]
#[allow(clippy::missing_errors_doc, clippy::too_many_arguments, clippy::type_complexity)]
fn lock<'a, T: Send, __F: ::ayo::__private::actxmgr::BodyFuture>(
    mutex: &'a Mutex<T>,
    tries: u32,
    __ayo_param2: (u32, u32),
    body: impl ::core::ops::FnOnce(MutexGuard<'a, T>) -> __F,
) -> impl ::core::future::Future<
    Output = ::core::result::Result<__F::Value, ::ayo::Error>,
>
where
    T: Debug,
{
    let __ayo_site = ::core::panic::Location::caller();
    async move {
        let mut __ayo_frame = ::ayo::__private::actxmgr::frame(__ayo_site);
        let mutex = mutex;
        let mut tries = tries;
        let (x, _) = __ayo_param2;
        let __ayo_end = __ayo_frame
            .run(
                "lock",
                async {
                    #[allow(unused_assignments, unused_mut)]
                    let mut __ayo_yielded = ::ayo::__private::actxmgr::not_yielded();
                    match {
                        let (): () = {
                            let guard = timeout(
                                    ::core::time::Duration::from_nanos(5000000000u64),
                                    mutex.lock(),
                                )
                                .await?;
                            if x == 1 {
                                Err("one")?;
                            }
                            {
                                let __ayo_given: MutexGuard<'a, T> = guard;
                                let __ayo_exit;
                                (__ayo_yielded, __ayo_exit) = __ayo_frame
                                    .body(body(__ayo_given))
                                    .await;
                                __ayo_exit
                            };
                        };
                    } {
                        #[allow(unreachable_code)]
                        () => ::ayo::__private::actxmgr::ended(__ayo_yielded),
                    }
                },
            )
            .await;
        __ayo_frame.conclude(__ayo_end).await
    }
}
#[track_caller]
#[allow(clippy::missing_errors_doc, clippy::too_many_arguments, clippy::type_complexity)]
fn nothing<__F: ::ayo::__private::actxmgr::BodyFuture>(
    &self,
    body: impl ::core::ops::FnOnce(()) -> __F,
) -> impl ::core::future::Future<
    Output = ::core::result::Result<__F::Value, ::ayo::Error>,
> {
    let __ayo_site = ::core::panic::Location::caller();
    async move {
        let mut __ayo_frame = ::ayo::__private::actxmgr::frame(__ayo_site);
        let __ayo_end = __ayo_frame
            .run(
                "nothing",
                async {
                    #[allow(unused_assignments, unused_mut)]
                    let mut __ayo_yielded = ::ayo::__private::actxmgr::not_yielded();
                    match {
                        let (): () = {
                            {
                                let __ayo_given: () = ();
                                let __ayo_exit;
                                (__ayo_yielded, __ayo_exit) = __ayo_frame
                                    .body(body(__ayo_given))
                                    .await;
                                __ayo_exit
                            };
                        };
                    } {
                        #[allow(unreachable_code)]
                        () => ::ayo::__private::actxmgr::ended(__ayo_yielded),
                    }
                },
            )
            .await;
        __ayo_frame.conclude(__ayo_end).await
    }
}
