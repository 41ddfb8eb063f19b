// SPDX-License-Identifier: GPL-2.0

//! How far adjacent entries are merged, and where what is too long is cut.

use super::{
    class::Kind,
    granule::Granule,
    run::Run,
    units::Bytes, //
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
    /// Only what has a granule in part bounces.
    Partial {
        /// Most bytes that can bounce.
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
            Cap::Partial { most, .. } if bounces(run) => joined.len() <= most,
            _ => true,
        }
    }

    /// After how many bytes `run` has to be cut.
    #[inline]
    pub(super) fn cut(self, run: Run) -> Option<Bytes> {
        match self.cap {
            Cap::At(most) if bounces(run) => (run.len() >= most).then_some(most),
            Cap::Partial { most, granule } if bounces(run) && run.len() > most => {
                if granule.holds_whole(run.paddr(), run.end()) {
                    return None;
                }
                // The seams lie at granules, so that what is between them need not bounce.
                let pad = granule.pad(run.paddr());
                most.checked_add(pad)
                    .and_then(|len| granule.align_down_len(len).checked_sub(pad))
                    .filter(|len| !len.is_zero())
                    .or(Some(most))
            }
            _ => None,
        }
    }
}

/// Only RAM bounces.
#[inline]
fn bounces(run: Run) -> bool {
    run.class().kind() == Some(Kind::Ram)
}
