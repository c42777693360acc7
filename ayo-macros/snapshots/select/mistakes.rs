fn expansion() {
    {
        ::core::compile_error! {
            "the pattern is missing: write `pattern = future => what to do,`"
        }
        (|| ::core::unreachable!())()
    }
}
