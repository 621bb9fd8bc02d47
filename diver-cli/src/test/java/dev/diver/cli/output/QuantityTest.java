package dev.diver.cli.output;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class QuantityTest {

  @Test
  void writesSizes() {
    assertEquals("0 B", Quantity.bytes(0));
    assertEquals("1023 B", Quantity.bytes(1023));
    assertEquals("1.0 KiB", Quantity.bytes(1024));
    assertEquals("1.5 MiB", Quantity.bytes(3 << 19));
    assertEquals("10 KiB", Quantity.bytes(10_239));
    assertEquals("64 MiB", Quantity.bytes(64 << 20));
    assertEquals("8388608 TiB", Quantity.bytes(Long.MAX_VALUE));
  }

  @Test
  void writesAges() {
    Instant now = Instant.parse("2026-06-01T12:00:00Z");
    assertEquals("just now", Quantity.ago(now.plusSeconds(5), now));
    assertEquals("1 minute ago", Quantity.ago(now.minusSeconds(119), now));
    assertEquals("23 hours ago", Quantity.ago(now.minus(Duration.ofHours(23)), now));
    assertEquals("1 month ago", Quantity.ago(now.minus(Duration.ofDays(59)), now));
    assertEquals("2 years ago", Quantity.ago(now.minus(Duration.ofDays(800)), now));
  }

  @Test
  void writesTimes() {
    assertEquals("850 µs", Quantity.time(Duration.ofNanos(850_999)));
    assertEquals("35.2 ms", Quantity.time(Duration.ofNanos(35_200_000)));
    assertEquals("1.23 s", Quantity.time(Duration.ofMillis(1230)));
  }
}
