//! The data files of a commit: Parquet compressed with Zstandard, one or more per partition.

use super::partition_path::Locations;
use super::{fault, schema};
use arrow_array::RecordBatch;
use arrow_schema::Schema as ArrowSchema;
use iceberg::arrow::RecordBatchPartitionSplitter;
use iceberg::spec::{DataFile, DataFileFormat};
use iceberg::table::Table;
use iceberg::writer::base_writer::data_file_writer::DataFileWriterBuilder;
use iceberg::writer::file_writer::ParquetWriterBuilder;
use iceberg::writer::file_writer::location_generator::DefaultFileNameGenerator;
use iceberg::writer::file_writer::rolling_writer::RollingFileWriterBuilder;
use iceberg::writer::partitioning::PartitioningWriter;
use iceberg::writer::partitioning::fanout_writer::FanoutWriter;
use iceberg::writer::partitioning::unpartitioned_writer::UnpartitionedWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use passband_signal::Result;
use std::sync::Arc;

/// Size after which a file is closed and the next one is started, in bytes.
const FILE: usize = 256 << 20;
/// Number of rows in a row group.
const GROUP: usize = 1 << 17;

type Builder = DataFileWriterBuilder<ParquetWriterBuilder, Locations, DefaultFileNameGenerator>;

enum Writer {
    Whole(Box<UnpartitionedWriter<Builder>>),
    Parts(Box<FanoutWriter<Builder>>, Box<RecordBatchPartitionSplitter>),
}

/// Data files that are being written.
pub struct DataFiles {
    columns: Arc<ArrowSchema>,
    writer: Writer,
}

impl DataFiles {
    /// Starts files of a table; `name` is the prefix of their names, and must be unique.
    pub fn begin(table: &Table, name: &str) -> Result<Self> {
        let metadata = table.metadata();
        let begun = || -> iceberg::Result<Writer> {
            let how = WriterProperties::builder()
                .set_compression(Compression::ZSTD(ZstdLevel::default()))
                .set_max_row_group_row_count(Some(GROUP))
                .build();
            let files = RollingFileWriterBuilder::new(
                ParquetWriterBuilder::new(how, metadata.current_schema().clone()),
                FILE,
                table.file_io().clone(),
                Locations::new(metadata),
                DefaultFileNameGenerator::new(name.to_owned(), None, DataFileFormat::Parquet),
            );
            let files = DataFileWriterBuilder::new(files);
            let spec = metadata.default_partition_spec();
            Ok(match spec.is_unpartitioned() {
                true => Writer::Whole(Box::new(UnpartitionedWriter::new(files))),
                false => {
                    let schema = metadata.current_schema().clone();
                    let split =
                        RecordBatchPartitionSplitter::try_new_with_computed_values(schema, spec.clone())?;
                    Writer::Parts(Box::new(FanoutWriter::new(files)), Box::new(split))
                }
            })
        };
        let writer = begun().map_err(|error| fault("a data file cannot be begun", error))?;
        Ok(Self { columns: schema::of_files(metadata.current_schema())?, writer })
    }

    /// Writes rows.
    pub async fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let batch = schema::conform(batch, &self.columns)?;
        let written = match &mut self.writer {
            Writer::Whole(writer) => writer.write(batch).await,
            Writer::Parts(writer, split) => match split.split(&batch) {
                Ok(parts) => {
                    let mut done = Ok(());
                    for (key, part) in parts {
                        done = writer.write(key, part).await;
                        if done.is_err() {
                            break;
                        }
                    }
                    done
                }
                Err(error) => Err(error),
            },
        };
        written.map_err(|error| fault("rows cannot be written to a data file", error))
    }

    /// Completes the files.
    pub async fn close(self) -> Result<Vec<DataFile>> {
        let closed = match self.writer {
            Writer::Whole(writer) => writer.close().await,
            Writer::Parts(writer, _) => writer.close().await,
        };
        closed.map_err(|error| fault("a data file cannot be completed", error))
    }
}
