// SPDX-License-Identifier: GPL-2.0

//! The usual list for the usual device, in as few steps as it takes.
//!
//! All of the list is of one kind, and the device is coherent and has segment limits. What is not
//! usual, invalid lists and too little room among it, is left to [`exec`](super::exec), which would
//! map the rest in the same way, too.

pub mod direct;
mod extent;
mod gather;
mod link;
mod run;
pub mod shared;
pub mod stream;

use super::{backend::Refusal, error::Error, exec::Mapped, phyr::Phyr, range::DmaRange};

/// Whether `list` has several entries, of which the first is not adjacent to the second.
#[inline(always)]
fn begins_apart(list: &[Phyr]) -> bool {
    matches!(list, [first, second, ..]
        if first.paddr().raw().wrapping_add(first.len().raw()) != second.paddr().raw())
}

/// What is done once it is known what becomes of a list.
///
/// It is done where that is found out, so that no later step has to find it out again.
pub trait Then<I>: Sized {
    /// What comes of it.
    type Out;

    /// The list is `mapped`, and its DMA ranges are at the front of `out`.
    fn mapped(self, mapped: Mapped<I>, out: &[DmaRange]) -> Self::Out;

    /// The list is not for here. Nothing of it is mapped, though something may be written to `out`.
    fn unusual(self, out: &mut [DmaRange]) -> Self::Out;

    /// The list cannot be mapped, and nothing of it is.
    fn refused(self, error: Error) -> Self::Out;
}

/// Why a list is not mapped here. Nothing of it is left mapped.
#[derive(Clone, Copy)]
enum Stop {
    /// It is not for here.
    Unusual,
    /// It cannot be mapped.
    Refused(Refusal),
}

impl From<Refusal> for Stop {
    /// What a backend refused is left alone if it can be mapped otherwise.
    #[inline]
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Layout => Self::Unusual,
            refusal => Self::Refused(refusal),
        }
    }
}

/// What is done then. To put `then` together for a function of its own would be done before it is
/// known that it is needed.
#[inline(always)]
fn give_up<I, T: Then<I>>(stop: Stop, out: &mut [DmaRange], then: T) -> T::Out {
    match stop {
        Stop::Unusual => then.unusual(out),
        Stop::Refused(refusal) => then.refused(refusal.into()),
    }
}
