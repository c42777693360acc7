::core::compile_error! {
    "a worker is an `async fn`: add `async`"
}
::core::compile_error! {
    "a worker takes `worker: Worker`"
}
::core::compile_error! {
    "this `yield` is in an `async` block, which is not the worker's own flow: write it in the function itself"
}
::core::compile_error! {
    "a worker has no value to give: write `let signal = yield;`"
}
::core::compile_error! {
    "unknown unit `sec`: did you mean `s`? the units are `ns`, `us`, `ms`, `s`, `m` and `h`"
}
async fn echo(__ayo_worker: u8) -> ::core::result::Result<(), ::ayo::BoxError> {
    let ended: () = {
        ::ayo::__private::scope::task(&run)
            .start_now(async {
                (|| ::core::unreachable!())();
            });
        sleep(::core::time::Duration::from_nanos(0u64));
    };
    #[allow(unreachable_code)]
    let done = ::core::result::Result::Ok(ended);
    done
}
