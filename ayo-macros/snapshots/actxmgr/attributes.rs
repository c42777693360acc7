/// What an attribute uses is not to be called unused.
#[instrument(skip_all, fields(name = name))]
#[track_caller]
#[allow(clippy::missing_errors_doc, clippy::too_many_arguments, clippy::type_complexity)]
fn section<__F: ::ayo::__private::actxmgr::BodyFuture>(
    name: &str,
    body: impl ::core::ops::FnOnce(()) -> __F,
) -> impl ::core::future::Future<
    Output = ::core::result::Result<__F::Value, ::ayo::Error>,
> {
    let __ayo_site = ::core::panic::Location::caller();
    async move {
        let mut __ayo_frame = ::ayo::__private::actxmgr::frame(__ayo_site);
        #[allow(unused_variables)]
        let name = name;
        let __ayo_end = __ayo_frame
            .run(
                "section",
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
