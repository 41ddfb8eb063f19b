// SPDX-License-Identifier: GPL-2.0

//! A list is what its model is after each of any steps, with pages that run out at any of them.

#![no_main]

// The host's other tests use the rest of it.
#[allow(dead_code)]
#[path = "../../host/tests/chain/heap.rs"]
mod heap;
#[path = "../../host/tests/chain/model.rs"]
mod model;

use libfuzzer_sys::{
    arbitrary::{Arbitrary, Result, Unstructured},
    fuzz_target,
};
use model::{play, Place, Row, Step, PAGE};
use phyr_host::chain::{page::PAGE_WORDS, Seams, FEW_WORDS};

/// Steps, and at which seams ranges are merged.
#[derive(Debug)]
struct Input {
    steps: Vec<(Step, usize)>,
    seams: Seams,
}

impl Arbitrary<'_> for Input {
    fn arbitrary(u: &mut Unstructured<'_>) -> Result<Self> {
        let seams = match u.arbitrary()? {
            true => Seams::Any,
            false => Seams::Pages,
        };
        let mut steps = Vec::new();

        while !u.is_empty() {
            steps.push((step(u)?, pages(u)?));
        }
        Ok(Self { steps, seams })
    }
}

/// How many pages can be had: mostly more than a step takes.
fn pages(u: &mut Unstructured<'_>) -> Result<usize> {
    Ok(match u.arbitrary::<u8>()? {
        few @ 0..=31 => (few % 4).into(),
        _ => usize::MAX,
    })
}

fn step(u: &mut Unstructured<'_>) -> Result<Step> {
    Ok(match u.int_in_range(0..=6)? {
        0 => Step::Push(row(u)?),
        1 => Step::PushFrames(row(u)?),
        2 => Step::PushAndTruncate(row(u)?),
        3 => Step::Append {
            row: row(u)?,
            is_other: u.ratio(1, 8)?,
        },
        4 => Step::SplitAndAppend {
            at: place(u)?,
            is_swapped: u.arbitrary()?,
        },
        5 => Step::SplitAndDrop {
            at: place(u)?,
            keep_front: u.arbitrary()?,
        },
        _ => Step::Slice {
            from: place(u)?,
            to: place(u)?,
        },
    })
}

/// Rows of ranges of one kind, so that many pages are filled in few steps.
fn row(u: &mut Unstructured<'_>) -> Result<Row> {
    Ok(Row {
        addr: addr(u)?,
        len: len(u)?,
        step: len(u)?,
        times: times(u)?,
    })
}

fn addr(u: &mut Unstructured<'_>) -> Result<Option<u64>> {
    Ok(match u.int_in_range(0..=5)? {
        0 => None,
        1 => Some(u64::from(u.arbitrary::<u32>()?) * PAGE),
        2 => Some(u64::from(u.arbitrary::<u32>()?) * 512),
        3 => Some(u.arbitrary::<u32>()?.into()),
        4 => Some(u64::MAX - u64::from(u.arbitrary::<u32>()?)),
        _ => Some(u.arbitrary()?),
    })
}

/// A few, or as many as fill pages.
fn times(u: &mut Unstructured<'_>) -> Result<u64> {
    match u.arbitrary()? {
        true => u.int_in_range(1..=20),
        false => u.int_in_range(1..=1200),
    }
}

/// A length or a distance.
fn len(u: &mut Unstructured<'_>) -> Result<u64> {
    Ok(match u.int_in_range(0..=4)? {
        0 => u64::from(u.arbitrary::<u8>()?) * PAGE,
        1 => u64::from(u.arbitrary::<u8>()?) * 512,
        2 => u.arbitrary::<u16>()?.into(),
        3 => 1 << u.int_in_range(0..=63)?,
        _ => u.arbitrary()?,
    })
}

fn place(u: &mut Unstructured<'_>) -> Result<Place> {
    let range = match u.int_in_range(0..=4)? {
        // Where a page ends that is full of the shortest codes, or the list itself.
        0 => u.int_in_range(PAGE_WORDS - 2..=PAGE_WORDS + 1)?,
        4 => u.int_in_range(FEW_WORDS - 2..=FEW_WORDS + 1)?,
        1 => u.arbitrary::<u8>()?.into(),
        _ => u.arbitrary::<u16>()?.into(),
    };
    let inside = match u.int_in_range(0..=3)? {
        0 => 0,
        1 => 1,
        2 => u.arbitrary::<u16>()?.into(),
        _ => u.arbitrary()?,
    };
    Ok(Place { range, inside })
}

fuzz_target!(|input: Input| play(&input.steps, input.seams));
