fn expansion() {
    {
        ::core::compile_error! {
            "the pattern is missing: write `pattern = future => what to do,`"
        }
        #[allow(unreachable_code)] { ::core::unreachable!() }
    }
}
