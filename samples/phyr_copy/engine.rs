// SPDX-License-Identifier: GPL-2.0

//! The controller as a copy engine, shared by its driver and the open files.

use super::{
    lsi::{
        self,
        Registers,
        SCRIPT_WORDS, //
    },
    moves::Moves,
    request::Report,
    script::ScriptPage, //
};
use kernel::{
    device::{
        Bound,
        Device, //
    },
    devres::Devres,
    dma::DataDirection,
    new_mutex, pci,
    prelude::*,
    sync::{
        aref::ARef,
        Arc,
        Mutex, //
    },
};
use phyr::{
    phyr_list::UserMemory,
    plan::{
        error::Error as MapError,
        range::DmaRange, //
    },
    Mapping, //
};

/// A copy engine.
///
/// # Invariants
///
/// While `script` is locked and is [`Some`], `dev` is bound to this driver.
#[pin_data]
pub(crate) struct Engine {
    dev: ARef<Device>,
    registers: Devres<Registers<'static>>,
    /// The page to run scripts from, until the driver is unbound.
    #[pin]
    script: Mutex<Option<ScriptPage>>,
}

impl Engine {
    /// Sets up the controller for its driver's probe.
    pub(crate) fn new(pdev: &pci::Device<Bound>) -> Result<Arc<Self>> {
        let registers =
            pdev.iomap_region_sized::<{ lsi::REGISTERS }>(lsi::REGISTER_BAR, c"phyr_copy")?;
        lsi::reset(&registers);

        let dev: &Device<Bound> = pdev.as_ref();
        let registers = registers.into_devres()?;
        let script = ScriptPage::new()?;

        // INVARIANT: The device is being bound. `stop()` empties `script` before it is unbound.
        Arc::pin_init(
            pin_init!(Self {
                dev: dev.into(),
                registers,
                script <- new_mutex!(Some(script)),
            }),
            GFP_KERNEL,
        )
    }

    /// Waits for a copy that is under way and allows no other, for the driver's unbind.
    pub(crate) fn stop(&self, dev: &Device<Bound>) {
        drop(self.script.lock().take());
        if let Ok(registers) = self.registers.access(dev) {
            lsi::reset(registers);
        }
    }

    /// Copies `src` to `dst`, as many bytes as the shorter one has.
    ///
    /// # Errors
    ///
    /// `ENODEV` if the controller is gone, and those of [`Mapping::new`] and [`lsi::run`].
    pub(crate) fn copy(&self, src: &mut UserMemory, dst: &mut UserMemory) -> Result<Report> {
        let mut guard = self.script.lock();
        let Some(script) = &mut *guard else {
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
            report.moves += kick(dev, registers, script, &mut moves)?;
            report.kicks += 1;
        }
        Ok(report)
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
