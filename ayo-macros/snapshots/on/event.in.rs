#[ayo::on(task_failed, order = -5, context = shop::BILLING)]
pub(crate) fn report(event: &Event) -> Result<(), Problem> {
    send(event.error())
}
