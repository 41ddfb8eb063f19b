// SPDX-License-Identifier: GPL-2.0

//! The controller as a copy engine, shared by its driver and the open files.

use super::{
    lsi::{
        self,
        Registers,
        SCRIPT_WORDS, //
    },
    moves::Moves,
    part::Part,
    request::Report,
    script::ScriptPage, //
};
use kernel::{
    device::{
        Bound,
        Device, //
    },
    devres::Devres,
    dma::{
        Coherent,
        DataDirection, //
    },
    new_mutex, pci,
    prelude::*,
    sync::{
        aref::ARef,
        Arc,
        Mutex, //
    },
};
use phyr::{
    buffer::PhyrDevice,
    phyr_list::{
        Access,
        UserMemory, //
    },
    plan::{
        error::Error as MapError,
        range::DmaRange, //
    },
    Mapping, //
};

/// Where scripts are run from.
struct Scripts {
    /// Mapped while it is the device's.
    page: ScriptPage,
    /// Always mapped.
    words: Coherent<[u32]>,
}

/// A copy engine.
///
/// # Invariants
///
/// While `scripts` is locked and is [`Some`], `dev` is bound to this driver.
#[pin_data]
pub(crate) struct Engine {
    number: u32,
    dev: ARef<Device>,
    /// What registered buffers are mapped for.
    device: Arc<PhyrDevice>,
    registers: Devres<Registers<'static>>,
    /// Until the driver is unbound.
    #[pin]
    scripts: Mutex<Option<Scripts>>,
}

impl Engine {
    /// Sets up the controller for its driver's probe.
    pub(crate) fn new(pdev: &pci::Device<Bound>, number: u32) -> Result<Arc<Self>> {
        let registers =
            pdev.iomap_region_sized::<{ lsi::REGISTERS }>(lsi::REGISTER_BAR, c"phyr_copy")?;
        lsi::reset(&registers);

        let dev: &Device<Bound> = pdev.as_ref();
        let registers = registers.into_devres()?;
        let device = PhyrDevice::get(dev)?;
        let scripts = Scripts {
            page: ScriptPage::new()?,
            words: Coherent::zeroed_slice(dev, SCRIPT_WORDS, GFP_KERNEL)?,
        };

        // INVARIANT: The device is being bound. `stop()` empties `scripts` before it is unbound.
        Arc::pin_init(
            pin_init!(Self {
                number,
                dev: dev.into(),
                device,
                registers,
                scripts <- new_mutex!(Some(scripts)),
            }),
            GFP_KERNEL,
        )
    }

    /// What it is called in `phyr_copy.h`.
    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// Waits for a copy that is under way and allows no other, for the driver's unbind.
    pub(crate) fn stop(&self, dev: &Device<Bound>) {
        let mut scripts = self.scripts.lock();

        if let Ok(registers) = self.registers.access(dev) {
            lsi::reset(registers);
        }
        drop(scripts.take());
    }

    /// Copies `src` to `dst`, as many bytes as the shorter one has.
    ///
    /// # Errors
    ///
    /// `ENODEV` if the controller is gone, and those of [`Mapping::new`] and [`lsi::run`].
    pub(crate) fn copy(&self, src: &mut UserMemory, dst: &mut UserMemory) -> Result<Report> {
        let mut guard = self.scripts.lock();
        let Some(Scripts { page, .. }) = &mut *guard else {
            return Err(ENODEV);
        };
        // SAFETY: The lock is held for as long as the reference lives, and what it
        // protects is `Some`, so by the type invariants the device is bound.
        let dev = unsafe { self.dev.as_bound() };
        let registers = self.registers.access(dev)?;

        // [map]
        let mut src_ranges = room(dev, src, DataDirection::ToDevice)?;
        let mut dst_ranges = room(dev, dst, DataDirection::FromDevice)?;
        let src = Mapping::new(dev, src, &mut src_ranges, DataDirection::ToDevice)?;
        let dst = Mapping::new(dev, dst, &mut dst_ranges, DataDirection::FromDevice)?;
        // [map end]

        let mut report = Report {
            src_entries: src.entries(),
            src_ranges: src.ranges().len(),
            dst_entries: dst.entries(),
            dst_ranges: dst.ranges().len(),
            ..Report::default()
        };
        let mut moves = Moves::new(src.ranges(), dst.ranges()).peekable();

        while moves.peek().is_some() {
            report.moves += kick(dev, registers, page, &mut moves)?;
            report.kicks += 1;
        }
        Ok(report)
    }

    /// Copies a part of a registered buffer to one of the same length.
    ///
    /// It is used for one script at a time, so when the controller goes not more than that is
    /// waited for.
    ///
    /// # Errors
    ///
    /// `ENODEV` if the controller is gone or goes, and those of [`Part::begin`] and [`lsi::run`].
    pub(crate) fn copy_registered(&self, mut src: Part<'_>, mut dst: Part<'_>) -> Result {
        while !src.is_done() {
            let len = self.copy_piece(&src, &dst)?;

            src.advance(len);
            dst.advance(len);
        }
        Ok(())
    }

    /// Copies as much as fits in a script, and returns how many bytes that is.
    fn copy_piece(&self, src: &Part<'_>, dst: &Part<'_>) -> Result<usize> {
        // They are used from here on, though others may have their turn before.
        let src = src.begin(&self.device, Access::Read)?;
        let dst = dst.begin(&self.device, Access::Write)?;
        let len = src.len().min(dst.len());
        let guard = self.scripts.lock();
        let Some(Scripts { words, .. }) = &*guard else {
            return Err(ENODEV);
        };
        // SAFETY: As in `copy()`.
        let registers = self.registers.access(unsafe { self.dev.as_bound() })?;

        src.sync_for_device(len);
        dst.sync_for_device(len);
        run(registers, words, Moves::new(src.ranges(), dst.ranges()))?;
        dst.sync_for_cpu(len);
        Ok(len)
    }
}

/// As many entries as a mapping of `memory` needs, which depends on what the device can take: phyr
/// tells it if there are too few.
fn room(
    dev: &Device<Bound>,
    memory: &mut UserMemory,
    dir: DataDirection,
) -> Result<KVVec<DmaRange>> {
    match Mapping::new(dev, memory, &mut [], dir) {
        Err(MapError::NoSpace { needed }) => {
            Ok(KVVec::from_elem(DmaRange::default(), needed, GFP_KERNEL)?)
        }
        Err(error) => Err(error.into()),
        Ok(_) => Ok(KVVec::new()),
    }
}

/// Runs one script of `moves` and returns how many of them it performed.
fn kick(
    dev: &Device<Bound>,
    registers: &Registers<'_>,
    script: &mut ScriptPage,
    moves: impl Iterator<Item = Result<lsi::Move>>,
) -> Result<usize> {
    let mut words = [0; SCRIPT_WORDS];
    let (len, count) = lsi::assemble(&mut words, moves)?;

    let mut range = [DmaRange::default()];
    let mut mapping = Mapping::new(dev, script, &mut range, DataDirection::ToDevice)?;
    let at = mapping.ranges().first().ok_or(EINVAL)?.addr();

    mapping
        .cpu()
        .memory()
        .write(words.get(..len).ok_or(EINVAL)?)?;
    lsi::run(registers, u32::try_from(at.raw())?)?;
    Ok(count)
}

/// Runs a script of all `moves`, of which there must be room for in one.
fn run(
    registers: &Registers<'_>,
    script: &Coherent<[u32]>,
    moves: impl Iterator<Item = Result<lsi::Move>>,
) -> Result {
    let mut words = [0; SCRIPT_WORDS];
    let (len, _) = lsi::assemble(&mut words, moves)?;

    for (at, word) in words.iter().take(len).enumerate() {
        kernel::dma_write!(script, [try: at], *word);
    }
    lsi::run(registers, u32::try_from(script.dma_handle())?)
}
