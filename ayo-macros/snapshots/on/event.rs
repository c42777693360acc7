pub(crate) fn report(event: &Event) -> Result<(), Problem> {
    send(event.error())
}
const _: () = {
    ::ayo::__private::on::register! {
        ::ayo::__private::on::Registration { hook : ::ayo::Hook::TaskFailed, name :
        ::core::concat!(::core::module_path!(), "::", "report"), order : - 5, context :
        ::ayo::__private::on::context(& shop::BILLING), call :
        ::ayo::__private::on::Call::Sync(| __ayo_event |
        ::ayo::__private::on::done(report(__ayo_event))), }
    }
};
