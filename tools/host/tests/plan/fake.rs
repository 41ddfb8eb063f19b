// SPDX-License-Identifier: GPL-2.0

//! A backend that remembers everything, checks the contract, and can be made to fail.

use phyr_host::plan::{
    backend::{Backend, Owner, Refusal},
    class::{Class, Entry, Kind},
    granule::Granule,
    limits::Limits,
    phyr::Phyr,
    range::DmaRange,
    units::{Bytes, DmaAddr, PhysAddr},
};
use std::collections::BTreeMap;

/// Granule of the fake IOMMU, in bytes.
pub(crate) const GRANULE: u64 = 0x1000;

/// Where IOVA space begins: far from any physical address of the tests.
const IOVA_BASE: u64 = 0xf000_0000_0000;

/// The largest allocation.
const MOST_IOVA: u64 = 1 << 40;

/// More than any boundary of the tests.
const ALIGNMENT: u64 = 1 << 20;

/// Calls made so far, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Calls {
    pub(crate) alloc: usize,
    pub(crate) link: usize,
    pub(crate) sync: usize,
    pub(crate) unlink: usize,
    pub(crate) free: usize,
    pub(crate) destroy: usize,
    pub(crate) map: usize,
    pub(crate) unmap: usize,
    pub(crate) discard: usize,
    pub(crate) hand_over: usize,
}

/// How the call that is to fail fails, if it can choose.
pub(crate) const REFUSALS: [Refusal; 3] =
    [Refusal::Layout, Refusal::NoMemory, Refusal::NotSupported];

/// An allocation, as its owner holds it.
#[derive(Debug)]
pub(crate) struct Iova {
    addr: u64,
}

/// What the fake knows of an allocation.
struct Allocation {
    size: u64,
    linked: u64,
    synced: u64,
}

/// What a map call mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Map {
    paddr: u64,
    len: u64,
    kind: Kind,
}

/// A device with or without an IOMMU.
pub(crate) struct Fake {
    /// Page table: IOVA granule to physical granule.
    table: BTreeMap<u64, u64>,
    allocations: BTreeMap<u64, Allocation>,
    /// Ranges that those who watch memory were told of.
    pub(crate) told: Vec<(u64, u64)>,
    maps: BTreeMap<u64, Map>,
    next_iova: u64,
    fallible: usize,
    fail_at: Vec<(usize, Refusal)>,
    need_unmap: bool,
    /// Longest map call of RAM, where all of it bounces.
    most: Option<Bytes>,
    /// What a map call adds to a physical address; [`None`] where it makes an IOVA of it.
    tag: Option<u64>,
    pub(crate) calls: Calls,
    /// What was handed over to the CPU and to the device, in calls.
    pub(crate) handed: Vec<(u64, u64, Owner)>,
}

impl Fake {
    pub(crate) fn new() -> Self {
        Self {
            table: BTreeMap::new(),
            allocations: BTreeMap::new(),
            told: Vec::new(),
            maps: BTreeMap::new(),
            next_iova: IOVA_BASE,
            fallible: 0,
            fail_at: Vec::new(),
            need_unmap: true,
            most: None,
            tag: Some(MAP_TAG),
            calls: Calls::default(),
            handed: Vec::new(),
        }
    }

    /// A device as `limits` describe it.
    pub(crate) fn of(limits: &Limits) -> Self {
        let mut device = Self::new();
        if limits.granule.is_some() {
            device.tag = None;
        } else if limits.bounces_all {
            device.most = limits.max_mapping;
        }
        device
    }

    /// Makes the `nth` call that can fail, counted from 0, fail as `how` says.
    pub(crate) fn failing_at(mut self, nth: usize, how: Refusal) -> Self {
        self.fail_at.push((nth, how));
        self
    }

    /// Says that nothing needs to be unmapped.
    pub(crate) fn without_unmap(mut self) -> Self {
        self.need_unmap = false;
        self
    }

    /// Has IOVA allocations start in the middle of a device's boundaries.
    pub(crate) fn out_of_phase(mut self, by: u64) -> Self {
        self.next_iova += by;
        self
    }

    /// Has map calls give addresses that are `by` away from the physical ones.
    pub(crate) fn offset_by(mut self, by: u64) -> Self {
        self.tag = Some(MAP_TAG + by);
        self
    }

    /// Whether nothing is mapped, linked or allocated.
    pub(crate) fn is_clean(&self) -> bool {
        self.table.is_empty() && self.allocations.is_empty() && self.maps.is_empty()
    }

    /// Calls that could have failed.
    pub(crate) fn fallible(&self) -> usize {
        self.fallible
    }

    /// The physical address that the device reaches at `addr`, if it is mapped and synced.
    pub(crate) fn translate(&self, addr: DmaAddr) -> Option<u64> {
        let addr = addr.raw();
        if let Some((&base, allocation)) = self.allocations.range(..=addr).next_back() {
            if addr - base < allocation.synced {
                return self
                    .table
                    .get(&(addr & !(GRANULE - 1)))
                    .map(|page| page + addr % GRANULE);
            }
        }
        self.maps
            .range(..=addr)
            .next_back()
            .filter(|(&base, map)| addr - base < map.len)
            .map(|(&base, map)| map.paddr + (addr - base))
    }

    /// IOVA space, aligned to its size, as the kernel's allocator has it.
    fn take(&mut self, size: u64) -> u64 {
        let (phase, step) = (self.next_iova % ALIGNMENT, size.next_power_of_two());
        let addr = (self.next_iova - phase).next_multiple_of(step) + phase;

        self.next_iova = addr + size.next_multiple_of(ALIGNMENT);
        addr
    }

    fn may_fail(&mut self) -> Result<(), Refusal> {
        let nth = self.fallible;
        self.fallible += 1;
        match self.fail_at.iter().find(|(at, _)| *at == nth) {
            Some(&(_, how)) => Err(how),
            None => Ok(()),
        }
    }
}

/// Marks addresses that come from a map call.
const MAP_TAG: u64 = 1 << 60;

impl Backend for Fake {
    type Iova = Iova;

    const IS_TOLD: bool = true;

    const LINKS_ALL: bool = crate::LINKS_ALL;

    fn granule(&self) -> Option<Granule> {
        Granule::from_merge_boundary(GRANULE - 1).filter(|_| self.tag.is_none())
    }

    fn alloc(&mut self, paddr: PhysAddr, size: Bytes) -> Option<Iova> {
        self.calls.alloc += 1;
        self.may_fail().ok()?;
        assert!(!size.is_zero());
        assert_eq!(size.raw() >> 63, 0, "that bit is DMA_IOVA_USE_SWIOTLB");
        if size.raw() > MOST_IOVA {
            return None;
        }

        let pad = paddr.raw() % GRANULE;
        let addr = self.take((pad + size.raw()).next_multiple_of(GRANULE)) + pad;
        self.allocations.insert(
            addr,
            Allocation {
                size: size.raw(),
                linked: 0,
                synced: 0,
            },
        );
        Some(Iova { addr })
    }

    fn base(&self, iova: &Iova) -> DmaAddr {
        DmaAddr::new(iova.addr)
    }

    fn link(
        &mut self,
        iova: &mut Iova,
        paddr: PhysAddr,
        offset: Bytes,
        len: Bytes,
        _kind: Kind,
    ) -> Result<(), Refusal> {
        self.calls.link += 1;
        self.may_fail()?;
        let allocation = self.allocations.get_mut(&iova.addr).expect("allocated");

        let pad = paddr.raw() % GRANULE;
        assert_eq!((iova.addr + offset.raw()) % GRANULE, pad);
        assert!(
            pad == 0 || offset.is_zero(),
            "only the first may start inside"
        );
        assert!(!len.is_zero());
        assert!(
            len.raw() <= 1 << 34,
            "nobody has so much memory, or patience"
        );
        assert_eq!(offset.raw(), allocation.linked, "links leave no hole");
        assert!(offset.raw() + len.raw() <= allocation.size);

        let (addr, paddr) = (iova.addr + offset.raw() - pad, paddr.raw() - pad);
        for at in (0..pad + len.raw()).step_by(GRANULE as usize) {
            let old = self.table.insert(addr + at, paddr + at);
            assert_eq!(old, None, "linked twice");
        }
        allocation.linked += len.raw();
        Ok(())
    }

    fn tell(&mut self, paddr: PhysAddr, len: Bytes) {
        self.told.push((paddr.raw(), len.raw()));
    }

    fn sync(&mut self, iova: &mut Iova, len: Bytes) -> Result<(), Refusal> {
        self.calls.sync += 1;
        self.may_fail()?;
        let allocation = self.allocations.get_mut(&iova.addr).expect("allocated");

        assert_eq!(len.raw(), allocation.linked);
        allocation.synced = len.raw();
        Ok(())
    }

    fn unlink(&mut self, iova: &mut Iova, len: Bytes, _kind: Kind) {
        self.calls.unlink += 1;
        let allocation = self.allocations.get_mut(&iova.addr).expect("allocated");

        assert!(!len.is_zero());
        assert_eq!(len.raw(), allocation.linked, "all that is linked, no more");
        let pad = iova.addr % GRANULE;
        for at in (0..pad + len.raw()).step_by(GRANULE as usize) {
            self.table.remove(&(iova.addr - pad + at)).expect("linked");
        }
        allocation.linked = 0;
        allocation.synced = 0;
    }

    fn free(&mut self, iova: Iova) {
        self.calls.free += 1;
        let allocation = self.allocations.remove(&iova.addr).expect("allocated");

        assert_eq!(allocation.linked, 0, "unlinked before it is freed");
    }

    fn destroy(&mut self, mut iova: Iova, len: Bytes, kind: Kind) {
        self.calls.destroy += 1;
        let size = self.allocations.get(&iova.addr).expect("allocated").size;

        assert_eq!(len.raw(), size, "a partial destroy leaks IOVA space");
        self.unlink(&mut iova, len, kind);
        self.calls.unlink -= 1;
        self.allocations.remove(&iova.addr);
    }

    fn map(&mut self, paddr: PhysAddr, len: Bytes, kind: Kind) -> Result<DmaAddr, Refusal> {
        self.calls.map += 1;
        // A map call knows no layout that it could refuse.
        self.may_fail().map_err(|how| match how {
            Refusal::Layout => Refusal::NoMemory,
            how => how,
        })?;

        assert!(!len.is_zero());
        let (paddr, len) = (paddr.raw(), len.raw());
        let most = self.most.filter(|_| kind == Kind::Ram);
        assert!(most.is_none_or(|most| len <= most.raw()), "it bounces");
        let addr = match self.tag {
            Some(tag) => paddr + tag,
            None => self.take(paddr % GRANULE + len) + paddr % GRANULE,
        };
        let old = self.maps.insert(addr, Map { paddr, len, kind });
        assert_eq!(old, None, "the tests map no memory twice");
        Ok(DmaAddr::new(addr))
    }

    fn unmap(&mut self, addr: DmaAddr, len: Bytes, kind: Kind) {
        self.calls.unmap += 1;
        let mapped = self.maps.remove(&addr.raw());

        let mapped = mapped.map(|map| (map.len, map.kind));
        assert_eq!(mapped, Some((len.raw(), kind)), "unmapped as it was mapped");
    }

    fn discard(&mut self, ranges: &[DmaRange], kind: Kind) {
        for range in ranges {
            self.unmap(range.addr(), range.len(), kind);
            self.calls.unmap -= 1;
            self.calls.discard += 1;
        }
    }

    fn need_unmap(&mut self) -> bool {
        self.need_unmap
    }

    fn hand_over(&mut self, addr: DmaAddr, len: Bytes, owner: Owner) {
        self.calls.hand_over += 1;
        let (addr, len) = (addr.raw(), len.raw());

        let mapped = self.maps.range(..=addr).next_back();
        if let Some((&base, map)) = mapped.filter(|(&base, map)| addr < base + map.len) {
            assert!(addr + len <= base + map.len, "within one mapping");
            assert_eq!(
                map.kind,
                Kind::Ram,
                "there is no cache and no bounce buffer for MMIO"
            );
        } else {
            assert!(self.table.contains_key(&(addr & !(GRANULE - 1))), "mapped");
            assert_eq!(
                addr / GRANULE,
                (addr + len - 1) / GRANULE,
                "within one granule"
            );
        }
        self.handed.push((addr, len, owner));
    }
}

/// A trusted, coherent device behind the fake IOMMU.
pub(crate) fn translated() -> Limits {
    Limits {
        granule: Granule::from_merge_boundary(GRANULE - 1),
        ..Limits::DIRECT
    }
}

/// A list of RAM from addresses and lengths.
pub(crate) fn list(phyrs: &[(u64, u64)]) -> Vec<Entry> {
    phyrs
        .iter()
        .map(|&(paddr, len)| entry(paddr, len, Class::Ram))
        .collect()
}

/// An entry of a list.
pub(crate) fn entry(paddr: u64, len: u64, class: Class) -> Entry {
    Entry {
        phyr: Phyr::new(PhysAddr::new(paddr), Bytes::new(len)),
        class,
    }
}

/// Room for `entries` DMA ranges.
pub(crate) fn room(entries: usize) -> Vec<DmaRange> {
    vec![DmaRange::default(); entries]
}

/// First and last byte of every phyr and of every granule in it, in transfer order.
pub(crate) fn probes(list: &[Entry]) -> impl Iterator<Item = (u64, u64)> + '_ {
    let mut before = 0;
    list.iter().flat_map(move |&Entry { phyr, .. }| {
        let (paddr, len) = (phyr.paddr().raw(), phyr.len().raw());
        let start = before;
        before += len;

        let mut at: Vec<u64> = (paddr / GRANULE..=(paddr + len - 1) / GRANULE)
            .flat_map(|page| [page * GRANULE, page * GRANULE + GRANULE - 1])
            .map(|byte| byte.clamp(paddr, paddr + len - 1))
            .collect();
        at.dedup();
        at.into_iter()
            .map(move |byte| (start + (byte - paddr), byte))
    })
}

/// The DMA address of the byte that is `offset` bytes into the transfer.
pub(crate) fn dma_addr_at(ranges: &[DmaRange], mut offset: u64) -> Option<DmaAddr> {
    for range in ranges {
        if offset < range.len().raw() {
            return range.addr().checked_add(Bytes::new(offset));
        }
        offset -= range.len().raw();
    }
    None
}
