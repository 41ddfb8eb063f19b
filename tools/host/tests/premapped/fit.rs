// SPDX-License-Identifier: GPL-2.0

//! For which devices a buffer can be mapped for long.

use phyr_host::plan::{
    error::Error,
    granule::Granule,
    limits::Limits,
    phyr::Phyr,
    premapped::fit::{fit, Fit},
    units::{BusOffset, Bytes, DmaAddr, PhysAddr},
};

/// A device that needs cache care, in lines of 64 bytes, and reaches 4 GiB.
const INCOHERENT: Limits = Limits {
    coherent: false,
    min_merge: Bytes::new(128),
    reach: DmaAddr::new(0xffff_ffff),
    ..Limits::DIRECT
};

/// Where a device that has addresses of its own reaches RAM: below this.
const FOUND: u64 = 0x8000_0000;

fn fits(limits: &Limits, ranges: &[(u64, u64)]) -> Result<Fit, Error> {
    let list = ranges
        .iter()
        .map(|&(paddr, len)| Phyr::new(PhysAddr::new(paddr), Bytes::new(len)));

    fit(limits, list, |phyr| phyr.paddr().raw() < FOUND)
}

#[test]
fn a_coherent_device_refuses_by_itself_what_it_would_bounce() {
    let untrusted = Limits {
        trusted: false,
        ..Limits::DIRECT
    };

    assert_eq!(fits(&Limits::DIRECT, &[(3, 5)]), Ok(Fit::IfCoherent));
    assert_eq!(fits(&untrusted, &[(3, 5)]), Ok(Fit::IfCoherent));
}

#[test]
fn caches_are_synced_where_no_neighbour_shares_them() {
    let refused = Err(Error::NotSupported);

    assert_eq!(fits(&INCOHERENT, &[(0x1000, 0x1000)]), Ok(Fit::BySyncs));
    assert_eq!(fits(&INCOHERENT, &[(0x1080, 128)]), Ok(Fit::BySyncs));
    assert_eq!(fits(&INCOHERENT, &[(0x1040, 0x1000)]), refused);
    assert_eq!(fits(&INCOHERENT, &[(0x1000, 64)]), refused);
    assert_eq!(fits(&INCOHERENT, &[(0x1000, 0x1000), (0x3000, 1)]), refused);
}

#[test]
fn what_such_a_device_bounces_is_refused() {
    let refused = Err(Error::NotSupported);
    let untrusted = Limits {
        trusted: false,
        ..INCOHERENT
    };
    let bounces = Limits {
        bounces_all: true,
        ..INCOHERENT
    };
    let translated = Limits {
        granule: Granule::from_merge_boundary(0xfff),
        ..INCOHERENT
    };
    let offset = Limits {
        offset: BusOffset::new(0x1000),
        ..INCOHERENT
    };
    let page = [(0x1000, 0x1000)];
    let last = [(0xffff_f000, 0x1000)];
    let beyond = [(0x1_0000_0000, 0x1000)];

    assert_eq!(fits(&untrusted, &page), refused);
    assert_eq!(fits(&bounces, &page), refused);
    assert_eq!(fits(&INCOHERENT, &last), Ok(Fit::BySyncs));
    assert_eq!(fits(&INCOHERENT, &beyond), refused);
    assert_eq!(fits(&offset, &last), refused);
    // An IOMMU reaches what the device does not.
    assert_eq!(fits(&translated, &beyond), Ok(Fit::BySyncs));
    assert_eq!(fits(&INCOHERENT, &[(u64::MAX - 127, 256)]), refused);
}

#[test]
fn what_an_iommu_translates_may_be_anywhere_on_the_bus() {
    let elsewhere = Limits {
        bounces_all: true,
        ..INCOHERENT
    };
    let translated = Limits {
        granule: Granule::from_merge_boundary(0xfff),
        ..elsewhere
    };

    assert_eq!(
        fits(&elsewhere, &[(0x1000, 0x1000)]),
        Err(Error::NotSupported)
    );
    assert_eq!(fits(&translated, &[(0x1000, 0x1000)]), Ok(Fit::BySyncs));
}

#[test]
fn what_a_coherent_device_does_not_find_is_refused() {
    let elsewhere = Limits {
        bounces_all: true,
        ..Limits::DIRECT
    };
    let translated = Limits {
        granule: Granule::from_merge_boundary(0xfff),
        ..elsewhere
    };
    let near = [(0x1000, 0x1000)];
    let far = [(0x1000, 0x1000), (FOUND, 0x1000)];

    assert_eq!(fits(&elsewhere, &near), Ok(Fit::IfCoherent));
    assert_eq!(fits(&elsewhere, &far), Err(Error::NotSupported));
    // Elsewhere it is the DMA API that knows, and says so quietly.
    assert_eq!(fits(&translated, &far), Ok(Fit::IfCoherent));
    assert_eq!(fits(&Limits::DIRECT, &far), Ok(Fit::IfCoherent));
}
