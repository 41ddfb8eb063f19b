// SPDX-License-Identifier: GPL-2.0

//! Merging: adjacent entries become one run.

use super::{
    class::{
        Class,
        Entry, //
    },
    error::Error,
    merge::Merge,
    units::{
        Bytes,
        PhysAddr, //
    },
};

/// A physically contiguous stretch of the list, all of it of one class.
///
/// # Invariants
///
/// `start < end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    start: PhysAddr,
    end: PhysAddr,
    class: Class,
}

impl Run {
    /// The run that is one entry.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the entry has no bytes, or runs past the end of the address space.
    #[inline]
    pub fn new(entry: Entry) -> Result<Self, Error> {
        // INVARIANT: `end()` fails unless it can return an address above `paddr()`.
        Ok(Self {
            start: entry.phyr.paddr(),
            end: entry.phyr.end()?,
            class: entry.class,
        })
    }

    /// Address of the first byte.
    #[inline]
    pub const fn paddr(self) -> PhysAddr {
        self.start
    }

    /// Address of the byte after the last one.
    #[inline]
    pub const fn end(self) -> PhysAddr {
        self.end
    }

    /// Length in bytes.
    #[inline]
    pub const fn len(self) -> Bytes {
        self.start.distance(self.end)
    }

    /// What it is made of.
    #[inline]
    pub const fn class(self) -> Class {
        self.class
    }

    /// Both runs as one, if `next` starts where this one ends.
    #[inline]
    pub fn join(self, next: Self) -> Option<Self> {
        // INVARIANT: `self.start < self.end == next.start < next.end`.
        (self.end == next.start && self.class == next.class).then_some(Self {
            end: next.end,
            ..self
        })
    }

    /// The first `len` bytes and what is left, if there is anything left.
    #[inline]
    fn split(self, len: Bytes) -> Option<(Self, Self)> {
        let middle = self.start.checked_add(len)?;

        // INVARIANT: `start < middle < end`.
        (self.start < middle && middle < self.end).then_some((
            Self {
                end: middle,
                ..self
            },
            Self {
                start: middle,
                ..self
            },
        ))
    }
}

/// The runs of a list, in transfer order, each as long as the rule allows.
#[derive(Clone)]
pub struct Runs<I> {
    list: I,
    merge: Merge,
    is_cut: bool,
    /// What is left of a run that was cut.
    rest: Option<Run>,
    /// An entry that was read, but is not part of a run yet.
    pending: Option<Run>,
}

impl<I: Iterator<Item = Entry>> Runs<I> {
    /// The runs of `list`, merged and cut as `merge` says.
    #[inline]
    pub fn new(list: I, merge: Merge) -> Self {
        Self {
            list,
            merge,
            is_cut: true,
            rest: None,
            pending: None,
        }
    }

    /// The runs of `list`, merged as `merge` says, but not cut: for [`Merge::pieces`].
    #[inline]
    pub(super) fn uncut(list: I, merge: Merge) -> Self {
        Self {
            is_cut: false,
            ..Self::new(list, merge)
        }
    }

    #[inline]
    fn read(&mut self) -> Result<Option<Run>, Error> {
        match self.pending.take() {
            Some(pending) => Ok(Some(pending)),
            None => self.list.next().map(Run::new).transpose(),
        }
    }

    /// The next entries that may be merged, as one.
    #[inline]
    fn next_merged(&mut self) -> Result<Option<Run>, Error> {
        let Some(mut run) = self.read()? else {
            return Ok(None);
        };

        while let Some(next) = self.read()? {
            let joined = run
                .join(next)
                .filter(|&joined| self.merge.allows(run, next, joined));
            match joined {
                Some(joined) => run = joined,
                None => {
                    self.pending = Some(next);
                    break;
                }
            }
        }
        Ok(Some(run))
    }

    #[inline]
    fn next_run(&mut self) -> Result<Option<Run>, Error> {
        let run = match self.rest.take() {
            Some(rest) => rest,
            None => match self.next_merged()? {
                Some(merged) => merged,
                None => return Ok(None),
            },
        };

        let cut = match self.is_cut {
            true => self.merge.cut(run),
            false => None,
        };
        match cut.and_then(|len| run.split(len)) {
            Some((head, rest)) => {
                self.rest = Some(rest);
                Ok(Some(head))
            }
            None => Ok(Some(run)),
        }
    }
}

/// An invalid entry comes out as an [`Error`]; what comes after an error has no meaning.
impl<I: Iterator<Item = Entry>> Iterator for Runs<I> {
    type Item = Result<Run, Error>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.next_run().transpose()
    }
}

#[cfg(any(test, CONFIG_PHYR_PLAN_KUNIT_TEST))]
#[cfg_attr(
    CONFIG_PHYR_PLAN_KUNIT_TEST,
    ::kernel::macros::kunit_tests(phyr_plan_run)
)]
mod tests {
    use super::{
        super::{
            granule::Granule,
            merge::Cap,
            phyr::Phyr, //
        },
        *,
    };

    fn phyr(paddr: u64, len: u64) -> Entry {
        Entry::ram(Phyr::new(PhysAddr::new(paddr), Bytes::new(len)))
    }

    fn mmio(paddr: u64, len: u64, provider: u32) -> Entry {
        Entry {
            class: Class::Mmio { provider },
            ..phyr(paddr, len)
        }
    }

    fn runs_are(list: &[Entry], cap: Option<u64>, expected: &[(u64, u64)]) -> bool {
        let merge = Merge {
            cap: cap.map_or(Cap::None, |cap| Cap::At(Bytes::new(cap))),
            ..Merge::ALL
        };
        merged(list, merge, expected)
    }

    fn merged(list: &[Entry], merge: Merge, expected: &[(u64, u64)]) -> bool {
        Runs::new(list.iter().copied(), merge)
            .map(|run| run.map(|run| (run.paddr().raw(), run.len().raw())))
            .eq(expected.iter().copied().map(Ok))
    }

    fn is_invalid(list: &[Entry]) -> bool {
        Runs::new(list.iter().copied(), Merge::ALL).any(|run| run == Err(Error::Invalid))
    }

    #[test]
    fn adjacent_phyrs_merge() {
        let list = [phyr(0x1000, 0x1000), phyr(0x2000, 1), phyr(0x2001, 0xfff)];

        assert!(runs_are(&list, None, &[(0x1000, 0x2000)]));
    }

    #[test]
    fn a_gap_of_one_byte_does_not_merge() {
        let list = [phyr(0x1000, 0x1000), phyr(0x2001, 1)];

        assert!(runs_are(&list, None, &[(0x1000, 0x1000), (0x2001, 1)]));
    }

    #[test]
    fn an_overlap_does_not_merge() {
        let list = [phyr(0x1000, 0x1000), phyr(0x1fff, 1)];

        assert!(runs_are(&list, None, &[(0x1000, 0x1000), (0x1fff, 1)]));
    }

    #[test]
    fn descending_phyrs_do_not_merge() {
        let list = [phyr(0x2000, 0x1000), phyr(0x1000, 0x1000)];

        assert!(runs_are(&list, None, &[(0x2000, 0x1000), (0x1000, 0x1000)]));
    }

    #[test]
    fn a_cap_cuts_at_its_multiples() {
        let list = [phyr(0x1000, 0x1000), phyr(0x2000, 0x1801)];

        assert!(runs_are(&list, Some(0x2801), &[(0x1000, 0x2801)]));
        assert!(runs_are(
            &list,
            Some(0x2800),
            &[(0x1000, 0x2800), (0x3800, 1)]
        ));
        assert!(runs_are(
            &list,
            Some(0x1000),
            &[(0x1000, 0x1000), (0x2000, 0x1000), (0x3000, 0x801)]
        ));
    }

    #[test]
    fn what_is_adjacent_is_merged_before_it_is_cut() {
        let list = [phyr(0, 0x1800), phyr(0x1800, 0x800), phyr(0x9000, 1)];

        assert!(runs_are(
            &list,
            Some(0x1000),
            &[(0, 0x1000), (0x1000, 0x1000), (0x9000, 1)]
        ));
    }

    #[test]
    fn an_empty_list_has_no_runs() {
        assert!(runs_are(&[], None, &[]));
    }

    #[test]
    fn an_entry_without_bytes_is_invalid() {
        assert!(is_invalid(&[phyr(0x1000, 0)]));
        assert!(is_invalid(&[phyr(0x1000, 1), phyr(0x1001, 0)]));
    }

    #[test]
    fn an_entry_past_the_address_space_is_invalid() {
        assert!(is_invalid(&[phyr(u64::MAX, 1)]));
        assert!(is_invalid(&[phyr(1, u64::MAX)]));
        assert!(runs_are(
            &[phyr(u64::MAX - 1, 1)],
            None,
            &[(u64::MAX - 1, 1)]
        ));
    }

    #[test]
    fn classes_and_providers_do_not_merge() {
        let list = [
            phyr(0x1000, 0x1000),
            mmio(0x2000, 0x1000, 1),
            mmio(0x3000, 0x1000, 1),
            mmio(0x4000, 0x1000, 2),
        ];

        assert!(runs_are(
            &list,
            None,
            &[(0x1000, 0x1000), (0x2000, 0x2000), (0x4000, 0x1000)]
        ));
    }

    #[test]
    fn what_does_not_bounce_is_not_capped() {
        assert!(runs_are(
            &[mmio(0x1000, 0x5000, 1)],
            Some(0x800),
            &[(0x1000, 0x5000)]
        ));
    }

    #[test]
    fn short_entries_stay_apart_where_they_must() {
        let merge = Merge {
            least: Bytes::new(0x80),
            ..Merge::ALL
        };
        let list = [
            phyr(0, 0x80),
            phyr(0x80, 0x7f),
            phyr(0xff, 0x81),
            phyr(0x180, 0x80),
        ];

        assert!(merged(
            &list,
            merge,
            &[(0, 0x80), (0x80, 0x7f), (0xff, 0x101)]
        ));
    }

    fn partial(most: u64) -> Option<Merge> {
        Some(Merge {
            cap: Cap::Partial {
                most: Bytes::new(most),
                granule: Granule::from_merge_boundary(0xfff)?,
            },
            ..Merge::ALL
        })
    }

    #[test]
    fn whole_granules_are_never_cut_but_merged_up_to_the_cap() {
        let list = [phyr(0x1000, 0x8000), phyr(0x9000, 0x1000)];

        assert!(partial(0x4000).is_some_and(|merge| merged(
            &list,
            merge,
            &[(0x1000, 0x8000), (0x9000, 0x1000)]
        )));
        assert!(partial(0x9000).is_some_and(|merge| merged(&list, merge, &[(0x1000, 0x9000)])));
    }

    #[test]
    fn an_entry_that_bounces_is_cut_at_granules() {
        assert!(partial(0x4000).is_some_and(|merge| merged(
            &[phyr(0x1200, 0x8000)],
            merge,
            &[(0x1200, 0x3e00), (0x5000, 0x4000), (0x9000, 0x200)]
        )));
    }

    #[test]
    fn what_the_device_reaches_is_neither_cut_nor_merged_with_what_it_does_not() {
        let merge = Merge {
            cap: Cap::Beyond {
                most: Bytes::new(0x1000),
                reach: PhysAddr::new(0x9fff),
            },
            ..Merge::ALL
        };
        let list = [
            phyr(0x5000, 0x3000),
            phyr(0x8000, 0x2000),
            phyr(0xa000, 0x1800),
            phyr(0x9000, 0x1001),
        ];

        assert!(merged(
            &list,
            merge,
            &[
                (0x5000, 0x5000),
                (0xa000, 0x1000),
                (0xb000, 0x800),
                (0x9000, 0x1000),
                (0xa000, 1),
            ]
        ));
    }
}
