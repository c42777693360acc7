fn expansion() {
    {
        here::ayo::__private::generator::try_answered(|__ayo_out| async move {
            for word in words {
                let answer = here::ayo::__private::generator::try_give(
                        &__ayo_out,
                        word.parse::<u32>()?,
                    )
                    .await?;
                if answer.is_none() {
                    return ::core::result::Result::Err::<
                        _,
                        here::ayo::BoxError,
                    >(::core::convert::Into::into("no answer"));
                }
                here::ayo::__private::generator::try_give(
                        &__ayo_out,
                        match answer {
                            Some(n) => n,
                            None => 0,
                        },
                    )
                    .await?;
            }
            ::core::result::Result::Ok::<_, here::ayo::BoxError>(())
        })
    }
}
