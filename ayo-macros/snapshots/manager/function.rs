fn expansion() {
    {
        let (__ayo_door, __ayo_body) = ::ayo::__private::manager::door();
        ::ayo::__private::manager::manager(
            __ayo_door,
            open::<T, _>("a", ::core::time::Duration::from_nanos(5000000u64), __ayo_body),
        )
    }
}
