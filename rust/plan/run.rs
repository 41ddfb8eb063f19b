// SPDX-License-Identifier: GPL-2.0

//! Merging: adjacent phyrs become one run.

use super::{
    error::Error,
    phyr::Phyr,
    units::{
        Bytes,
        PhysAddr, //
    },
};

/// A physically contiguous stretch of the list.
///
/// # Invariants
///
/// `start < end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    start: PhysAddr,
    end: PhysAddr,
}

impl Run {
    /// The run that is one phyr.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the phyr has no bytes, or runs past the end of the address space.
    #[inline]
    pub fn new(phyr: Phyr) -> Result<Self, Error> {
        // INVARIANT: `end()` fails unless it can return an address above `paddr()`.
        Ok(Self {
            start: phyr.paddr(),
            end: phyr.end()?,
        })
    }

    /// Address of the first byte.
    #[inline]
    pub const fn paddr(self) -> PhysAddr {
        self.start
    }

    /// Length in bytes.
    #[inline]
    pub const fn len(self) -> Bytes {
        self.start.distance(self.end)
    }

    /// Both runs as one, if `next` starts where this one ends.
    #[inline]
    fn join(self, next: Self) -> Option<Self> {
        // INVARIANT: `self.start < self.end == next.start < next.end`.
        (self.end == next.start).then_some(Self {
            start: self.start,
            end: next.end,
        })
    }

    /// The first `len` bytes and what is left, if there is anything left.
    #[inline]
    fn split(self, len: Bytes) -> Option<(Self, Self)> {
        let middle = self.start.checked_add(len)?;

        // INVARIANT: `start < middle < end`.
        (self.start < middle && middle < self.end).then_some((
            Self {
                start: self.start,
                end: middle,
            },
            Self {
                start: middle,
                end: self.end,
            },
        ))
    }
}

/// The runs of a list, in transfer order, each as long as it can be.
///
/// With a cap no run is longer than that: a longer stretch comes out as several runs. A device
/// that bounces has such a cap, `dma_max_mapping_size()`, for a bounce buffer is one piece.
pub struct Runs<I> {
    list: I,
    cap: Option<Bytes>,
    /// A run that was read, or left over from a cut, but not given out yet.
    pending: Option<Run>,
}

impl<I: Iterator<Item = Phyr>> Runs<I> {
    /// The runs of `list`, none of them longer than `cap` bytes. A cap of zero is no cap.
    #[inline]
    pub fn new(list: I, cap: Option<Bytes>) -> Self {
        Self {
            list,
            cap: cap.filter(|cap| !cap.is_zero()),
            pending: None,
        }
    }

    #[inline]
    fn read(&mut self) -> Result<Option<Run>, Error> {
        self.list.next().map(Run::new).transpose()
    }

    #[inline]
    fn next_run(&mut self) -> Result<Option<Run>, Error> {
        let first = match self.pending.take() {
            Some(pending) => Some(pending),
            None => self.read()?,
        };
        let Some(mut run) = first else {
            return Ok(None);
        };

        loop {
            if let Some(cap) = self.cap.filter(|&cap| run.len() >= cap) {
                if let Some((head, rest)) = run.split(cap) {
                    self.pending = Some(rest);
                    run = head;
                }
                break;
            }
            let Some(next) = self.read()? else { break };
            match run.join(next) {
                Some(joined) => run = joined,
                None => {
                    self.pending = Some(next);
                    break;
                }
            }
        }

        Ok(Some(run))
    }
}

/// An invalid phyr comes out as an [`Error`]; what comes after an error has no meaning.
impl<I: Iterator<Item = Phyr>> Iterator for Runs<I> {
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
    use super::*;

    fn phyr(paddr: u64, len: u64) -> Phyr {
        Phyr::new(PhysAddr::new(paddr), Bytes::new(len))
    }

    fn runs_are(list: &[Phyr], cap: Option<u64>, expected: &[(u64, u64)]) -> bool {
        Runs::new(list.iter().copied(), cap.map(Bytes::new))
            .map(|run| run.map(|run| (run.paddr().raw(), run.len().raw())))
            .eq(expected.iter().copied().map(Ok))
    }

    fn is_invalid(list: &[Phyr]) -> bool {
        Runs::new(list.iter().copied(), None).any(|run| run == Err(Error::Invalid))
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
    fn what_a_cut_leaves_merges_with_what_follows() {
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
}
