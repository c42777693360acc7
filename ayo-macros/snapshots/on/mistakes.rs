::core::compile_error! {
    "`order` is given twice: keep one"
}
::core::compile_error! {
    "a hook cannot be `unsafe`"
}
::core::compile_error! {
    "a hook takes `run: &Scope`, `event: &Event`, or nothing"
}
::core::compile_error! {
    "unknown hook `runtime::create`, did you mean `runtime::created`? the hooks are `policy::set`, `runtime::created`, `runtime::set`, `runtime::started`, `starting`, `started`, `stopping`, `stopped`, `runtime::closed`, `signal`, `task_failed`, `leaked`, `thread::started`, `thread::stopped`"
}
::core::compile_error! {
    "unknown unit `sec`: did you mean `s`? the units are `ns`, `us`, `ms`, `s`, `m` and `h`"
}
async unsafe fn f(run: u8) {
    ::ayo::__private::scope::task(&run)
        .start_now(sleep(::core::time::Duration::from_nanos(0u64)));
}
