fn expansion() {
    {
        ::ayo::__private::generator::items(|__ayo_out| async move {
            for n in 1..=3 {
                sleep(::core::time::Duration::from_nanos(20000000u64)).await;
                ::ayo::__private::generator::give(&__ayo_out, n * n).await;
            }
        })
    }
}
