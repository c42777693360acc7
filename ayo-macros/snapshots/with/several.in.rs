with!(crate = my::ayo, (mut a, _) = x.open::<T>(1), b = open::<'static, U, 3>("b", 30ms), _ = &mut group => {
    run << fetch(a, b);
})
