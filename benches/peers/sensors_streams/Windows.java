import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Suppressed;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.WindowStore;

/**
 * The work of pipelines/sensors-kafka.toml in Kafka Streams: windows of 10 s with 1 s grace by the readings' own times, count, least,
 * greatest and mean, given when the window closes, exactly once, a commit every 100 ms.
 *
 * Windows BROKER TOPIC READINGS STATE_FOLDER   reads as many readings as there are in a topic filled by sensors_through_kafka --clean --hold
 *
 * From the first reading to the commit of the last; CPU seconds of the whole machine under Java, its compiler too.
 */
public class Windows {
    record Reading(long micros, double value) {}

    static final class Sums {
        long count;
        double least = Double.POSITIVE_INFINITY, greatest = Double.NEGATIVE_INFINITY, total;

        Sums add(double value) {
            count++;
            least = Math.min(least, value);
            greatest = Math.max(greatest, value);
            total += value;
            return this;
        }
    }

    static final JsonFactory JSON = new JsonFactory();

    static Reading parse(byte[] bytes) {
        try (JsonParser parser = JSON.createParser(bytes)) {
            String time = null;
            double value = Double.NaN;
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                parser.nextToken();
                switch (field) {
                    case "ts" -> time = parser.getText();
                    case "value" -> value = parser.getDoubleValue();
                    default -> {}
                }
            }
            LocalDateTime at = LocalDateTime.parse(time);
            return new Reading(at.toEpochSecond(ZoneOffset.UTC) * 1_000_000 + at.getNano() / 1000, value);
        } catch (Exception error) {
            throw new RuntimeException(error);
        }
    }

    static final Serde<Reading> READING = Serdes.serdeFrom((topic, reading) -> {
        throw new UnsupportedOperationException();
    }, (topic, bytes) -> parse(bytes));
    static final Serde<Sums> SUMS = Serdes.serdeFrom((topic, sums) -> sums == null ? null
            : ByteBuffer.allocate(32).putLong(sums.count).putDouble(sums.least).putDouble(sums.greatest).putDouble(sums.total).array(),
            (topic, bytes) -> {
                if (bytes == null) return null;
                ByteBuffer from = ByteBuffer.wrap(bytes);
                Sums sums = new Sums();
                sums.count = from.getLong();
                sums.least = from.getDouble();
                sums.greatest = from.getDouble();
                sums.total = from.getDouble();
                return sums;
            });

    static double cpu() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
    }

    public static void main(String[] arguments) throws Exception {
        String brokers = arguments[0], topic = arguments[1], state = arguments[3];
        long readings = Long.parseLong(arguments[2]);
        String id = "windows-" + Long.toHexString(System.nanoTime()), results = id + "-results";
        Admin admin = Admin.create(Map.of("bootstrap.servers", brokers));
        admin.createTopics(List.of(new NewTopic(results, 4, (short) 1))).all().get();
        AtomicLong seen = new AtomicLong(), given = new AtomicLong(), counted = new AtomicLong();
        long[] began = {0};
        double[] before = {0};
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(topic, Consumed.with(Serdes.String(), READING).withTimestampExtractor((record, newest) -> {
                    if (seen.getAndIncrement() == 0) {
                        began[0] = System.nanoTime();
                        before[0] = cpu();
                    }
                    return ((Reading) record.value()).micros / 1000;
                }))
                .groupByKey(Grouped.with(Serdes.String(), READING))
                .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofSeconds(10), Duration.ofSeconds(1)))
                .aggregate(Sums::new, (key, reading, sums) -> sums.add(reading.value),
                        Materialized.<String, Sums, WindowStore<Bytes, byte[]>>as("windows").withKeySerde(Serdes.String()).withValueSerde(SUMS))
                .suppress(Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded()))
                .toStream()
                .map((window, sums) -> {
                    given.incrementAndGet();
                    counted.addAndGet(sums.count);
                    return KeyValue.pair(window.key(), String.format(Locale.ROOT,
                            "{\"time\":%d,\"temperature\":{\"count\":%d,\"min\":%s,\"max\":%s,\"mean\":%s}}",
                            window.window().end(), sums.count, sums.least, sums.greatest, sums.total / sums.count));
                })
                .to(results, Produced.with(Serdes.String(), Serdes.String()));
        Properties settings = new Properties();
        settings.putAll(Map.of("application.id", id, "bootstrap.servers", brokers, "processing.guarantee", "exactly_once_v2",
                "num.stream.threads", 1, "commit.interval.ms", 100L, "state.dir", state, "auto.offset.reset", "earliest",
                "replication.factor", 1, "statestore.cache.max.bytes", 64L << 20));
        KafkaStreams streams = new KafkaStreams(builder.build(), settings);
        streams.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            System.exit(3);
            return null;
        });
        streams.start();
        long committed = 0, ends = 0;
        // the ends count the marks of transactions too
        while (seen.get() < readings || committed < ends) {
            Thread.sleep(50);
            if (seen.get() < readings) continue;
            Thread.sleep(300);
            var offsets = admin.listConsumerGroupOffsets(id).partitionsToOffsetAndMetadata().get();
            committed = offsets.values().stream().filter(o -> o != null).mapToLong(o -> o.offset()).sum();
            ends = readings;
        }
        double wall = (System.nanoTime() - began[0]) / 1e9, spent = cpu() - before[0];
        System.out.printf(Locale.ROOT, "Kafka Streams: %.0f readings/CPU-s; %.1f s, CPU %.1f s; %d windows of %d readings closed%n",
                seen.get() / spent, wall, spent, given.get(), counted.get());
        streams.close(Duration.ofSeconds(20));
        streams.cleanUp();
        System.exit(0);
    }
}
