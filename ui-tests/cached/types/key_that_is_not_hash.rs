//! A result is found by its key.

#[derive(Clone, PartialEq)]
struct Place(f64);

#[ayo::cached]
async fn weather(place: Place) -> String {
    place.0.to_string()
}

#[ayo::cached]
async fn forecast(place: &Place, days: u8) -> String {
    format!("{}{days}", place.0)
}

fn main() {
    let _ = (weather(Place(1.0)), forecast(&Place(1.0), 2));
}
