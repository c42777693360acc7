#[ayo::cached(key: (u64, String) = (self.id, name.to_owned()), result = true)]
pub(crate) async fn load(&self, name: &str) -> io::Result<Page> { self.get(name).await }
