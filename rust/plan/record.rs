// SPDX-License-Identifier: GPL-2.0

//! The record of what was mapped, where the DMA ranges alone do not tell.
//!
//! What is unmapped has to be what was mapped, to the byte. If a map call's range was cut, or only
//! some of the ranges were mapped, two bits for each range say so. They lie behind the ranges, in
//! the array that the caller keeps for them anyway: from its end down, 64 ranges to an entry.

use super::{
    class::{
        Class,
        Kind, //
    },
    range::DmaRange,
    units::{
        Bytes,
        DmaAddr, //
    },
};

/// Ranges that one entry of the array has marks for.
const PER_SLOT: usize = 64;

/// What a DMA range is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// The start of what a map call mapped; all of it, unless [`Mark::More`] follows.
    Mapped(Kind),
    /// The continuation of the range before it.
    More,
    /// A bus address: not mapped.
    Bus,
}

impl Mark {
    /// What memory of that class becomes.
    #[inline]
    pub(super) const fn of(class: Class) -> Self {
        match class.kind() {
            Some(kind) => Self::Mapped(kind),
            None => Self::Bus,
        }
    }

    const fn bits(self) -> u64 {
        match self {
            Self::Mapped(Kind::Ram) => 0,
            Self::More => 1,
            Self::Mapped(Kind::Mmio) => 2,
            Self::Bus => 3,
        }
    }

    const fn from_bits(bits: u64) -> Self {
        match bits & 3 {
            0 => Self::Mapped(Kind::Ram),
            1 => Self::More,
            2 => Self::Mapped(Kind::Mmio),
            _ => Self::Bus,
        }
    }
}

/// Entries that the record of so many ranges takes.
#[inline]
pub(super) const fn slots(ranges: usize) -> usize {
    ranges.div_ceil(PER_SLOT)
}

/// Where the marks of range `index` are: which entry from the end, which half, which bit.
#[inline]
fn place(len: usize, index: usize) -> Option<(usize, bool, u32)> {
    let slot = len.checked_sub(1)?.checked_sub(index / PER_SLOT)?;
    let within = index % PER_SLOT;
    let half = PER_SLOT / 2;
    let shift = u32::try_from(within % half).ok()?.checked_mul(2)?;

    Some((slot, within < half, shift))
}

/// Sets the mark of range `index`. The marks before it must have been set.
#[inline]
pub(super) fn set(array: &mut [DmaRange], index: usize, mark: Mark) {
    let Some((slot, low, shift)) = place(array.len(), index) else {
        return;
    };
    let Some(slot) = array.get_mut(slot) else {
        return;
    };
    let (mut first, mut second) = (slot.addr().raw(), slot.len().raw());

    if index % PER_SLOT == 0 {
        (first, second) = (0, 0);
    }
    let word = if low { &mut first } else { &mut second };
    *word = (*word & !(3 << shift)) | (mark.bits() << shift);
    *slot = DmaRange::new(DmaAddr::new(first), Bytes::new(second));
}

/// The mark of range `index`.
#[inline]
pub(super) fn get(array: &[DmaRange], index: usize) -> Mark {
    let bits = place(array.len(), index).and_then(|(slot, low, shift)| {
        let slot = array.get(slot)?;
        let word = if low {
            slot.addr().raw()
        } else {
            slot.len().raw()
        };
        Some(word >> shift)
    });

    Mark::from_bits(bits.unwrap_or_default())
}

/// What tells what a list's DMA ranges are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marks {
    /// All of them are this.
    All(Mark),
    /// The record does.
    Recorded,
}

/// What was mapped, call by call, in transfer order.
pub(super) struct Calls<'a> {
    array: &'a [DmaRange],
    ranges: usize,
    next: usize,
    marks: Marks,
}

impl<'a> Calls<'a> {
    /// Of `ranges` ranges at the front of `array`.
    #[inline]
    pub(super) fn of(array: &'a [DmaRange], ranges: usize, marks: Marks) -> Self {
        Self {
            array,
            ranges,
            next: 0,
            marks,
        }
    }

    #[inline]
    fn mark(&self, index: usize) -> Mark {
        match self.marks {
            Marks::All(mark) => mark,
            Marks::Recorded => get(self.array, index),
        }
    }
}

impl Iterator for Calls<'_> {
    type Item = (DmaRange, Kind);

    #[inline]
    fn next(&mut self) -> Option<(DmaRange, Kind)> {
        while self.next < self.ranges {
            let range = *self.array.get(self.next)?;
            let mark = self.mark(self.next);
            self.next = self.next.saturating_add(1);
            let Mark::Mapped(kind) = mark else { continue };

            let mut len = range.len();
            while self.next < self.ranges && self.mark(self.next) == Mark::More {
                len = len.saturating_add(self.array.get(self.next)?.len());
                self.next = self.next.saturating_add(1);
            }
            return Some((DmaRange::new(range.addr(), len), kind));
        }
        None
    }
}

#[cfg(any(test, CONFIG_PHYR_PLAN_KUNIT_TEST))]
#[cfg_attr(
    CONFIG_PHYR_PLAN_KUNIT_TEST,
    ::kernel::macros::kunit_tests(phyr_plan_record)
)]
mod tests {
    use super::*;

    const MARKS: [Mark; 5] = [
        Mark::Mapped(Kind::Ram),
        Mark::More,
        Mark::Bus,
        Mark::Mapped(Kind::Mmio),
        Mark::More,
    ];

    fn range(addr: u64, len: u64) -> DmaRange {
        DmaRange::new(DmaAddr::new(addr), Bytes::new(len))
    }

    #[test]
    fn a_slot_has_marks_for_64_ranges() {
        assert_eq!(slots(0), 0);
        assert_eq!(slots(1), 1);
        assert_eq!(slots(64), 1);
        assert_eq!(slots(65), 2);
    }

    #[test]
    fn marks_come_back_and_stay_behind_the_ranges() {
        let mut array = [range(u64::MAX, u64::MAX); 203];
        let marks = || MARKS.into_iter().cycle().take(199);

        for (index, mark) in marks().enumerate() {
            set(&mut array, index, mark);
        }

        assert!(marks()
            .enumerate()
            .all(|(index, mark)| get(&array, index) == mark));
        assert!(array
            .iter()
            .take(199)
            .all(|&entry| entry == range(u64::MAX, u64::MAX)));
    }

    #[test]
    fn pieces_are_one_call_again_and_bus_addresses_none() {
        let mut array = [range(0, 0); 6];
        for (index, mark) in MARKS.into_iter().enumerate() {
            set(&mut array, index, mark);
        }
        for (slot, addr) in array.iter_mut().take(5).zip((1..).map(|n: u64| n << 12)) {
            *slot = range(addr, 0x1000);
        }

        assert!(Calls::of(&array, 5, Marks::Recorded).eq([
            (range(0x1000, 0x2000), Kind::Ram),
            (range(0x4000, 0x2000), Kind::Mmio),
        ]));
        let all = Marks::All(Mark::Mapped(Kind::Ram));
        assert_eq!(Calls::of(&array, 5, all).count(), 5);
    }
}
