::core::compile_error! {
    "a manager is an `async fn`: add `async`"
}
::core::compile_error! {
    "name the type that is yielded, as the body is a closure which takes it: `&mut Tx`, `Box<dyn Trait>`"
}
::core::compile_error! {
    "`yield` cannot stand in a loop: it stands in the function itself, on each path once"
}
::core::compile_error! {
    "this is a second `yield` on the same path: the body runs once"
}
::core::compile_error! {
    "`return` cannot leave a manager: each path goes through one `yield` and comes to the end; to fail, write `Err(e)?`, else use `if` and `else`"
}
#[track_caller]
#[allow(clippy::missing_errors_doc, clippy::too_many_arguments, clippy::type_complexity)]
fn begin<__F: ::ayo::__private::actxmgr::BodyFuture>(
    pool: &Pool,
    body: impl ::core::ops::FnOnce(()) -> __F,
) -> impl ::core::future::Future<
    Output = ::core::result::Result<__F::Value, ::ayo::Error>,
> {
    let __ayo_site = ::core::panic::Location::caller();
    async move {
        let mut __ayo_frame = ::ayo::__private::actxmgr::frame(__ayo_site);
        let pool = pool;
        let __ayo_end = __ayo_frame
            .run(
                "begin",
                async {
                    #[allow(unused_assignments, unused_mut)]
                    let mut __ayo_yielded = ::ayo::__private::actxmgr::refused();
                    match {
                        let (): () = {
                            for x in pool {
                                {
                                    let _ = x;
                                    ::ayo::__private::actxmgr::refused_yield()
                                };
                            }
                            if a {
                                ::core::unreachable!();
                            }
                            {
                                let _ = pool;
                                ::ayo::__private::actxmgr::refused_yield()
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
