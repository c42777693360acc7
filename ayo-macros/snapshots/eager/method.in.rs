#[eager(crate = here::ayo)]
async fn close(self: Arc<Self>) {
    self.flush().await;
}
