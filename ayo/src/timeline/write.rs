//! The file: events in the trace event format of Chrome, which Perfetto reads.
//!
//! A scope is a process, and a track in it is a thread: so each scope's tracks stand together, under its name. Slices are
//! pairs of `B` and `E`, which nest; what has begun and not ended at the end of the file ends there. A slice that would
//! overlap with another one is alone in a thread of its own, which stands beside.
//!
//! <https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU>

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::panic::Location;
use std::time::Duration;

use json_event_parser::{JsonEvent, WriterJsonSerializer};
use tokio::time::Instant;

use super::recorder::{Event, Place, What};
use crate::probe::Wait;

pub(super) fn write(out: impl Write, events: &[Event], began: Instant, left_out: u64) -> io::Result<()> {
    let json = Json(WriterJsonSerializer::new(out));
    let mut entries = Entries {
        json,
        began,
        arrows: 0,
        edges: Edges::of(events),
        open: BTreeMap::new(),
        beside: HashMap::new(),
    };
    entries.json.add(JsonEvent::StartObject)?;
    entries.json.members(&[("displayTimeUnit", Value::Text("ms"))])?;
    entries.json.key("traceEvents")?;
    entries.json.add(JsonEvent::StartArray)?;
    for (number, event) in events.iter().enumerate() {
        entries.event(number, event)?;
    }
    entries.close_all(events.last().map_or(began, |event| event.at))?;
    entries.json.add(JsonEvent::EndArray)?;
    let by = concat!("ayo ", env!("CARGO_PKG_VERSION"));
    let about = [("by", Value::Text(by)), ("left out", Value::Number(left_out))];
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

/// Where slices that may overlap end, by the numbers of events.
struct Edges {
    /// By the number of the slice.
    ends: HashMap<u32, usize>,
    /// From when there is a slice that only ends with its track.
    clean_up: HashMap<Place, usize>,
}

impl Edges {
    fn of(events: &[Event]) -> Self {
        let (mut ends, mut clean_up) = (HashMap::new(), HashMap::new());
        for (at, event) in events.iter().enumerate() {
            match event.what {
                What::IsOver { number } => drop(ends.insert(number, at)),
                What::CleansUp => drop(clean_up.insert(event.place, at)),
                _ => {}
            }
        }
        Self { ends, clean_up }
    }

    fn end(&self, slice: u32) -> usize {
        self.ends.get(&slice).copied().unwrap_or(FAR)
    }

    /// Whether clean-up begins between these events.
    fn is_asked(&self, place: Place, begin: usize, end: usize) -> bool {
        self.clean_up.get(&place).is_some_and(|asked| (begin..end).contains(asked))
    }
}

/// The end of what ends with its track, or when it is the innermost.
const FAR: usize = usize::MAX;

/// A track with slices that have begun and not ended.
struct Open<'a> {
    name: &'a str,
    /// Where they end: the innermost last.
    ends: Vec<usize>,
}

/// One entry after the other.
struct Entries<'a, W: Write> {
    json: Json<W>,
    began: Instant,
    arrows: u64,
    edges: Edges,
    open: BTreeMap<Place, Open<'a>>,
    /// Slices that stand beside their tracks.
    beside: HashMap<u32, Place>,
}

impl<'a, W: Write> Entries<'a, W> {
    fn event(&mut self, event: usize, Event { at, place, what }: &'a Event) -> io::Result<()> {
        let (at, place) = (*at, *place);
        let begins = matches!(what, What::Scope { .. } | What::Task { .. });
        if !begins && !self.open.contains_key(&place) {
            return Ok(()); // it came from another thread just when this ended
        }
        match what {
            What::Scope { name, path, site, origin } => {
                self.name(place, ["process_name", "process_sort_index"], path, place.scope)?;
                self.track(place, "the scope", 0)?;
                self.slice(place, at, FAR, ["scope", name], Some(site))?;
                self.arrow(*origin, place, at)
            }
            What::Task { name, site, origin, wait } => {
                self.track(place, name, place.track)?;
                self.slice(place, at, FAR, ["task", name], Some(site))?;
                self.slice(place, at, FAR, ["wait", words(*wait)], None)?;
                self.arrow(*origin, place, at)
            }
            What::Waits(wait) => self.slice(place, at, FAR, ["wait", words(*wait)], None),
            What::CleansUp => self.slice(place, at, FAR, ["clean-up", "cleans up"], None),
            What::Begins { number, kind, name, site } => {
                let end = self.edges.end(*number);
                let place = self.room(place, event, end, name, *number)?;
                self.slice(place, at, end, [kind, name], *site)
            }
            What::IsOver { number } => {
                let place = self.beside.remove(number).unwrap_or(place);
                self.close(place, at, 1)
            }
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

    /// A track begins; its slices come.
    fn track(&mut self, place: Place, name: &'a str, order: u32) -> io::Result<()> {
        self.open.insert(place, Open { name, ends: Vec::new() });
        self.name(place, ["thread_name", "thread_sort_index"], name, order)
    }

    /// A slice, with where it ends.
    fn slice(
        &mut self,
        place: Place,
        at: Instant,
        end: usize,
        [kind, name]: [&str; 2],
        site: Option<&'static Location<'static>>,
    ) -> io::Result<()> {
        let Some(open) = self.open.get_mut(&place) else { return Ok(()) };
        open.ends.push(end);
        let site = site.map(ToString::to_string);
        let args = site.as_ref().map(|site| ("site", Value::Text(site)));
        let args = Value::Members(args.as_slice());
        self.entry("B", place, at, &[("name", Value::Text(name)), ("cat", Value::Text(kind)), ("args", args)])
    }

    /// Where a slice has room from here to its end: on its track, or beside that.
    fn room(
        &mut self,
        place: Place,
        begin: usize,
        end: usize,
        name: &'a str,
        number: u32,
    ) -> io::Result<Place> {
        let Some(open) = self.open.get(&place) else { return Ok(place) };
        if open.ends.last().is_none_or(|around| *around >= end) && !self.edges.is_asked(place, begin, end) {
            return Ok(place);
        }
        let title = format!("{}: {name}", open.name);
        let beside = Place { track: number, ..place };
        let order = if place.track == place.scope { 0 } else { place.track };
        self.beside.insert(number, beside);
        self.open.insert(beside, Open { name, ends: Vec::new() });
        self.name(beside, ["thread_name", "thread_sort_index"], &title, order)?;
        Ok(beside)
    }

    /// Ends the innermost slices, so many of them.
    fn close(&mut self, place: Place, at: Instant, how_many: usize) -> io::Result<()> {
        let Some(open) = self.open.get_mut(&place) else { return Ok(()) };
        let ends = open.ends.len().min(how_many);
        open.ends.truncate(open.ends.len() - ends);
        if open.ends.is_empty() {
            self.open.remove(&place);
        }
        (0..ends).try_for_each(|_| self.entry("E", place, at, &[]))
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
