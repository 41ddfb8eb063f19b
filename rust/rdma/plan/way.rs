// SPDX-License-Identifier: GPL-2.0

//! Whether a list is moved by SGEs or by MRs.

/// Which way the bytes go, as the side sees it that posts the work request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// RDMA READ: into this side's memory, `DMA_FROM_DEVICE`.
    Read,
    /// RDMA WRITE: out of this side's memory, `DMA_TO_DEVICE`.
    Write,
}

/// What the device and its port ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port {
    /// iWARP: a READ names the memory that it fills by a key for remote access, which only an MR
    /// has.
    pub iwarp: bool,
    /// More SGEs than these make a READ slower than an MR does, `ib_device_attr.max_sgl_rd`; zero
    /// if none do.
    pub max_sgl_rd: u32,
    /// There are MRs for no other reason than `ib_core.force_mr`.
    pub force_mr: bool,
}

/// How a list is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By SGEs.
    Sges,
    /// By MRs if they can be had and take no more READs than SGEs do, else by SGEs.
    MrsIfFew,
    /// By MRs if they can be had, else by SGEs.
    MrsOrSges,
    /// By MRs, and not at all without.
    Mrs,
}

impl Way {
    /// How a list is moved that is mapped to so many `ranges`.
    ///
    /// As rdma_rw_io_needs_mr() of drivers/infiniband/core/rw.c has it, but that it is told what is
    /// mapped, that only iWARP insists, and that a list with gaps, of which each wants an MR of its
    /// own, is not READ in more parts for MRs being better.
    #[inline]
    pub fn choose(port: &Port, operation: Operation, ranges: usize) -> Self {
        let more_than = |most: u32| usize::try_from(most).is_ok_and(|most| ranges > most);

        match operation {
            Operation::Read if port.iwarp => Self::Mrs,
            Operation::Read if port.max_sgl_rd != 0 && more_than(port.max_sgl_rd) => Self::MrsIfFew,
            _ if port.force_mr => Self::MrsOrSges,
            _ => Self::Sges,
        }
    }
}

#[cfg(any(test, CONFIG_PHYR_PLAN_KUNIT_TEST))]
#[cfg_attr(
    CONFIG_PHYR_PLAN_KUNIT_TEST,
    ::kernel::macros::kunit_tests(phyr_rdma_plan_way)
)]
mod tests {
    use super::*;

    const PLAIN: Port = Port {
        iwarp: false,
        max_sgl_rd: 0,
        force_mr: false,
    };

    #[test]
    fn sges_are_usual() {
        for operation in [Operation::Read, Operation::Write] {
            assert_eq!(Way::choose(&PLAIN, operation, 1), Way::Sges);
            assert_eq!(Way::choose(&PLAIN, operation, usize::MAX), Way::Sges);
        }
    }

    #[test]
    fn iwarp_reads_by_mrs_alone() {
        let port = Port {
            iwarp: true,
            ..PLAIN
        };

        assert_eq!(Way::choose(&port, Operation::Read, 1), Way::Mrs);
        assert_eq!(Way::choose(&port, Operation::Write, 1), Way::Sges);
    }

    #[test]
    fn many_sges_are_read_by_mrs_if_there_are_any() {
        let port = Port {
            max_sgl_rd: 16,
            ..PLAIN
        };

        assert_eq!(Way::choose(&port, Operation::Read, 16), Way::Sges);
        assert_eq!(Way::choose(&port, Operation::Read, 17), Way::MrsIfFew);
        assert_eq!(Way::choose(&port, Operation::Write, 17), Way::Sges);
    }

    #[test]
    fn mrs_can_be_forced_but_not_insisted_on() {
        let port = Port {
            force_mr: true,
            ..PLAIN
        };

        assert_eq!(Way::choose(&port, Operation::Read, 1), Way::MrsOrSges);
        assert_eq!(Way::choose(&port, Operation::Write, 1), Way::MrsOrSges);
    }
}
