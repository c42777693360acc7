#[ayo::cached(max_size = 128, ttl = 60s, crate = other::ayo)]
#[cfg(unix)]
async fn user(name: &str, (a, b): (u8, u8), mut tags: Vec<Tag>) -> Result<User, Error> {
    #![allow(unused)]
    tags.clear();
    load(name, a, b).await
}
