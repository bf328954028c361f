//! The fast path that bypasses the scanner, for messages of the same shape as the previous one.

use super::{Part, Reader};
use crate::data::{Readings, name_hash};
use crate::format::json::pattern::Slot;
use crate::format::json::scan::Is;
use crate::format::number::number;

impl Reader {
    /// Adds the reading of an object with the known shape; `None` for any other, or if anything is wrong with it.
    #[inline]
    pub(super) fn quick(&mut self, bytes: &[u8], part: Part<'_>, into: &mut Readings) -> Option<()> {
        if part.only.is_some() || !self.pattern.read(bytes, &mut self.slots) {
            return None;
        }
        let (fields, mut arrival) = (&self.fields, part.arrival);
        let raw = |slot: &Slot| &bytes[slot.from..slot.to];
        let words = |slot: &Slot| std::str::from_utf8(raw(slot)).ok();
        for (value, slot) in self.numbers.iter_mut().zip(&fields.values) {
            let slot = Some(&self.slots[*slot]).filter(|slot| slot.is == Is::Number)?;
            *value = slot.number.or_else(|| number(words(slot)?))?;
        }
        let time = match fields.time.map(|slot| &self.slots[slot]) {
            None => Some(arrival.time).filter(|time| *time != 0)?,
            Some(slot) if slot.is == Is::Text => match self.clock.quick(raw(slot)) {
                Some(time) => time,
                None => self.clock.text(words(slot)?).ok()?,
            },
            Some(slot) if slot.is == Is::Number => match self.clock.whole(raw(slot)) {
                Some(time) => time,
                None => self.clock.number(words(slot)?).ok()?,
            },
            Some(_) => return None,
        };
        if let Some(slot) = fields.id.map(|slot| &self.slots[slot]).filter(|slot| slot.is != Is::Missing) {
            arrival.id = Some(name_hash(raw(slot)));
        }
        let key = fields.key.map_or(part.message.key, |slot| raw(&self.slots[slot]));
        let key = std::str::from_utf8(key).ok().filter(|key| !key.is_empty())?;
        into.push(key, time, &self.numbers, arrival, part.bytes);
        Some(())
    }
}
