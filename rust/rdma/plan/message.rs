// SPDX-License-Identifier: GPL-2.0

//! How SGEs are distributed over work requests.

use phyr::plan::{
    cut::Cuts,
    range::DmaRange,
    units::Bytes, //
};

/// The longest message, in bytes, and the longest SGE. RDMA knows messages of 2 GiB (InfiniBand
/// Architecture Specification, volume 1, 9.7.1), but not all devices do: `ib_port_attr.max_msg_sz` is
/// one byte less for irdma, and 1 GiB for mlx5.
pub const LONGEST: Bytes = Bytes::new(1 << 30);

/// SGEs of one work request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// How many.
    pub sges: u32,
    /// Bytes that they have together.
    pub bytes: Bytes,
}

/// Distributes SGEs, whose lengths `I` tells, over as few work requests as can be if their order is
/// kept. None of them may be longer than [`LONGEST`], or empty.
#[derive(Clone, Debug)]
pub struct Messages<I> {
    lens: I,
    next: Option<Bytes>,
    max_sge: u32,
}

impl<I: Iterator<Item = Bytes>> Messages<I> {
    /// Work requests of at most `max_sge` SGEs; zero is taken for one.
    #[inline]
    pub fn new(mut lens: I, max_sge: u32) -> Self {
        Self {
            next: lens.next(),
            lens,
            max_sge: max_sge.max(1),
        }
    }
}

impl<I: Iterator<Item = Bytes>> Iterator for Messages<I> {
    type Item = Message;

    #[inline]
    fn next(&mut self) -> Option<Message> {
        let mut message = Message {
            sges: 1,
            bytes: self.next?,
        };

        loop {
            self.next = self.lens.next();
            let Some(len) = self.next else {
                return Some(message);
            };
            let bytes = message.bytes.saturating_add(len);
            if message.sges >= self.max_sge || bytes > LONGEST {
                return Some(message);
            }
            message = Message {
                sges: message.sges.saturating_add(1),
                bytes,
            };
        }
    }
}

/// `range` in parts that an SGE can have.
#[inline]
pub fn parts(range: DmaRange) -> impl Iterator<Item = DmaRange> + Clone {
    let cuts = Cuts::new(LONGEST, u64::MAX);
    let mut left = Some(range);

    core::iter::from_fn(move || {
        let range = left.filter(|left| !left.is_empty())?;
        let len = cuts.first(range.addr(), range.len());

        left = range
            .addr()
            .checked_add(len)
            .map(|addr| DmaRange::new(addr, range.len().saturating_sub(len)));
        Some(DmaRange::new(range.addr(), len))
    })
}

#[cfg(any(test, CONFIG_PHYR_PLAN_KUNIT_TEST))]
#[cfg_attr(
    CONFIG_PHYR_PLAN_KUNIT_TEST,
    ::kernel::macros::kunit_tests(phyr_rdma_plan_message)
)]
mod tests {
    use super::*;
    use phyr::plan::units::DmaAddr;

    fn messages<const N: usize>(lens: [u64; N], max_sge: u32) -> impl Iterator<Item = (u32, u64)> {
        Messages::new(lens.into_iter().map(Bytes::new), max_sge)
            .map(|message| (message.sges, message.bytes.raw()))
    }

    #[test]
    fn a_work_request_has_as_many_sges_as_it_may() {
        assert!(messages([1, 2, 4, 8, 16], 2).eq([(2, 3), (2, 12), (1, 16)]));
        assert!(messages([1, 2, 4], 3).eq([(3, 7)]));
        assert!(messages([1, 2], 0).eq([(1, 1), (1, 2)]));
        assert!(messages([], 3).eq([]));
    }

    #[test]
    fn a_message_is_no_longer_than_the_longest() {
        let longest = LONGEST.raw();

        assert!(messages([longest, 1, longest - 1, 1], 30).eq([
            (1, longest),
            (2, longest),
            (1, 1)
        ]));
    }

    #[test]
    fn a_long_range_has_several_parts() {
        let range = DmaRange::new(DmaAddr::new(0x1000), Bytes::new(0x8000_0001));

        assert!(parts(range)
            .map(|part| (part.addr().raw(), part.len().raw()))
            .eq([(0x1000, 1 << 30), (0x4000_1000, 1 << 30), (0x8000_1000, 1)]));
    }

    #[test]
    fn the_last_byte_of_all_is_a_part() {
        let range = DmaRange::new(DmaAddr::new(u64::MAX), Bytes::new(1));

        assert!(parts(range).eq([range]));
    }
}
