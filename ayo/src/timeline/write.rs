//! The file: events in the trace event format of Chrome, which Perfetto reads.
//!
//! A scope is a process, and a track in it is a thread: so each scope's tracks stand together, under its name. Slices are
//! pairs of `B` and `E`; what has begun and not ended at the end of the file ends there.
//!
//! <https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU>

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use json_event_parser::{JsonEvent, WriterJsonSerializer};
use tokio::time::Instant;

use super::recorder::{Event, Place, What};
use crate::probe::Wait;

pub(super) fn write(out: impl Write, events: &[Event], began: Instant, left_out: u64) -> io::Result<()> {
    let mut entries =
        Entries { json: Json(WriterJsonSerializer::new(out)), began, arrows: 0, open: BTreeMap::new() };
    entries.json.add(JsonEvent::StartObject)?;
    entries.json.members(&[("displayTimeUnit", Value::Text("ms"))])?;
    entries.json.key("traceEvents")?;
    entries.json.add(JsonEvent::StartArray)?;
    for event in events {
        entries.event(event)?;
    }
    entries.close_all(events.last().map_or(began, |event| event.at))?;
    entries.json.add(JsonEvent::EndArray)?;
    let by = concat!("ayo ", env!("CARGO_PKG_VERSION"));
    let about = [("by", Value::Text(by)), ("scopes and tasks left out", Value::Number(left_out))];
    entries.json.members(&[("otherData", Value::Members(&about))])?;
    entries.json.add(JsonEvent::EndObject)?;
    entries.json.0.finish()?.flush()
}

/// What stands behind a key.
#[derive(Clone, Copy)]
enum Value<'a> {
    Text(&'a str),
    Number(u64),
    /// A time in microseconds, the unit of the format.
    Micros(Duration),
    Members(&'a [(&'a str, Value<'a>)]),
}

struct Json<W: Write>(WriterJsonSerializer<W>);

impl<W: Write> Json<W> {
    fn add(&mut self, event: JsonEvent<'_>) -> io::Result<()> {
        self.0.serialize_event(event)
    }

    fn key(&mut self, key: &str) -> io::Result<()> {
        self.add(JsonEvent::ObjectKey(key.into()))
    }

    fn members(&mut self, members: &[(&str, Value<'_>)]) -> io::Result<()> {
        members.iter().try_for_each(|(key, value)| {
            self.key(key)?;
            self.value(*value)
        })
    }

    fn value(&mut self, value: Value<'_>) -> io::Result<()> {
        match value {
            Value::Text(text) => self.add(JsonEvent::String(text.into())),
            Value::Number(number) => self.add(JsonEvent::Number(number.to_string().into())),
            Value::Micros(time) => {
                let text = format!("{}.{:03}", time.as_micros(), time.subsec_nanos() % 1000);
                self.add(JsonEvent::Number(text.into()))
            }
            Value::Members(members) => {
                self.add(JsonEvent::StartObject)?;
                self.members(members)?;
                self.add(JsonEvent::EndObject)
            }
        }
    }
}

/// One entry after the other.
struct Entries<W: Write> {
    json: Json<W>,
    began: Instant,
    arrows: u64,
    /// How many slices have begun and not ended, where there are any.
    open: BTreeMap<Place, usize>,
}

impl<W: Write> Entries<W> {
    fn event(&mut self, Event { at, place, what }: &Event) -> io::Result<()> {
        let (at, place) = (*at, *place);
        let begins = matches!(what, What::Scope { .. } | What::Task { .. });
        if !begins && !self.open.contains_key(&place) {
            return Ok(()); // it came from another thread just when this ended
        }
        match what {
            What::Scope { name, path, site, origin } => {
                self.name(place, ["process_name", "process_sort_index"], path, place.scope)?;
                self.name(place, ["thread_name", "thread_sort_index"], "the scope", 0)?;
                self.slice(place, at, "scope", name, &[("site", Value::Text(&site.to_string()))])?;
                self.arrow(*origin, place, at)
            }
            What::Task { name, site, origin, wait } => {
                self.name(place, ["thread_name", "thread_sort_index"], name, place.track)?;
                self.slice(place, at, "task", name, &[("site", Value::Text(&site.to_string()))])?;
                self.slice(place, at, "wait", words(*wait), &[])?;
                self.arrow(*origin, place, at)
            }
            What::Waits(wait) => self.slice(place, at, "wait", words(*wait), &[]),
            What::CleansUp => self.slice(place, at, "clean-up", "cleans up", &[]),
            What::GoesOn => self.close(place, at, 1),
            What::Ends => self.close(place, at, usize::MAX),
            What::Happened(what, why) => {
                let name = format!("{what}: {why}");
                let members =
                    [("name", Value::Text(&name)), ("cat", Value::Text(what)), ("s", Value::Text("t"))];
                self.entry("i", place, at, &members)
            }
        }
    }

    /// Says what something is called, and where it stands among others.
    fn name(
        &mut self,
        place: Place,
        [of_name, of_order]: [&str; 2],
        name: &str,
        order: u32,
    ) -> io::Result<()> {
        let began = self.began;
        let name = [("name", Value::Text(name))];
        let order = [("sort_index", Value::Number(order.into()))];
        self.entry("M", place, began, &[("name", Value::Text(of_name)), ("args", Value::Members(&name))])?;
        self.entry("M", place, began, &[("name", Value::Text(of_order)), ("args", Value::Members(&order))])
    }

    fn slice(
        &mut self,
        place: Place,
        at: Instant,
        kind: &str,
        name: &str,
        args: &[(&str, Value<'_>)],
    ) -> io::Result<()> {
        *self.open.entry(place).or_default() += 1;
        let members =
            [("name", Value::Text(name)), ("cat", Value::Text(kind)), ("args", Value::Members(args))];
        self.entry("B", place, at, &members)
    }

    /// Ends the innermost slices, so many of them.
    fn close(&mut self, place: Place, at: Instant, how_many: usize) -> io::Result<()> {
        let open = self.open.remove(&place).unwrap_or(0);
        let left = open.saturating_sub(how_many);
        if left > 0 {
            self.open.insert(place, left);
        }
        (left..open).try_for_each(|_| self.entry("E", place, at, &[]))
    }

    fn close_all(&mut self, at: Instant) -> io::Result<()> {
        let open = Vec::from_iter(self.open.keys().copied());
        open.into_iter().try_for_each(|place| self.close(place, at, usize::MAX))
    }

    /// From where something was begun, if that is in here, to what it is.
    fn arrow(&mut self, from: Option<Place>, to: Place, at: Instant) -> io::Result<()> {
        let Some(from) = from.filter(|from| self.open.contains_key(from)) else { return Ok(()) };
        self.arrows += 1;
        let [name, kind, id] = [
            ("name", Value::Text("starts")),
            ("cat", Value::Text("start")),
            ("id", Value::Number(self.arrows)),
        ];
        self.entry("s", from, at, &[name, kind, id])?;
        self.entry("f", to, at, &[name, kind, id, ("bp", Value::Text("e"))])
    }

    fn entry(
        &mut self,
        phase: &str,
        place: Place,
        at: Instant,
        more: &[(&str, Value<'_>)],
    ) -> io::Result<()> {
        let time = at.saturating_duration_since(self.began);
        self.json.add(JsonEvent::StartObject)?;
        self.json.members(&[
            ("ph", Value::Text(phase)),
            ("ts", Value::Micros(time)),
            ("pid", Value::Number(place.scope.into())),
            ("tid", Value::Number(place.track.into())),
        ])?;
        self.json.members(more)?;
        self.json.add(JsonEvent::EndObject)
    }
}

fn words(wait: Wait) -> &'static str {
    match wait {
        Wait::Turn => "waits for its turn",
        Wait::Place => "waits for a place",
    }
}
