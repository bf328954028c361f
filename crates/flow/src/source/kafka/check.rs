//! What a configuration of the source must keep to.

use super::{Kafka, Until};
use crate::config::Place;
use crate::data::Kind;
use crate::format::{Carrier, Job};
use passband_signal::Fault;

impl Kafka {
    /// Reports the settings that do not fit each other.
    pub(super) fn check_settings(&self, place: &Place, faults: &mut Vec<Fault>) {
        self.connection().check(place, faults);
        if self.data == Kind::Readings
            && let Some(Err(why)) = self.format.open().ok().map(|format| format.readings())
        {
            faults.push(place.fault("format", "cannot read readings").why(why));
        }
        self.format.check(&[Job::Read(self.data, Carrier::Messages)], place, "format", faults);
        match self.data {
            Kind::Readings => {
                place.without_effect(&["rate", "channels"], "it applies to samples and spectra only", faults)
            }
            _ => place.without_effect(&["id_header"], "it applies to data = \"readings\" only", faults),
        }
        if self.group.is_none() {
            place.without_effect(&["instance"], "it applies to readers with a group only", faults);
            if self.last.is_some() {
                place.without_effect(&["from"], "last determines where to begin", faults);
            }
        }
        if matches!(self.data, Kind::Panes | Kind::Examples) {
            faults.push(place.fault("data", format!("cannot be {}: no messages are", self.data)));
        } else if self.data != Kind::Readings
            && let Some(why) = self.format.unread(self.data)
        {
            let fault = place.fault("format", format!("cannot be {} of {}", self.format.name, self.data));
            faults
                .push(fault.why(why).fix("set format = \"avro\", here and in the pipeline that writes them"));
        }
        if self.group.is_some() && self.last.is_some() {
            let fault = place.fault("last", "is for readers without a group");
            faults.push(fault.fix("remove group or last: a group resumes at its committed positions"));
        }
        if self.until == Until::End && !self.also.is_empty() {
            let fault = place.fault("until", "is end, which supports one topic only");
            faults.push(fault.fix("remove also or until"));
        }
        if self.group.is_some() && !self.also.is_empty() {
            faults.push(
                place
                    .fault("also", "is for readers without a group")
                    .fix("remove group, or start a process for each topic"),
            );
        }
        if self.format.name == "csv" {
            faults.push(
                place.fault("format", "is csv, which can be written but not read").fix("use avro or json"),
            );
        }
    }
}
