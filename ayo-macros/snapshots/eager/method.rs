#[track_caller]
fn close(self: Arc<Self>) -> here::ayo::__private::eager::Task<()> {
    here::ayo::__private::eager::eager::<
        (),
        _,
    >(async move {
        {
            self.flush().await;
        }
    })
}
