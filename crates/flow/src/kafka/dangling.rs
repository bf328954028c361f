//! Positions that a broker holds back for a transaction that nobody will end any more.
//!
//! A transaction's positions are unknown until it has ended. A broker that is killed at a bad moment may keep the
//! positions of a transaction of which its coordinator has lost sight: then they stay unknown, and whoever wants to go
//! on from them waits for ever. What ends it is another transaction of the same producer over the same group.

use super::{Connection, Group, explain};
use passband_signal::Result;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::Consumer;
use rdkafka::producer::{BaseProducer, Producer, ProducerContext};
use rdkafka::topic_partition_list::Offset;
use std::time::Duration;

/// A transaction that is on its way ends in much less.
const ENDS: Duration = Duration::from_secs(5);

/// Lets go of positions of `group` that are held back for an earlier life of this producer.
pub fn let_go<C: ProducerContext>(
    connection: &Connection,
    producer: &BaseProducer<C>,
    group: &Group,
    patience: Duration,
) -> Result<()> {
    let mut asked = TopicPartitionList::new();
    // a topic that is still to be made has no positions
    let Ok(partitions) = connection.partitions(producer.client(), &group.topic, 0) else { return Ok(()) };
    for partition in 0..partitions {
        asked.add_partition(&group.topic, partition);
    }
    let known = group.consumer.committed_offsets(asked, ENDS);
    if known.is_ok_and(|known| known.elements().iter().all(|element| element.error().is_ok())) {
        return Ok(());
    }
    let tell = |error| explain(&error, &connection.brokers).passing();
    // as nobody's member: that is allowed in transactions, and moves nothing, for this one is thrown away
    let nobody = Group::keeper(connection, &group.name, &group.topic)?;
    let mut any = TopicPartitionList::new();
    any.add_partition_offset(&group.topic, 0, Offset::Offset(0)).map_err(tell)?;
    producer.begin_transaction().map_err(tell)?;
    // what matters is that the broker ends a transaction over this group; it may refuse what is in it
    let _ = producer.send_offsets_to_transaction(&any, &nobody.metadata()?, patience);
    producer.abort_transaction(patience).map_err(tell)
}
