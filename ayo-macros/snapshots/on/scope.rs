async fn bye(run: &Scope) {
    ::ayo::__private::scope::start(&run, save());
    ayo::timeout(::core::time::Duration::from_nanos(5000000000u64), count_down()).await;
}
const _: () = {
    ::ayo::__private::on::register! {
        ::ayo::__private::on::Registration { hook : ::ayo::Hook::Stopping, name :
        ::core::concat!(::core::module_path!(), "::", "bye"), order : 0, context :
        ::ayo::Context::DEFAULT, call : ::ayo::__private::on::Call::Async(| __ayo_event |
        ::ayo::__private::on::awaited(bye(::ayo::__private::on::scope(__ayo_event)))), }
    }
};
