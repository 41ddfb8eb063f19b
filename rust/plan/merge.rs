// SPDX-License-Identifier: GPL-2.0

//! How far adjacent entries are merged, and where what is too long is cut.

use super::{
    class::Kind,
    granule::Granule,
    run::Run,
    units::{
        Bytes,
        PhysAddr, //
    },
};

/// The rule by which entries become runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merge {
    /// Entries that are shorter stay by themselves, in bytes: from its length the DMA API guesses
    /// whether a buffer shares a cache line with another, `dma_kmalloc_size_aligned()`.
    pub least: Bytes,
    /// How long a run may be.
    pub cap: Cap,
}

/// How long a run may be. A bounce buffer is one piece and has a largest size,
/// `dma_max_mapping_size()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cap {
    /// As long as it comes: nothing bounces.
    None,
    /// Whatever bounces, bounces as a whole: cut at multiples of so many bytes.
    At(Bytes),
    /// Only what the device does not reach bounces: cut at multiples of so many bytes.
    Beyond {
        /// Most bytes that can bounce.
        most: Bytes,
        /// Last address that the device reaches.
        reach: PhysAddr,
    },
    /// Only what has a granule in part bounces.
    Partial {
        /// Most bytes that can bounce, at least a granule.
        most: Bytes,
        /// Granule of the device's IOMMU domain.
        granule: Granule,
    },
}

impl Merge {
    /// Everything that is adjacent.
    pub const ALL: Self = Self {
        least: Bytes::ZERO,
        cap: Cap::None,
    };

    /// Whether `run` and `next` may become `joined`.
    #[inline]
    pub(super) fn allows(self, run: Run, next: Run, joined: Run) -> bool {
        if run.len() < self.least || next.len() < self.least {
            return false;
        }
        match self.cap {
            Cap::Partial { most, .. } => joined.len() <= most,
            Cap::Beyond { reach, .. } => is_beyond(run, reach) == is_beyond(joined, reach),
            _ => true,
        }
    }

    /// After how many bytes `run` has to be cut.
    #[inline]
    pub(super) fn cut(self, run: Run) -> Option<Bytes> {
        match self.bound(run)? {
            Bound::Bytes(most) => (run.len() > most).then_some(most),
            Bound::Granules { most, granule } => {
                // The seams lie at granules, so that what is between them need not bounce.
                let pad = granule.pad(run.paddr());
                let to_seam = most.checked_add(pad).map(|len| granule.align_down_len(len));
                (run.len() > most).then_some(to_seam?.saturating_sub(pad))
            }
        }
    }

    /// Pieces that `run` is cut into. Counted, not cut: a run may be any number of times as long
    /// as the bound. [`None`] if their number does not fit.
    #[inline]
    pub(super) fn pieces(self, run: Run) -> Option<usize> {
        let Some(first) = self.cut(run) else {
            return Some(1);
        };
        let rest = run.len().checked_sub(first)?;

        match self.bound(run)? {
            Bound::Bytes(most) => run.len().div_ceil(Some(most)),
            Bound::Granules { granule, .. } if granule.is_boundary(run.end()) => Some(2),
            Bound::Granules { most, granule } => rest
                .saturating_sub(most)
                .div_ceil(Some(granule.align_down_len(most)))?
                .checked_add(2),
        }
    }

    /// What bounds the length of `run`.
    #[inline]
    fn bound(self, run: Run) -> Option<Bound> {
        if run.class().kind() != Some(Kind::Ram) {
            return None;
        }
        match self.cap {
            Cap::None => None,
            Cap::At(most) => Some(Bound::Bytes(most)),
            Cap::Beyond { most, reach } => is_beyond(run, reach).then_some(Bound::Bytes(most)),
            Cap::Partial { granule, .. } if granule.holds_whole(run.paddr(), run.end()) => None,
            Cap::Partial { most, granule } => Some(Bound::Granules { most, granule }),
        }
    }
}

/// Most bytes of one run.
enum Bound {
    /// So many, wherever they are.
    Bytes(Bytes),
    /// So many at most, up to the end of a granule.
    Granules { most: Bytes, granule: Granule },
}

/// Whether some of a run is beyond an address.
#[inline]
fn is_beyond(run: Run, reach: PhysAddr) -> bool {
    reach.distance(run.end()) > Bytes::new(1)
}
