// SPDX-License-Identifier: GPL-2.0

//! Any words are decoded, and any ranges are what their codes say.

#![no_main]

#[path = "../../host/tests/chain/codec.rs"]
mod codec;
// The model of lists uses the rest of it.
#[allow(dead_code)]
#[path = "../../host/tests/chain/heap.rs"]
mod heap;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let words: Vec<u64> = bytes
        .chunks_exact(8)
        .map(|word| u64::from_le_bytes(word.try_into().unwrap()))
        .collect();
    let ranges: Vec<(u64, u64)> = words
        .chunks_exact(2)
        .map(|pair| (pair[0], pair[1]))
        .collect();

    codec::check_words(&words);
    codec::check_ranges(&ranges, words.len());
});
