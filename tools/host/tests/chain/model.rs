// SPDX-License-Identifier: GPL-2.0

//! A list is what a vector of ranges would be, whatever is done to it.

use crate::heap::{live, phyr, ranges_of, Heap};
use phyr_host::{
    chain::{List, Seams, Slice},
    plan::{error::Error, units::Bytes},
};

pub(crate) const PAGE: u64 = 4096;

/// So many ranges, each a step further than the one before. The first begins at `addr`, or where the
/// list ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) addr: Option<u64>,
    pub(crate) len: u64,
    pub(crate) step: u64,
    pub(crate) times: u64,
}

impl Row {
    fn ranges(self, end: u64) -> impl Iterator<Item = (u64, u64)> {
        let first = self.addr.unwrap_or(end);
        let addr = move |i: u64| first.wrapping_add(i.wrapping_mul(self.step));

        (0..self.times).map(move |i| (addr(i), self.len))
    }
}

/// A byte of a list: in which range, modulo how many there are, and how far inside; at most the one
/// behind the range.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) range: usize,
    pub(crate) inside: u64,
}

/// What is done to a list.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Push(Row),
    /// Pages of memory are added, many at a time.
    PushFrames(Row),
    /// What is added is taken back.
    PushAndTruncate(Row),
    /// Another list is added, which may be merged at other seams: then it comes back.
    Append {
        row: Row,
        is_other: bool,
    },
    /// The list is split there and put together again; what is behind comes first if `is_swapped`.
    SplitAndAppend {
        at: Place,
        is_swapped: bool,
    },
    /// It is split there, and one of the parts goes on.
    SplitAndDrop {
        at: Place,
        keep_front: bool,
    },
    /// A stretch is read.
    Slice {
        from: Place,
        to: Place,
    },
}

/// The first range that differs is told, and not the thousands around it.
#[track_caller]
fn assert_same(found: &[(u64, u64)], expected: &[(u64, u64)]) {
    let differs = |&at: &usize| found.get(at) != expected.get(at);

    if let Some(at) = (0..found.len().max(expected.len())).find(differs) {
        panic!(
            "range {at} is {:x?} and should be {:x?}",
            found.get(at),
            expected.get(at)
        );
    }
}

/// The ranges of a slice, half of them in one loop and the others from there on.
fn read_in_two(mut slice: Slice<'_>) -> Vec<(u64, u64)> {
    let half = slice.count() / 2;
    let mut read = Vec::new();

    slice.find_map(|phyr| {
        read.push((phyr.paddr().raw(), phyr.len().raw()));
        (read.len() == half).then_some(())
    });
    read.extend(ranges_of(slice));
    read
}

/// What a list should be: ranges, in order.
#[derive(Clone)]
struct Model {
    ranges: Vec<(u64, u64)>,
    bytes: u64,
    seams: Seams,
}

impl Model {
    fn new(seams: Seams) -> Self {
        Self::of(Vec::new(), seams)
    }

    fn of(ranges: Vec<(u64, u64)>, seams: Seams) -> Self {
        let bytes = ranges.iter().map(|range| range.1).sum();

        Self {
            ranges,
            bytes,
            seams,
        }
    }

    /// Where the last range ends.
    fn end(&self) -> u64 {
        self.ranges.last().map_or(0, |&(addr, len)| addr + len)
    }

    fn offset(&self, place: Place) -> u64 {
        let index = place.range.checked_rem(self.ranges.len()).unwrap_or(0);
        let len = self.ranges.get(index).map_or(0, |range| range.1);
        let before: u64 = self.ranges[..index].iter().map(|range| range.1).sum();

        before + place.inside.min(len)
    }

    fn slice(&self, from: u64, to: u64) -> Vec<(u64, u64)> {
        let mut at = 0;
        let mut part = Vec::new();

        for &(addr, len) in &self.ranges {
            let (first, last) = (from.max(at), to.min(at + len));
            if first < last {
                part.push((addr + (first - at), last - first));
            }
            at += len;
        }
        part
    }

    /// Adds a range, merged with the last one if the seams allow it.
    fn add(&mut self, (addr, len): (u64, u64)) {
        let is_seam = self.seams == Seams::Any || addr % PAGE == 0;

        self.bytes += len;
        match self.ranges.last_mut() {
            Some(last) if last.0 + last.1 == addr && is_seam => last.1 += len,
            _ => self.ranges.push((addr, len)),
        }
    }

    fn push(&mut self, list: &mut List<Heap>, range: (u64, u64), heap: &Heap) {
        let fits = range.1 > 0
            && range.0.checked_add(range.1).is_some()
            && self.bytes.checked_add(range.1).is_some();
        let expected = |is_refused| match (fits, is_refused) {
            (false, _) => Err(Error::Invalid),
            (true, true) => Err(Error::NoMemory),
            (true, false) => Ok(()),
        };

        let pushed = list.push(phyr(range), heap);
        assert_eq!(pushed, expected(heap.has_refused()));
        if pushed.is_ok() {
            self.add(range);
        }
    }

    /// Adds `row` to the model and to `list`.
    fn push_all(&mut self, list: &mut List<Heap>, row: Row, end: u64, heap: &Heap) {
        for range in row.ranges(end) {
            self.push(list, range, heap);
        }
    }

    /// Adds the pages that `row` begins in to both, as many as the list takes at a time.
    fn push_frames(&mut self, list: &mut List<Heap>, row: Row, heap: &Heap) {
        let frames: Vec<u64> = row
            .ranges(self.end())
            .map(|(addr, _)| addr / PAGE)
            .collect();
        let begun = list.begin_with_frames(&frames);
        let taken = begun + list.push_frames(&frames[begun..], heap);

        for frame in &frames[..taken] {
            self.add((frame.checked_mul(PAGE).unwrap(), PAGE));
        }
    }

    /// `list` is the same ranges, and says so.
    fn check(&self, list: &List<Heap>) {
        let mut each = Vec::new();

        assert_same(&ranges_of(list.iter()), &self.ranges);
        list.for_each(|phyr| each.push((phyr.paddr().raw(), phyr.len().raw())));
        assert_same(&each, &self.ranges);
        assert_eq!(list.bytes().raw(), self.bytes);
        assert_eq!(list.entries(), self.ranges.len() as u64);
        assert_eq!(list.is_empty(), self.ranges.is_empty());
        assert_eq!(list.seams(), self.seams);
    }

    /// Where a list is split, what is behind may be merged where it was not when lists were
    /// appended.
    fn check_behind(&mut self, list: &List<Heap>) {
        let merged = |ranges: &[(u64, u64)]| {
            let mut all = Self::new(self.seams);

            ranges.iter().for_each(|&range| all.add(range));
            all.ranges
        };
        let found = ranges_of(list.iter());

        assert!(found.len() <= self.ranges.len());
        assert_same(&merged(&found), &merged(&self.ranges));
        self.ranges = found;
        self.check(list);
    }

    /// Returns what is behind, unless a page could not be had.
    fn split(
        &mut self,
        list: &mut List<Heap>,
        at: Place,
        heap: &Heap,
    ) -> Option<(Self, List<Heap>)> {
        let (at, all) = (self.offset(at), self.bytes);
        let before = live();

        let behind = list.split_off(Bytes::new(at), heap);
        let is_refused = heap.has_refused();
        let behind = match behind {
            Ok(behind) => behind,
            Err(error) => {
                assert_eq!((error, is_refused), (Error::NoMemory, true));
                assert_eq!(live(), before);
                return None;
            }
        };
        assert!(!is_refused && live() <= before + 3);
        let mut model = Self::of(self.slice(at, all), self.seams);
        *self = Self::of(self.slice(0, at), self.seams);
        self.check(list);
        model.check_behind(&behind);
        Some((model, behind))
    }

    /// Lists that are merged at other seams, or are too long together, stay two, and so do those for
    /// which a page cannot be had.
    fn append(&mut self, list: &mut List<Heap>, other: (Self, List<Heap>), heap: &Heap) {
        let (model, other) = other;
        let fits = self.seams == model.seams && self.bytes.checked_add(model.bytes).is_some();
        let before = live();
        heap.has_refused();

        let appended = list.append(other, heap);
        let is_refused = heap.has_refused();
        assert!(live() <= before + 1);
        match appended {
            Ok(()) => {
                assert!(fits && !is_refused);
                self.ranges.extend(model.ranges);
                self.bytes += model.bytes;
            }
            Err((error, other)) => {
                assert_eq!(live(), before);
                assert_eq!(fits, is_refused);
                assert_eq!(
                    error,
                    if fits {
                        Error::NoMemory
                    } else {
                        Error::Invalid
                    }
                );
                model.check(&other);
            }
        }
    }

    fn check_slice(&self, list: &List<Heap>, from: u64, to: u64) {
        let bytes = |raw| Bytes::new(raw);
        let slice = list.slice(bytes(from), bytes(to - from)).unwrap();

        assert_eq!(slice.bytes().raw(), to - from);
        assert_same(&ranges_of(slice), &self.slice(from, to));
        assert_same(&read_in_two(slice), &self.slice(from, to));
        // At most three times the logarithm of the number of pages.
        if let Some(log) = list.pages().checked_ilog2() {
            assert!(list.steps_to(bytes(from)) as u64 <= 3 * (u64::from(log) + 1));
        }
        if let Some(past) = (self.bytes - from).checked_add(1) {
            assert!(list.slice(bytes(from), bytes(past)).is_none());
        }
    }
}

/// Plays `steps` through, each with so many pages that can be had, on a list and on its model.
pub(crate) fn play(steps: &[(Step, usize)], seams: Seams) {
    let mut model = Model::new(seams);
    let mut list = List::new(seams);

    for &(step, pages) in steps {
        let heap = Heap::with(pages);

        match step {
            Step::Push(row) => model.push_all(&mut list, row, model.end(), &heap),
            Step::PushFrames(row) => model.push_frames(&mut list, row, &heap),
            Step::PushAndTruncate(row) => {
                let before = list.bytes();
                model.clone().push_all(&mut list, row, model.end(), &heap);
                assert!(list.can_end_at(before));
                list.truncate(before);
            }
            Step::Append { row, is_other } => {
                let other_seams = match (is_other, seams) {
                    (false, seams) => seams,
                    (true, Seams::Any) => Seams::Pages,
                    (true, Seams::Pages) => Seams::Any,
                };
                let mut other = (Model::new(other_seams), List::new(other_seams));
                other.0.push_all(&mut other.1, row, model.end(), &heap);
                model.append(&mut list, other, &heap);
            }
            Step::SplitAndAppend { at, is_swapped } => {
                if let Some(mut behind) = model.split(&mut list, at, &heap) {
                    if is_swapped {
                        core::mem::swap(&mut model, &mut behind.0);
                        core::mem::swap(&mut list, &mut behind.1);
                    }
                    model.append(&mut list, behind, &heap);
                }
            }
            Step::SplitAndDrop { at, keep_front } => {
                if let Some(behind) = model.split(&mut list, at, &heap) {
                    if !keep_front {
                        (model, list) = behind;
                    }
                }
            }
            Step::Slice { from, to } => {
                let (from, to) = (model.offset(from), model.offset(to));
                model.check_slice(&list, from.min(to), from.max(to));
            }
        }
        model.check(&list);
        // There is no other list.
        assert_eq!(list.pages(), live() as u64);
    }
    drop(list);
    assert_eq!(live(), 0);
}
