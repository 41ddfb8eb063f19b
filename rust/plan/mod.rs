// SPDX-License-Identifier: GPL-2.0

//! How a list of physical ranges becomes a list of DMA ranges.
//!
//! Everything in this module is pure: it uses `core` alone, allocates nothing, contains no
//! `unsafe` and talks to a device only through the safe trait [`backend::Backend`]. The same files
//! are compiled into `phyr.ko` and into a crate for the host, where every failure of a backend
//! can be played through.
//!
//! | word | meaning |
//! |---|---|
//! | phyr | a physical range, [`phyr::Phyr`], the kernel's `struct phys_vec` |
//! | run | phyrs that are physically adjacent, merged: [`run::Run`]. One link, or one map call |
//! | granule | smallest page size of the device's IOMMU domain: [`granule::Granule`] |
//! | DMA range | what the device is given: [`range::DmaRange`], the kernel's `struct dma_vec` |
//! | strategy | how the runs are mapped: [`strategy::Strategy`] |
//!
//! The usual list for the usual device is mapped by [`usual`]. Otherwise the order of events is:
//! [`survey`] reads the list once, validates and counts; [`strategy`] chooses
//! from those counts and the device's [`limits`]; [`exec`] performs the choice through a backend
//! and undoes it when a step fails.

pub mod backend;
pub mod class;
pub mod cut;
pub mod dense;
pub mod error;
pub mod exec;
pub mod granule;
pub mod index;
mod iova;
pub mod layout;
pub mod limits;
pub mod merge;
mod output;
pub mod part;
mod per_run;
pub mod phyr;
pub mod premapped;
pub mod range;
mod record;
pub mod run;
pub mod strategy;
pub mod survey;
pub mod sync;
pub mod units;
pub mod usual;
