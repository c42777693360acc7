select! { biased; crate = other::ayo; x = f() => x, END = g() => 0 }
