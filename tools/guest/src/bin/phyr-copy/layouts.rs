// SPDX-License-Identifier: GPL-2.0

//! Lists of every shape, copied and compared byte by byte.

use crate::device::{Device, Request};
use phyr_guest::{
    ktap::Suite,
    memory::{Memory, Piece, HUGE, PAGE},
};
use std::io::Result;

/// What the destination holds before a copy.
const UNTOUCHED: u8 = 0xa5;

/// What translates the controller's DMA.
#[derive(Clone, Copy, PartialEq)]
enum Iommu {
    /// Nothing.
    None,
    /// An IOMMU.
    Some,
    /// QEMU's virtio-iommu. A DMA access that starts at the last byte of a mapping may be
    /// translated by the mapping after it: `virtio_iommu_translate()` looks up the interval from
    /// the address to the one after it, both included (QEMU 10.0.13 and 11.1.3).
    Virtio,
    /// Nothing, and the controller reaches bounce buffers only, which are small: a list may
    /// become more DMA ranges.
    Bounced,
}

/// How many DMA ranges a list must become.
#[derive(Clone, Copy)]
enum Ranges {
    /// This many, with or without IOMMU.
    Exactly(u32),
    /// This many behind an IOMMU; without one it is up to the memory.
    Translated(u32),
}

/// A list: which memory it is in, and which pieces of it, as offset and length.
struct Layout {
    name: &'static str,
    memory: fn(usize) -> Result<Memory>,
    len: usize,
    pieces: Vec<(usize, usize)>,
    ranges: Ranges,
}

impl Layout {
    fn starts_at_a_last_byte(&self) -> bool {
        self.pieces
            .iter()
            .any(|&(offset, _)| offset % PAGE == PAGE - 1)
    }

    /// The same lengths, one after the other in plain memory, each starting at a multiple of 16
    /// bytes: no memory move starts at the last byte of a page because of it.
    fn in_order(&self) -> Vec<(usize, usize)> {
        let mut end: usize = 0;
        self.pieces
            .iter()
            .map(|&(_, len)| {
                let start = end.next_multiple_of(16);
                end = start + len;
                (start, len)
            })
            .collect()
    }
}

/// `0..n` in an order in which no two neighbours stay neighbours.
fn scattered(n: usize) -> impl Iterator<Item = usize> {
    // 2^k elements, an odd factor: a permutation. Steps of 5 * 17 keep neighbours apart.
    assert!(n.is_power_of_two() && n >= 128);
    (0..n).map(move |index| (index * 85 + 7) % n)
}

/// The controller takes a page less at a time.
const SEGMENTS_OF_16_MIB: u32 = 2;

/// Pieces of `len` bytes, `skip` bytes into blocks of `block` bytes, scattered over `total` bytes.
fn pieces(total: usize, block: usize, skip: usize, len: usize) -> Vec<(usize, usize)> {
    scattered(total / block)
        .map(|index| (index * block + skip, len))
        .collect()
}

fn layouts() -> Vec<Layout> {
    use Ranges::{Exactly, Translated};

    let layout = |name, memory: fn(usize) -> Result<Memory>, len, pieces, ranges| Layout {
        name,
        memory,
        len,
        pieces,
        ranges,
    };
    let pages: fn(usize) -> Result<Memory> = Memory::pages;
    let huge: fn(usize) -> Result<Memory> = Memory::huge;
    let mib = 1 << 20;

    vec![
        layout("one_byte", pages, PAGE, vec![(1234, 1)], Exactly(1)),
        layout(
            "last_byte_of_a_page",
            pages,
            PAGE,
            vec![(PAGE - 1, 1)],
            Exactly(1),
        ),
        layout("one_page", pages, PAGE, vec![(0, PAGE)], Exactly(1)),
        layout(
            "two_bytes_across_a_page_boundary",
            huge,
            HUGE,
            vec![(PAGE - 1, 2)],
            Exactly(1),
        ),
        layout("contiguous_2_MiB", huge, HUGE, vec![(0, HUGE)], Exactly(1)),
        layout(
            "contiguous_odd",
            huge,
            HUGE,
            vec![(3, HUGE - 10)],
            Exactly(1),
        ),
        layout(
            "scattered_pages",
            huge,
            HUGE,
            pieces(HUGE, PAGE, 0, PAGE),
            Translated(1),
        ),
        layout(
            "folios_of_16_pages",
            huge,
            16 * mib,
            pieces(16 * mib, 16 * PAGE, 0, 16 * PAGE),
            Translated(SEGMENTS_OF_16_MIB),
        ),
        layout(
            "misaligned_head_and_tail",
            huge,
            HUGE,
            {
                let mut list = pieces(HUGE, PAGE, 0, PAGE);
                let last = list.len() - 1;
                list[0].0 += 100;
                list[0].1 -= 100;
                list[last].1 -= 1000;
                list
            },
            Translated(1),
        ),
        layout(
            "misaligned_seams",
            huge,
            HUGE,
            pieces(HUGE, PAGE, 512, 2048),
            Exactly(512),
        ),
        layout(
            "one_byte_of_each_page",
            huge,
            HUGE,
            pieces(HUGE, PAGE, 77, 1),
            Exactly(512),
        ),
        layout(
            "all_but_one_byte_of_each_page",
            huge,
            HUGE,
            pieces(HUGE, PAGE, 1, PAGE - 1),
            Exactly(512),
        ),
        layout(
            "seams_with_short_tails",
            huge,
            HUGE,
            pieces(HUGE, PAGE, 0, PAGE - 1),
            Exactly(512),
        ),
        layout(
            "head_pages_tail",
            huge,
            HUGE,
            {
                // As an RPC: a header inside a page, whole pages, a trailer inside a page.
                let mut list = vec![(HUGE - 3000, 120)];
                list.extend(pieces(HUGE / 2, PAGE, 0, PAGE));
                list.push((HUGE - 8000, 4));
                list
            },
            Translated(3),
        ),
        layout(
            "pieces_of_one_page",
            pages,
            PAGE,
            (0..32).map(|i| (i * 128, 64)).collect(),
            Exactly(32),
        ),
        layout(
            "sectors",
            huge,
            HUGE,
            pieces(HUGE, 512, 0, 512),
            Exactly(HUGE as u32 / 512),
        ),
        layout(
            "anonymous_16_MiB",
            pages,
            16 * mib,
            vec![(0, 16 * mib)],
            Translated(SEGMENTS_OF_16_MIB),
        ),
        layout(
            "anonymous_16_MiB_odd",
            pages,
            16 * mib + PAGE,
            vec![(1, 16 * mib)],
            Translated(SEGMENTS_OF_16_MIB),
        ),
        layout(
            "huge_16_MiB",
            huge,
            16 * mib,
            vec![(0, 16 * mib)],
            Translated(SEGMENTS_OF_16_MIB),
        ),
    ]
}

/// Tests every layout as source and as destination.
pub fn test() -> Suite {
    test_with(Iommu::None)
}

/// As [`test`], for a controller behind an IOMMU: the number of DMA ranges is known there.
pub fn test_translated() -> Suite {
    test_with(Iommu::Some)
}

/// As [`test_translated`], for QEMU's virtio-iommu.
pub fn test_virtio() -> Suite {
    test_with(Iommu::Virtio)
}

/// As [`test`], for a controller whose lists are bounced.
pub fn test_bounced() -> Suite {
    test_with(Iommu::Bounced)
}

fn test_with(iommu: Iommu) -> Suite {
    let mut suite = Suite::new("phyr_copy_layouts");

    for layout in layouts() {
        if iommu == Iommu::Virtio && layout.starts_at_a_last_byte() {
            suite.skip(
                layout.name,
                "QEMU's virtio-iommu takes the last byte of a mapping for the next one",
            );
            continue;
        }
        let result = copy_both_ways(&layout, iommu);
        suite.report(layout.name, result);
    }
    suite
}

fn copy_both_ways(layout: &Layout, iommu: Iommu) -> std::result::Result<String, String> {
    let error = |error: std::io::Error| error.to_string();
    let whole = layout.in_order();
    let len = whole.last().map_or(0, |&(start, len)| start + len);
    let shaped = (layout.memory)(layout.len).map_err(error)?;
    let plain = Memory::pages(len.next_multiple_of(PAGE)).map_err(error)?;
    let device = Device::open().map_err(error)?;

    let gathered = copy(&device, &shaped, &layout.pieces, &plain, &whole)?;
    check_ranges(layout, iommu, gathered.src_ranges)?;
    let spread = copy(&device, &plain, &whole, &shaped, &layout.pieces)?;
    check_ranges(layout, iommu, spread.dst_ranges)?;

    Ok(format!(
        "{} entries, {} ranges, {} bytes",
        gathered.src_entries, gathered.src_ranges, gathered.bytes
    ))
}

fn check_ranges(layout: &Layout, iommu: Iommu, ranges: u32) -> std::result::Result<(), String> {
    let wrong = match (layout.ranges, iommu) {
        (Ranges::Exactly(expected), Iommu::Bounced) => ranges < expected,
        (Ranges::Translated(_), Iommu::Bounced | Iommu::None) => false,
        (Ranges::Exactly(expected) | Ranges::Translated(expected), _) => ranges != expected,
    };

    if wrong {
        return Err(format!("{ranges} DMA ranges"));
    }
    Ok(())
}

/// Copies one list to another; both have the same length.
fn copy(
    device: &Device,
    src: &Memory,
    from: &[(usize, usize)],
    dst: &Memory,
    to: &[(usize, usize)],
) -> std::result::Result<Request, String> {
    let in_pieces = |memory: &Memory, list: &[(usize, usize)]| -> Vec<Piece> {
        list.iter()
            .map(|&(offset, len)| memory.piece(offset, len))
            .collect()
    };
    dst.fill(UNTOUCHED);
    for offset in 0..src.len() {
        src.set(offset, pattern(offset));
    }
    let report = device
        .copy(&in_pieces(src, from), &in_pieces(dst, to))
        .map_err(|error| format!("copy: {error}"))?;

    let mut expected = vec![UNTOUCHED; dst.len()];
    for (to, from) in bytes_of(to).zip(bytes_of(from)) {
        expected[to] = pattern(from);
    }
    match (0..dst.len()).find(|&at| dst.get(at) != expected[at]) {
        None => Ok(report),
        Some(at) => Err(format!(
            "byte {at} of {} is {:#04x}, not {:#04x}",
            dst.len(),
            dst.get(at),
            expected[at]
        )),
    }
}

/// Where each byte of a list is, one after the other: in memory they would take longer than the copy.
fn bytes_of(list: &[(usize, usize)]) -> impl Iterator<Item = usize> + '_ {
    list.iter().flat_map(|&(offset, len)| offset..offset + len)
}

/// A byte that tells where it is from, and is never what the destination held before.
fn pattern(offset: usize) -> u8 {
    let byte = (offset ^ (offset >> 8) ^ (offset >> 16).wrapping_mul(29)) as u8;
    match byte {
        UNTOUCHED => 0x5a,
        byte => byte,
    }
}
