generator! { crate = here::ayo =>
    for word in words {
        let answer = yield word.parse::<u32>()?;
        if answer.is_none() {
            return Err("no answer");
        }
        yield match answer { Some(n) => n, None => 0 };
    }
}
