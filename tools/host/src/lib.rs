// SPDX-License-Identifier: GPL-2.0

//! The plans of phyr and phyr_rdma as a host crate.
//!
//! ```
//! use phyr_host::plan::{
//!     class::Entry,
//!     granule::Granule,
//!     limits::Limits,
//!     phyr::Phyr,
//!     strategy::Strategy,
//!     survey::Survey,
//!     units::{Bytes, PhysAddr},
//! };
//!
//! // A page, and a piece that starts inside another one: two runs that cannot be one DMA range.
//! let list = [
//!     Phyr::new(PhysAddr::new(0x1000), Bytes::new(0x1000)),
//!     Phyr::new(PhysAddr::new(0x5200), Bytes::new(0x100)),
//! ];
//! let limits = Limits {
//!     granule: Granule::from_merge_boundary(0xfff),
//!     ..Limits::DIRECT
//! };
//!
//! let survey = Survey::of(list.into_iter().map(Entry::ram), &limits)?;
//! let (Strategy::Iova(footprint), _) = Strategy::choose(&limits, &survey)? else {
//!     unreachable!("two runs behind an IOMMU share an allocation");
//! };
//! assert_eq!(footprint.size(), Bytes::new(0x2000));
//! assert_eq!(footprint.ranges(), 2);
//! # Ok::<(), phyr_host::plan::error::Error>(())
//! ```

#![no_std]
#![warn(missing_docs)]
// Nothing in the plan may lose a bit, panic or be unreachable. Its tests may.
#![cfg_attr(
    not(test),
    deny(
        clippy::as_conversions,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used
    )
)]

// phyr_rdma's plan is a crate's of its own in the kernel, which uses phyr's.
extern crate self as phyr;

#[forbid(unsafe_code)]
#[path = "../../../rust/plan/mod.rs"]
pub mod plan;

#[forbid(unsafe_code)]
#[path = "../../../rust/rdma/plan/mod.rs"]
pub mod rdma_plan;

#[path = "../../../rust/chain/mod.rs"]
pub mod chain;

/// Bytes of a page of memory.
pub const PAGE_BYTES: usize = 4096;
