fn expansion() {
    {
        ::ayo::__private::generator::answered(|__ayo_out| async move {
            let mut sum = 0;
            while let Some(n) = ::ayo::__private::generator::give(&__ayo_out, sum).await
            {
                sum += n;
            }
        })
    }
}
