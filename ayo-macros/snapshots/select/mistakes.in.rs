select! { f() => 1, x = g() => 2 }
