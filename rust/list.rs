// SPDX-License-Identifier: GPL-2.0

//! The list that C passes in: `struct dma_phyr_list`, as the plan reads it.

use super::{
    ffi::{
        p2p_class,
        Provider, //
    },
    plan::{
        class::{
            Class,
            Entry,
            Kind, //
        },
        error::Error,
        phyr::Phyr,
        units::Bytes, //
    },
    request::Flags,
};
use kernel::{
    device::Device,
    ffi::c_uint, //
};

/// `struct dma_phyr_segment`.
#[repr(C)]
pub(crate) struct Segment {
    nr: c_uint,
    provider: Provider,
}

impl Segment {
    /// Entries of the list that it is about.
    #[inline]
    fn len(&self) -> usize {
        // CAST: `c_uint` has 32 bits, `usize` 64.
        self.nr as usize
    }
}

/// `struct dma_phyr_list`. `rust/shims.c` asserts the offsets of the C side.
#[repr(C)]
pub(crate) struct RawList {
    phyrs: *const Phyr,
    nr: c_uint,
    flags: c_uint,
    segments: *const Segment,
    nr_segments: c_uint,
}

const _: () = {
    assert!(size_of::<Segment>() == 16);
    assert!(size_of::<RawList>() == 32);
    assert!(core::mem::offset_of!(RawList, flags) == 12);
    assert!(core::mem::offset_of!(RawList, segments) == 16);
    assert!(core::mem::offset_of!(RawList, nr_segments) == 24);
};

impl RawList {
    /// Its ranges.
    ///
    /// # Safety
    ///
    /// As for [`RawList::read`].
    #[inline]
    pub(crate) unsafe fn phyrs<'a>(&self) -> &'a [Phyr] {
        // SAFETY: By the safety requirements of this function.
        unsafe { array(self.phyrs, self.nr) }
    }

    /// # Safety
    ///
    /// `phyrs` and `segments` must be valid for as many elements as is said, which do not change
    /// during `'a`; the providers must stay registered for as long.
    #[inline]
    pub(crate) unsafe fn read<'a>(&self, dev: &'a Device, kind: Kind) -> Result<List<'a>, Error> {
        let list = List {
            // SAFETY: By the safety requirements of this function.
            phyrs: unsafe { self.phyrs() },
            // SAFETY: By the safety requirements of this function.
            segments: unsafe { array(self.segments, self.nr_segments) },
            flags: Flags::new(self.flags)?,
            dev,
            kind,
        };

        list.check()?;
        Ok(list)
    }
}

/// An array of `len` elements from C, where `ptr` may be anything if there are none. A null pointer
/// is none.
///
/// # Safety
///
/// `ptr` must be null, or valid for reads of `len` elements, which must not change, for `'a`.
#[inline]
pub(crate) unsafe fn array<'a, T>(ptr: *const T, len: c_uint) -> &'a [T] {
    if len == 0 || ptr.is_null() {
        return &[];
    }
    // CAST: `c_uint` has 32 bits, `usize` 64.
    //
    // SAFETY: By the safety requirements of this function.
    unsafe { core::slice::from_raw_parts(ptr, len as usize) }
}

/// A list, all of it of one kind or with segments that say what they are.
pub(crate) struct List<'a> {
    phyrs: &'a [Phyr],
    segments: &'a [Segment],
    flags: Flags,
    dev: &'a Device,
    kind: Kind,
}

impl<'a> List<'a> {
    /// How its DMA ranges are to be cut.
    #[inline]
    pub(crate) fn flags(&self) -> Flags {
        self.flags
    }

    /// Its ranges.
    #[inline]
    pub(crate) fn phyrs(&self) -> &'a [Phyr] {
        self.phyrs
    }

    /// The one kind that all of it is; [`None`] if its segments say what they are.
    #[inline]
    pub(crate) fn kind(&self) -> Option<Kind> {
        self.segments.is_empty().then_some(self.kind)
    }

    /// Every segment has entries, together as many as the list, and its memory can be reached.
    fn check(&self) -> Result<(), Error> {
        let mut left = match self.segments {
            [] => return Ok(()),
            _ => self.phyrs.len(),
        };

        for segment in self.segments {
            left = match left.checked_sub(segment.len()) {
                Some(left) if segment.len() > 0 => left,
                _ => return Err(Error::Invalid),
            };
        }
        if left > 0 {
            return Err(Error::Invalid);
        }
        for (index, segment) in (0..).zip(self.segments) {
            self.class(index, segment).ok_or(Error::NotReachable)?;
        }
        Ok(())
    }

    /// What a segment is made of; [`None`] if the device cannot reach it.
    fn class(&self, index: u32, segment: &Segment) -> Option<Class> {
        match (segment.provider.is_none(), self.kind) {
            (true, Kind::Ram) => Some(Class::Ram),
            (true, Kind::Mmio) => Some(Class::Mmio { provider: index }),
            (false, _) => p2p_class(segment.provider, index, self.dev),
        }
    }

    /// What entries are if no segment says it.
    fn plain(&self) -> Class {
        match self.kind {
            Kind::Ram => Class::Ram,
            Kind::Mmio => Class::Mmio { provider: 0 },
        }
    }

    /// The entries from number `first` on.
    pub(crate) fn entries(&self, first: usize) -> Entries<'a, '_> {
        let mut entries = Entries {
            list: self,
            phyrs: self.phyrs.get(first..).unwrap_or_default().iter(),
            segments: (0..).zip(self.segments.iter()),
            class: Some(self.plain()),
            left: usize::MAX,
        };
        let mut skip = first;

        while let Some(nr) = entries.next_segment() {
            if let Some(rest) = nr.checked_sub(skip).filter(|&rest| rest > 0) {
                entries.left = rest;
                break;
            }
            skip = skip.saturating_sub(nr);
        }
        entries
    }
}

/// The entries of a list, one after the other, each with its class.
#[derive(Clone)]
pub(crate) struct Entries<'a, 'b> {
    list: &'b List<'a>,
    phyrs: core::slice::Iter<'a, Phyr>,
    segments: core::iter::Zip<core::ops::RangeFrom<u32>, core::slice::Iter<'a, Segment>>,
    class: Option<Class>,
    /// Entries of the segment that are left.
    left: usize,
}

impl Entries<'_, '_> {
    /// Goes to the next segment, and returns how many entries it has.
    fn next_segment(&mut self) -> Option<usize> {
        let (index, segment) = self.segments.next()?;

        self.class = self.list.class(index, segment);
        Some(segment.len())
    }
}

impl Iterator for Entries<'_, '_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let phyr = *self.phyrs.next()?;

        if self.left == 0 {
            self.left = self.next_segment().unwrap_or(0);
        }
        self.left = self.left.saturating_sub(1);
        // A peer that went away meanwhile: nothing of it can be mapped, which is invalid.
        Some(match self.class {
            Some(class) => Entry { phyr, class },
            None => Entry::ram(Phyr::new(phyr.paddr(), Bytes::ZERO)),
        })
    }
}
