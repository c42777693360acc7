scope!(|_| {})
