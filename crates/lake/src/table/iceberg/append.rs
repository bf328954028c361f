//! Appends the rows of one statement to a table, in one commit or not at all.

use super::commit::unique;
use super::data_files::DataFiles;
use super::keeper::{Design, Identity, Keeper};
use super::ledger::Positions;
use super::warehouse::{Warehouse, short};
use super::{schema, version_hint};
use arrow_array::RecordBatch;
use arrow_schema::Schema as ArrowSchema;
use iceberg::TableIdent;
use iceberg::spec::DataFile;
use iceberg::table::Table;
use passband_signal::{Fault, Result};
use std::collections::HashMap;
use std::sync::Arc;

/// The writer of SQL statements in the history of a table.
const WRITER: &str = "sql";

/// Appends rows to a table in one commit.
///
/// A new table is staged if the catalogue allows it: its files are written and committed in a private catalogue, and the
/// table is then registered, so that it never appears without its rows. A REST catalogue chooses the location of a table;
/// there the table is created first, and dropped again if writing the rows fails.
pub struct Appender {
    keeper: Keeper,
    made: Made,
    table: Table,
    files: Option<DataFiles>,
    rows: u64,
}

/// How the table of an appender came to be.
enum Made {
    /// It existed.
    Before,
    /// It is staged, to be registered in this warehouse.
    Staged(Arc<Warehouse>),
    /// It was created, without rows, in its catalogue.
    Here,
}

fn keeper(warehouse: Arc<Warehouse>, ident: TableIdent) -> Keeper {
    let (writer, pipeline) = (WRITER.to_owned(), WRITER.to_owned());
    Keeper::new(warehouse, ident, Identity { writer, run: unique(), pipeline, shared: false })
}

impl Appender {
    /// Appends to an existing table.
    ///
    /// # Errors  the table does not exist or cannot be loaded
    pub fn to(warehouse: Arc<Warehouse>, ident: TableIdent) -> Result<Self> {
        let name = short(&ident);
        let found = warehouse.find(&ident)?;
        let table =
            found.ok_or_else(|| Fault::new(format!("there is no table {name}")).at(warehouse.place()))?;
        Ok(Self { keeper: keeper(warehouse, ident), made: Made::Before, table, files: None, rows: 0 })
    }

    /// Creates a table with these columns. The metadata of a column may have `doc` and `unit`.
    ///
    /// # Errors  a table of this name exists; a column has no Iceberg type; a partition is not a column
    pub fn create(
        warehouse: Arc<Warehouse>,
        ident: TableIdent,
        columns: &ArrowSchema,
        partition: &[String],
    ) -> Result<Self> {
        if warehouse.find(&ident)?.is_some() {
            return Err(taken(&warehouse, &ident));
        }
        let design = Design { partition, kind: "rows" };
        let (keeper, made) = match warehouse.staging(ident.namespace())? {
            Some(staging) => (keeper(Arc::new(staging), ident), Made::Staged(warehouse)),
            None => (keeper(warehouse, ident), Made::Here),
        };
        let table = keeper.table(columns, &design)?;
        Ok(Self { keeper, made, table, files: None, rows: 0 })
    }

    /// The table.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The run, as in the column `_run` and the history of the table.
    pub fn run(&self) -> &str {
        &self.keeper.identity.run
    }

    /// Writes rows to data files that are not committed yet.
    ///
    /// # Errors  columns of other types than the table's; a full disk
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let files = match &mut self.files {
            Some(files) => files,
            None => self.files.insert(DataFiles::begin(&self.table, &self.keeper.identity.run)?),
        };
        self.rows += batch.num_rows() as u64;
        self.keeper.warehouse.wait(files.write(batch))
    }

    /// Commits the rows and returns their number. If that fails, the data files are removed.
    ///
    /// # Errors  the catalogue is unreachable; another process created a table of this name
    pub fn commit(mut self) -> Result<u64> {
        let files = match self.files.take() {
            Some(files) => match self.keeper.warehouse.wait(files.close()) {
                Ok(files) => files,
                Err(fault) => {
                    self.remove(&[]);
                    return Err(fault);
                }
            },
            None => vec![],
        };
        match self.publish(&files) {
            Ok(()) => Ok(self.rows),
            Err(fault) => {
                self.remove(&files);
                Err(fault)
            }
        }
    }

    /// Removes the data files.
    pub fn discard(mut self) {
        let closed = self.files.take().map(|files| self.keeper.warehouse.wait(files.close()));
        // a file that cannot be closed is an orphan, which `passband table orphans` finds
        self.remove(&closed.and_then(Result::ok).unwrap_or_default());
    }

    fn publish(&mut self, files: &[DataFile]) -> Result<()> {
        if !files.is_empty() {
            self.table = self.keeper.commit(files, &Positions::new(), false)?;
        }
        let Made::Staged(warehouse) = &self.made else { return Ok(()) };
        let ident = &self.keeper.ident;
        warehouse.ensure(ident.namespace())?;
        let metadata = self.table.metadata_location().unwrap_or_default().to_owned();
        let registered = warehouse.wait(warehouse.catalog().register_table(ident, metadata));
        // the reply of the catalogue may be wrong, so the outcome is read back
        match warehouse.find(ident)? {
            Some(found) if found.metadata().uuid() == self.table.metadata().uuid() => {
                if warehouse.is_local() {
                    version_hint::write(&found);
                }
                Ok(())
            }
            Some(_) => Err(taken(warehouse, ident)),
            None => {
                let what = format!("the table {} cannot be created", short(ident));
                Err(match registered {
                    Err(error) => warehouse.fault(what, error),
                    Ok(_) => Fault::new(what)
                        .at(warehouse.place())
                        .why("the catalogue confirmed it, but does not list the table"),
                })
            }
        }
    }

    fn remove(&self, files: &[DataFile]) {
        let warehouse = &self.keeper.warehouse;
        // a file that cannot be removed is an orphan
        let delete = |path: &str| drop(warehouse.wait(self.table.file_io().delete(path)));
        files.iter().for_each(|file| delete(file.file_path()));
        match &self.made {
            Made::Before => {}
            Made::Staged(_) => {
                let metadata = self.table.metadata();
                metadata.metadata_log().iter().for_each(|log| delete(&log.metadata_file));
                metadata.snapshots().for_each(|snapshot| delete(snapshot.manifest_list()));
                self.table.metadata_location().into_iter().for_each(delete);
            }
            Made::Here => {
                let ident = &self.keeper.ident;
                let is_empty = |table: &Table| table.metadata().current_snapshot().is_none();
                // dropping it must not drop the rows of others
                if warehouse.find(ident).is_ok_and(|table| table.as_ref().is_some_and(is_empty)) {
                    let _ = warehouse.wait(warehouse.catalog().drop_table(ident));
                }
            }
        }
    }
}

fn taken(warehouse: &Warehouse, ident: &TableIdent) -> Fault {
    let name = short(ident);
    Fault::new(format!("there is a table {name} already"))
        .at(warehouse.place())
        .fix(format!("add to it by INSERT INTO {name} SELECT …, or choose another name"))
}

impl Warehouse {
    /// A private catalogue for tables of this namespace, with the same locations; `None` if the catalogue chooses the
    /// location of a table.
    fn staging(&self, space: &iceberg::NamespaceIdent) -> Result<Option<Self>> {
        let Some(staging) = self.private() else { return Ok(None) };
        let staging = staging?;
        let parts: Vec<String> = space.iter().cloned().collect();
        let filled = staging.wait(async {
            for depth in 1..=parts.len() {
                let own = iceberg::NamespaceIdent::from_strs(&parts[..depth])?;
                // a namespace may have its own location
                let known = match self.catalog().namespace_exists(&own).await? {
                    true => self.catalog().get_namespace(&own).await?.properties().clone(),
                    false => HashMap::new(),
                };
                staging.catalog().create_namespace(&own, known).await?;
            }
            Ok(())
        });
        filled.map_err(|error| self.fault(format!("the namespace {space} cannot be read"), error))?;
        Ok(Some(staging))
    }
}

/// The columns of the files of a table, as Arrow.
///
/// # Errors  types that cannot be written
pub fn columns_of_files(table: &Table) -> Result<Arc<ArrowSchema>> {
    schema::of_files(table.metadata().current_schema())
}

/// A type as Iceberg writes it, `list<double>`; `None` if Iceberg has no such type.
pub fn words(kind: &arrow_schema::DataType) -> Option<String> {
    let one = ArrowSchema::new(vec![arrow_schema::Field::new("c", kind.clone(), true)]);
    let schema = schema::declared(&one).ok()?;
    schema.as_struct().fields().first().map(|field| schema::words(&field.field_type))
}
