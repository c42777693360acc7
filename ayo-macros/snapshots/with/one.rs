fn expansion() {
    {
        transaction(
            &pool,
            async |tx| match {
                tx.execute("…").await?;
                5
            } {
                #[allow(unreachable_code)]
                __ayo_value => ::ayo::__private::scope::value(__ayo_value),
            },
        )
    }
}
