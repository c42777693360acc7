scope!(move |run| { run << fetch(url); })
