//! The table of one writer: created and extended as its rows require, and committed together with positions.

use super::commit::{append, once};
use super::history::{POSITIONS, RUN, VERSION, WRITER};
use super::ledger::{self, Positions};
use super::schema;
use super::warehouse::{Warehouse, short};
use super::{commit, version_hint};
use arrow_schema::Schema as ArrowSchema;
use iceberg::spec::DataFile;
use iceberg::table::Table;
use iceberg::transaction::{AddColumn, ApplyTransactionAction};
use iceberg::{TableCreation, TableIdent};
use passband_flow::data::Position;
use passband_flow::part::Ledger;
use passband_signal::{Fault, Result};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// Identifies the writer.
pub struct Identity {
    /// The name under which positions are stored.
    pub writer: String,
    /// The id of this run.
    pub run: String,
    /// The pipeline's file, and its output.
    pub pipeline: String,
    /// Whether this run restarts (true) or ends (false) when another process takes over one of its shards.
    pub shared: bool,
}

pub struct Keeper {
    pub warehouse: Arc<Warehouse>,
    pub ident: TableIdent,
    pub identity: Identity,
    /// The positions that the table is known to hold; no other process changes those of a shard assigned to this one.
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    positions: Positions,
    /// Shards with uncommitted rows.
    waiting: BTreeSet<i32>,
    /// Shards that have started and have no position in the table yet.
    fresh: BTreeSet<i32>,
}

/// Properties of a new table besides its columns.
pub struct Design<'a> {
    pub partition: &'a [String],
    /// The name of the record kind.
    pub kind: &'a str,
}

impl Keeper {
    pub fn new(warehouse: impl Into<Arc<Warehouse>>, ident: TableIdent, identity: Identity) -> Self {
        Self { warehouse: warehouse.into(), ident, identity, known: Mutex::default() }
    }

    pub fn name(&self) -> String {
        short(&self.ident)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Loads the table with at least these columns: a missing table is created, and missing columns are added.
    ///
    /// # Errors   a table with different columns of these names; partitions that are not columns
    pub fn table(&self, columns: &ArrowSchema, design: &Design<'_>) -> Result<Table> {
        let wanted = schema::declared(columns)?;
        let name = self.name();
        let Some(table) = self.warehouse.find(&self.ident)? else {
            self.warehouse.ensure(self.ident.namespace())?;
            let partitions = schema::partitions(design.partition, &wanted)?;
            let creation = TableCreation::builder()
                .name(self.ident.name().to_owned())
                .schema(wanted)
                .partition_spec(partitions)
                .properties(properties(columns, design.kind))
                .build();
            let made =
                self.warehouse.wait(self.warehouse.catalog().create_table(self.ident.namespace(), creation));
            // another process may have created it first, and the catalogue may not have reported the failure
            return match (self.warehouse.find(&self.ident)?, made) {
                (Some(_), _) => self.table(columns, design),
                (None, Err(error)) => {
                    Err(self.warehouse.fault(format!("the table {name} cannot be created"), error))
                }
                (None, Ok(_)) => {
                    Err(Fault::new(format!("the catalogue created the table {name} but does not list it"))
                        .at(self.warehouse.place()))
                }
            };
        };
        let lacks = |table: &Table| {
            Ok::<_, Fault>(schema::missing(&wanted, table.metadata().current_schema(), &name)?.len())
        };
        if lacks(&table)? == 0 {
            return Ok(table);
        }
        let what = format!("columns cannot be added to the table {name}");
        once(
            &self.warehouse,
            &self.ident,
            &what,
            |table| lacks(table).is_ok_and(|lacks| lacks == 0),
            |change, table| {
                let missing = schema::missing(&wanted, table.metadata().current_schema(), &name)?;
                let add = |field: &&iceberg::spec::NestedFieldRef| {
                    let column =
                        AddColumn::builder().name(field.name.clone()).field_type((*field.field_type).clone());
                    match &field.doc {
                        Some(doc) => column.doc(doc.clone()).build(),
                        None => column.build(),
                    }
                };
                let action = missing
                    .iter()
                    .map(add)
                    .fold(change.update_schema(), |action, column| action.add_column(column));
                action.apply(change).map_err(|error| self.warehouse.fault(&what, error))
            },
        )
    }

    /// Registers uncommitted rows of this shard.
    pub fn waits(&self, shard: i32) {
        self.known().waiting.insert(shard);
    }

    /// Whether uncommitted rows must be committed now: until the table has a position of their shard, a restart would
    /// begin the shard at the source's own position.
    pub fn must_commit(&self) -> bool {
        let known = self.known();
        !known.waiting.is_disjoint(&known.fresh)
    }

    /// Appends files, together with positions if there are any.
    ///
    /// # Errors   positions that another process has changed
    pub fn commit(&self, files: &[DataFile], moved: &Positions, rows_are_settled: bool) -> Result<Table> {
        let mut known = self.known();
        let table = append(&self.warehouse, &self.ident, &commit::unique(), files, |table| {
            let mut notes = self.notes();
            if rows_are_settled {
                let mut there = ledger::positions(table.metadata(), &self.identity.writer)?;
                self.fence(&there, &known.positions, moved)?;
                there.extend(moved.clone());
                notes.insert(POSITIONS.into(), ledger::written(&there));
            }
            Ok(notes)
        })?;
        known.positions.extend(moved.clone());
        known.fresh.retain(|shard| !moved.contains_key(shard));
        known.waiting.clear();
        if self.warehouse.is_local() {
            version_hint::write(&table);
        }
        Ok(table)
    }

    fn notes(&self) -> HashMap<String, String> {
        let Identity { writer, run, pipeline, .. } = &self.identity;
        let version = env!("CARGO_PKG_VERSION");
        let all = [(WRITER, &**writer), (RUN, run), ("passband.pipeline", pipeline), (VERSION, version)];
        all.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    /// Refuses to commit rows of a shard that another process has taken over.
    fn fence(&self, there: &Positions, known: &Positions, moved: &Positions) -> Result<()> {
        let place = |positions: &Positions, shard: &i32| {
            positions
                .get(shard)
                .map(|position| position.as_ref().map(|position| (position.offset, position.reached)))
        };
        match moved.keys().find(|shard| place(there, shard) != place(known, shard)) {
            None => Ok(()),
            Some(shard) => {
                let what = format!(
                    "another process writes to the table {} as {}",
                    self.name(),
                    self.identity.writer
                );
                let fault = Fault::new(what)
                    .at(self.warehouse.place())
                    .why(format!("it has committed rows of shard {shard} since this one began there"))
                    .fix(
                        "run one process, or give each its own setting writer and its own part of the source",
                    );
                Err(if self.identity.shared { fault.passing() } else { fault })
            }
        }
    }
}

impl Ledger for Keeper {
    fn positions(&self) -> Result<BTreeMap<i32, Option<Position>>> {
        let Some(table) = self.warehouse.find(&self.ident)? else { return Ok(BTreeMap::new()) };
        let there = ledger::positions(table.metadata(), &self.identity.writer)?;
        let mut known = self.known();
        let Known { positions, waiting, .. } = &mut *known;
        for (shard, position) in &there {
            // for a shard with uncommitted rows, the position from which this process started is kept
            if !waiting.contains(shard) {
                positions.insert(*shard, position.clone());
            }
        }
        Ok(there)
    }

    fn begin(&self, shard: i32, _: Option<&Position>) -> Result<()> {
        self.known().fresh.insert(shard);
        Ok(())
    }
}

/// Properties of a new table: its units, and settings for other writers.
fn properties(columns: &ArrowSchema, kind: &str) -> Vec<(String, String)> {
    let units = columns.fields().iter().filter_map(|column| {
        Some((format!("passband.unit.{}", column.name()), column.metadata().get("unit")?.clone()))
    });
    let own = [
        ("passband.kind", kind),
        ("write.format.default", "parquet"),
        ("write.parquet.compression-codec", "zstd"),
        ("write.metadata.previous-versions-max", "100"),
        // if the outcome of a commit is unknown, the commit is looked up before it is repeated
        ("commit.retry.num-retries", "0"),
    ];
    let own = own.map(|(key, value)| (key.to_owned(), value.to_owned()));
    own.into_iter().chain(units).collect()
}
